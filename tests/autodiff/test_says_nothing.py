"""Checks that could pass for no reason: dead gradients, zero beside zero, NaN, and sums that cancel."""

from __future__ import annotations

import pytest

from eqtest import check

RELU = """
import torch

w = [torch.randn(2, 2, requires_grad=True) for _ in range(4)]
h = {1: torch.relu(w[0] @ torch.randn(2))}
for n in range(1, 3):
    h[n + 1] = torch.relu(w[n] @ h[n])
y = torch.relu(w[3] @ h[3])
L = (y - torch.randn(2)).square().sum() / 2
"""
"""Width 2: at most points some layer is dead, and every product of derivatives is zero."""
DEAD = RELU.replace("torch.randn(2, 2, requires_grad=True)", "(-torch.rand(2, 2)).requires_grad_()").replace(
    "w[0] @ torch.randn(2)", "w[0] @ torch.rand(2)"
)
RIGHT = (
    r"\frac{\partial L}{\partial w_0} = \frac{\partial L}{\partial y} \frac{\partial y}{\partial h_3}"
    r" \frac{\partial h_3}{\partial h_2} \frac{\partial h_2}{\partial h_1} \frac{\partial h_1}{\partial w_0}"
)
WRONG = RIGHT.replace(r"\frac{\partial h_3}{\partial h_2}", r"\frac{\partial h_3}{\partial h_1}")
VALUES = """
import torch

a, p = torch.randn(5, requires_grad=True), torch.randn(5, requires_grad=True)
b = a * (1 + 1e-8)
s = a + p
y = torch.softmax(a, 0)
E = torch.tensor(1.6)
o, z = torch.zeros(3, requires_grad=True), 2 * torch.zeros(3)
u, v = torch.tensor([1.0, float("nan")]), torch.tensor([1.0, float("inf")])
m = torch.tensor(float("nan"))
"""


@pytest.mark.parametrize("seed", range(0, 1000, 100))
def test_wrong_chains_are_refuted_where_most_gradients_are_dead(seed: int) -> None:
    assert check(WRONG, snippet=RELU, seed=seed).status == "fails"
    right = check(RIGHT, snippet=RELU, seed=seed)
    assert right.status == "holds", str(right)
    assert right.power.refuted > 0.9 * right.power.mutants


@pytest.mark.parametrize("latex", [RIGHT, WRONG])
def test_a_network_that_is_always_dead_says_nothing(latex: str) -> None:
    report = check(latex, snippet=DEAD)
    assert report.status == "vacuous"
    assert not report.ok


def test_points_that_say_nothing_are_said() -> None:
    notes = [check(RIGHT, snippet=RELU, seed=seed).rows[0].notes for seed in range(0, 1000, 100)]
    assert any("says nothing at" in note for row in notes for note in row)


@pytest.mark.parametrize(
    "latex", ["o = z", "z = 3 o", "o = 0", "0 = 0", r"z \le o", r"\frac{\partial y}{\partial p} = 0"]
)
def test_zero_beside_zero_is_vacuous(latex: str) -> None:
    assert check(latex, snippet=VALUES).status == "vacuous"


@pytest.mark.parametrize(
    "latex",
    [
        "u = 2u - u",
        "v = 2v - v",
        r"u \approx u + 0",
        r"m \le 1",
        r"m \ge m + 0",
        r"\log(0) = -\frac{1}{0} + 0",
    ],
)
def test_what_is_not_finite_never_agrees(latex: str) -> None:
    assert check(latex, snippet=VALUES).status in ("fails", "error")


@pytest.mark.parametrize(
    "latex",
    [
        r"\sum_{j=0}^{4} \frac{\partial y_2}{\partial a_j} = 0",
        r"\sum_{j=0}^{4} y_j - 1 = 0",
        "s - a - p = 0",
        "0 = s - p - a",
    ],
)
def test_sums_that_cancel_are_zero(latex: str) -> None:
    report = check(latex, snippet=VALUES)
    assert report.status == "holds", str(report)
    assert report.error is not None
    assert report.error < 1e-12


@pytest.mark.parametrize(
    "latex",
    [
        r"\sum_{j=0}^{4} y_j \frac{\partial y_2}{\partial a_j} = 0",
        r"\sum_{j=1}^{4} \frac{\partial y_2}{\partial a_j} = 0",
        "a - b = 0",  # a hundred millionth apart
        "s - a + p = 0",
        "E + 10^{10} - 10^{10} = 0",  # a large summand makes no small one zero
        "0 = 10^{10} + E - 10^{10}",
    ],
)
def test_sums_that_do_not_cancel_are_not_zero(latex: str) -> None:
    assert check(latex, snippet=VALUES).status == "fails"


@pytest.mark.parametrize(
    "latex", ["a - (s - p) = 0", "t - a = 0", "0 = t - a + o", r"\frac{\partial t}{\partial a} - 1 = 0"]
)
def test_what_cancels_exactly_is_a_claim(latex: str) -> None:
    report = check(latex, snippet=VALUES + "t = 1.0 * a\no = torch.zeros(5)\n")
    assert report.status == "holds", str(report)


@pytest.mark.parametrize(
    "latex", ["a - a = 0", "o - o = 0", r"\frac{\partial y}{\partial a} - \frac{\partial y}{\partial a} = 0", "0 a = o"]
)
def test_an_expression_minus_itself_is_none(latex: str) -> None:
    assert check(latex, snippet=VALUES.replace("torch.zeros(3", "torch.zeros(5")).status == "vacuous"
