"""What the tests of the engine share: small networks, and checks in one line."""

from __future__ import annotations

from eqtest import check
from eqtest.report import Report, Row

CLASSICAL = """
import torch

w = [torch.randn(4, 4, requires_grad=True) for _ in range(4)]
x = torch.randn(4, requires_grad=True)
h = {1: torch.tanh(w[0] @ x)}
for n in range(1, 3):
    h[n + 1] = torch.tanh(w[n] @ h[n])
y = torch.tanh(w[3] @ h[3])
L = (y - torch.randn(4)).square().sum() / 2
"""
"""Three hidden layers; all widths are equal, so no shape gives a wrong index away."""

RESIDUAL = """
import torch

w = [torch.randn(4, 4, requires_grad=True) for _ in range(4)]
s, h = {0: torch.randn(4, requires_grad=True)}, {}
for n in range(1, 4):
    h[n] = torch.tanh(w[n - 1] @ s[n - 1])
    s[n] = h[n] + s[n - 1]
y = torch.tanh(w[3] @ s[3])
L = (y - torch.randn(4)).square().sum() / 2
"""
"""Three residual blocks of one width."""

TENSORS = """
import torch

A, B = torch.randn(3, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
C = torch.randn(2, 3)
u, v = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
z = torch.tanh(A @ u)
f = z.square().sum()
c = torch.randn((), requires_grad=True)
N = 3
"""
"""Square and other matrices, vectors, and a few nodes of a graph."""


def one_row(latex: str, snippet: str = TENSORS, **options: object) -> Row:
    """The one row of a check."""
    report = check(latex, snippet=snippet, **options)  # type: ignore[arg-type]
    assert len(report.rows) == 1, str(report)
    return report.rows[0]


def status(latex: str, snippet: str = TENSORS, **options: object) -> str:
    """The status of a check."""
    report: Report = check(latex, snippet=snippet, **options)  # type: ignore[arg-type]
    return report.status
