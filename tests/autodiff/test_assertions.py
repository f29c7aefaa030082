"""Rows as assertions in plain Python: they hold after the snippet has run, and not after a tensor has been changed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from eqtest.assertions import PRELUDE
from eqtest.autodiff.verify import verify
from eqtest.execution.cell import Cell
from eqtest.execution.session import draw
from eqtest.options import CheckOptions

UNITS = r"""
import torch

def F(x, W):
    return W[1] @ torch.tanh(W[0] @ x)

m, eps = 4, 1e-3
W = [(torch.randn(2, 3, 3) / 2).requires_grad_() for _ in range(m)]
x = {0: torch.randn(3, requires_grad=True)}
for l in range(m):
    x[l + 1] = x[l] + F(x[l], W[l])
E = x[m].square().sum() / 2
g = torch.sigmoid
y = (1 - g(x[0])) * x[0] + g(x[0]) * F(x[0], W[0])
v = {i: torch.randn(()) for i in range(1, m + 1)}
mu = sum(v.values()) / m
A, u = torch.randn(3, 3), torch.randn(3)
b = A.T @ u
c = mu**2 / (mu**2 + eps)
"""

ROWS = [
    (r"x_{l+1} = x_l + F(x_l, W_l)", "agree(x[2], x[1] + F(x[1], W[1]))", "x[2]"),
    (r"x_4 = x_l + \sum_{i=l}^{3} F(x_i, W_i)", "x[1] + (F(x[1], W[1]) + F(x[2], W[2]) + F(x[3], W[3]))", "x[4]"),
    (
        r"\frac{\partial x_3}{\partial x_l} = \prod_{i=l}^2 \left(1 + \frac{\partial F(x_i, W_i)}{\partial x_i}\right)",
        "identity(3) + jacobian(F(x[2], W[2]), x[2])",
        "W[1]",
    ),
    (r"y = (1 - g(x_0)) \odot x_0 + g(x_0) \odot F(x_0, W_0)", "(1 - g(x[0])) * x[0] + g(x[0]) * F(x[0], W[0])", "y"),
    (r"\mu = \frac{1}{m} \sum_{i=1}^{m} v_i", "agree(mu, 1 / m * (v[1] + v[2] + v[3] + v[4]))", "mu"),
    (r"b = A^\top u", "agree(b, A.T @ u)", "b"),
    (r"c = \frac{\mu^2}{\mu^2 + \epsilon}", "mu ** 2 / (mu ** 2 + eps)", "c"),
    (r"b_l = u_l + (b_l - u_l)", "agree(b[1], u[1] + (b[1] - u[1]))", ""),
]


@pytest.mark.parametrize(("latex", "code", "changed"), ROWS)
def test_a_row_is_an_assertion_that_can_fail(latex: str, code: str, changed: str) -> None:
    options = CheckOptions(
        where="l = 1", symbols={r"\epsilon": "eps"}, product_order="descending", rows="", ranges="", trials=1
    )
    cell = Cell("units", UNITS)

    def at(assignment: Any, trial: int) -> dict[str, Any]:
        return draw((cell,), assignment, 0, trial)

    (row,) = verify(latex, options, at, shown={"l": 1}).rows
    assert (row.status, row.message) == ("holds", "")
    assert code in row.assertion

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        namespace: dict[str, Any] = {}
        exec(UNITS, namespace)
        exec(PRELUDE, namespace)
        exec(row.assertion, namespace)
        if changed:
            exec(f"{changed} = {changed} + 1e-3 * torch.ones_like({changed})", namespace)
            with pytest.raises(AssertionError):
                exec(row.assertion, namespace)
    finally:
        torch.set_default_dtype(before)


def test_that_a_call_has_another_derivative_is_not_asserted() -> None:
    """What the row says may be the partial derivative, and ``assert not`` of the total one would hold by accident."""
    latex = r"\frac{\partial F(x_1, W_1)}{\partial x_1} = \frac{\partial x_2}{\partial x_1}"
    cell = Cell("units", UNITS)
    found = verify(latex, CheckOptions(), lambda a, trial: draw((cell,), a, 0, trial), shown={})
    assert [(row.status, row.assertion) for row in found.rows] == [("fails", "")]
