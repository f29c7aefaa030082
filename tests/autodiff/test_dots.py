r"""Dots: what they stand for at each assignment, what is checked literally, and where a row is undefined."""

from __future__ import annotations

import pytest

from engine import one_row, status
from eqtest import check

NET = """
import torch

w = [torch.randn(3, 3, requires_grad=True) for _ in range(N + 1)]
h = {0: torch.randn(3, requires_grad=True)}
for n in range(N):
    h[n + 1] = torch.tanh(w[n] @ h[n])
y = torch.tanh(w[N] @ h[N])
L = y.square().sum()
a = [torch.randn(()) for _ in range(N + 1)]
"""
"""N hidden layers of one width, and N + 1 numbers."""
CHAIN = (
    r"\frac{\partial L}{\partial w_k} = \frac{\partial L}{\partial y} \frac{\partial y}{\partial h_N}"
    r" \frac{\partial h_N}{\partial h_{N-1}} \cdots \frac{\partial h_{k+2}}{\partial h_{k+1}}"
    r" \frac{\partial h_{k+1}}{\partial w_k}"
)


def test_a_run_is_written_out_for_one_assignment() -> None:
    row = one_row(CHAIN, NET, where="N = 4, k = 1")
    assert row.status == "holds", row.message
    assert row.expanded == (
        r"\frac{\partial L}{\partial w_{1}} = \frac{\partial L}{\partial y} \frac{\partial y}{\partial h_{4}}"
        r" \frac{\partial h_{4}}{\partial h_{3}} \frac{\partial h_{3}}{\partial h_{2}}"
        r" \frac{\partial h_{2}}{\partial w_{1}}"
    )


def test_ends_that_coincide_are_one_factor_and_ends_that_cross_by_one_step_are_none() -> None:
    for k, factors in ((2, r"\frac{\partial h_{4}}{\partial h_{3}} "), (3, "")):  # of N = 4
        row = one_row(CHAIN, NET, where=f"N = 4, k = {k}")
        assert row.status == "holds", row.message
        assert row.expanded.endswith(
            rf"\frac{{\partial y}}{{\partial h_{{4}}}} {factors}\frac{{\partial h_{{{k + 1}}}}}{{\partial w_{{{k}}}}}"
        )


def test_ends_that_cross_further_leave_the_row_undefined_and_the_domain_is_said_in_words() -> None:
    row = one_row(CHAIN, NET, where="N in 2..5, k in 0..N")
    assert (row.status, row.undefined, row.domain) == ("holds", 4, "defined for k < N")
    row = one_row(CHAIN, NET, where="N in 2..5, k in N..N")
    assert row.status == "undefined"
    assert "h" in row.message


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        (r"\partial h_{N-1}}", r"\partial h_{N-2}}"),  # the factor before the dots
        (r"\frac{\partial h_{k+2}}{\partial h_{k+1}}", r"\frac{\partial h_{k+2}}{\partial h_k}"),  # and behind them
        (r"\frac{\partial h_{k+2}}{\partial h_{k+1}}", r"\frac{\partial h_{k+3}}{\partial h_{k+1}}"),
        (r"\frac{\partial h_{k+1}}{\partial w_k}", r"\frac{\partial h_{k+1}}{\partial w_{k+1}}"),
    ],
)
def test_the_factors_beside_the_dots_are_taken_as_they_are_printed(printed: str, wrong: str) -> None:
    row = one_row(CHAIN.replace(printed, wrong), NET, where="N = 6, k = 1", trials=1)
    assert row.status == "fails", row
    assert CHAIN.replace(printed, wrong) != CHAIN
    assert row.repairs


