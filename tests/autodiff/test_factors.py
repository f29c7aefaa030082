"""A report has the shapes of the derivatives of each row, for one assignment, against hand-counted ones."""

from __future__ import annotations

import pytest

from eqtest import check
from eqtest.report import Factor

NET = """
import torch
sizes = [2, 3, 4, 5, 6, 7, 8]
w = [torch.randn(sizes[n + 1], sizes[n], requires_grad=True) for n in range(N)]
h = {0: torch.randn(2, requires_grad=True)}
for n in range(1, N + 1):
    h[n] = torch.tanh(w[n - 1] @ h[n - 1])
L = h[N].square().sum()
"""


def shapes(latex: str, where: str = "N = 3", **options: str) -> list[tuple[str, str]]:
    (row,) = check(latex, snippet=NET, where=where, **options).rows  # type: ignore[arg-type]
    return [(factor.text, factor.shape) for factor in row.factors]


def test_each_factor_of_a_chain_written_out_has_its_own_shape() -> None:
    chain = (
        r"\frac{\partial L}{\partial w_0} = \frac{\partial L}{\partial h_N}\frac{\partial h_N}{\partial h_{N-1}}"
        r"\cdots \frac{\partial h_1}{\partial w_0}"
    )
    assert shapes(chain, "N = 4") == [
        ("∂L/∂w_0", "1 × (3, 2)"),
        ("∂L/∂h_4", "1 × 6"),
        ("∂h_4/∂h_3", "6 × 5"),
        ("∂h_3/∂h_2", "5 × 4"),
        ("∂h_2/∂h_1", "4 × 3"),
        ("∂h_1/∂w_0", "3 × (3, 2)"),
    ]


@pytest.mark.parametrize(
    ("latex", "found"),
    [
        (r"\frac{\partial h_2}{\partial h_1} = 2 \frac{\partial h_2}{\partial h_1}", [("∂h_2/∂h_1", "4 × 3")]),
        (r"L = 2 L", []),
    ],
)
def test_a_derivative_is_named_once_also_in_a_row_that_fails(latex: str, found: list[tuple[str, str]]) -> None:
    assert shapes(latex) == found


def test_factors_are_plain_values_in_the_report() -> None:
    report = check(r"\frac{\partial h_1}{\partial h_0} = \frac{\partial h_1}{\partial h_0}", snippet=NET, where="N = 2")
    (factor,) = report.rows[0].factors
    assert factor == Factor(r"\frac{\partial h_{1}}{\partial h_{0}}", "∂h_1/∂h_0", (3,), (2,))