def test_a_factor_between_dots_ends_one_run_and_starts_the_next() -> None:
    anchored = CHAIN.replace(r"\cdots", r"\cdots \frac{\partial h_{q+1}}{\partial h_q} \cdots")
    row = one_row(anchored, NET, where="N in 4..6, q in 2..N-1, k in 0..q-2", trials=1)
    assert (row.status, row.undefined) == ("holds", 0), row.message
    assert status(anchored.replace("h_{q+1}", "h_{q+2}"), NET, where="N = 7, q = 4, k = 1", trials=1) == "fails"


ROWS = r"""
\frac{\partial L}{\partial h_N} &= \frac{\partial L}{\partial y} \frac{\partial y}{\partial h_N} \\
\frac{\partial L}{\partial h_{N-1}} &= \frac{\partial L}{\partial h_N} \frac{\partial h_N}{\partial h_{N-1}} \\
&\ \ \vdots \\
\frac{\partial L}{\partial h_k} &= \frac{\partial L}{\partial h_{k+1}} \frac{\partial h_{k+1}}{\partial h_k}
"""


def test_the_rows_that_a_row_of_dots_stands_for_are_checked() -> None:
    report = check(ROWS, snippet=NET, where="N = 6, k = 1", trials=1)
    assert [row.status for row in report.rows] == ["holds"] * 4
    dots = report.rows[2]
    assert dots.checked
    assert any("3 rows between" in note for note in dots.notes), dots.notes  # of h_4, h_3 and h_2
    assert report.status == "holds"


def test_a_row_that_only_its_dots_make_wrong() -> None:
    """The printed rows hold, as h_4 is h_5 in this network; a row between them does not."""
    bent = NET.replace("h[n + 1] =", "h[n + 1] = (2 if n == 2 else 1) *")
    text = r"L_1 &= c h_1 \\ &\vdots \\ L_k &= c h_k"
    snippet = bent + "\nc = torch.randn(())\nL = [None] + [c * h[n] * (1 + (n == 2)) for n in range(1, N + 1)]"
    report = check(text, snippet=snippet, where="N = 4, k = 4", trials=1)
    assert [row.status for row in report.rows] == ["holds", "fails", "holds"], str(report)


def test_sums_lists_and_products_with_dots() -> None:
    where = "N in 1..6"
    assert status(r"a_0 + a_1 + \cdots + a_N = \sum_{i=0}^N a_i", NET, where=where) == "holds"
    assert status(r"a_0 + a_2 + \cdots + a_N = \sum_{i=0}^N a_i", NET, where="N = 6") == "fails"
    assert status(r"w_N w_{N-1} \cdots w_0 x = w_N v", NET + PRODUCT, where=where) == "holds"
    assert status(r"w_0 w_1 \cdots w_N x = w_N v", NET + PRODUCT, where="N in 2..6") == "fails"
    assert status(r"\max(a_0, a_1, \dots, a_N) = b", NET + "\nb = max(a)", where=where) == "holds"


PRODUCT = """
x = torch.randn(3)
v = x
for n in range(N):
    v = w[n] @ v
"""


def test_dots_whose_terms_cannot_be_told_are_an_error() -> None:
    row = one_row(r"a_0 + w_3 + \cdots + a_N = L", NET, where="N = 5")
    assert (row.status, row.subtype) == ("error", "ellipsis")


def test_assignments_are_sampled_where_indices_differ_and_the_rest_is_said() -> None:
    where = "N in 2..12, k in 0..N-1"
    report = check(CHAIN, snippet=NET, where=where, max_cases=10, trials=1)
    assert (report.status, report.assignments, report.possible) == ("holds", 10, 77)
    assert "10 of 77 assignments" in report.notes


def test_indices_that_are_equal_at_every_assignment_are_said() -> None:
    report = check(CHAIN, snippet=NET, where="N in 3..5, k in N-1..N-1", trials=1)
    assert report.status == "holds"
    assert any("k and N - 1 are equal at every assignment" in note for note in report.notes), report.notes
    assert not check(CHAIN, snippet=NET, where="N in 3..5, k in 0..N-1", trials=1).notes
