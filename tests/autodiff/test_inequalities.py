"""Inequalities and claims, also between two networks of one page: held at many points, or refuted."""

from __future__ import annotations

import pytest

from engine import one_row

TWO = """
import torch

w = [torch.randn(4, 4, requires_grad=True) for _ in range(4)]
x = torch.randn(4)
h, s = {0: x}, {0: x}
for n in range(1, 5):
    h[n] = torch.tanh(w[n - 1] @ h[n - 1])
    s[n] = s[n - 1] + torch.tanh(w[n - 1] @ s[n - 1])
L, M = h[4].square().sum(), s[4].square().sum()
"""
"""The same weights without skip connections, with the loss L, and with them, with the loss M."""
LARGER = r"\left\| \frac{\partial M}{\partial w_2} \right\|_F > \left\| \frac{\partial L}{\partial w_2} \right\|_F"


@pytest.mark.parametrize("seed", range(0, 50_000, 10_000))
def test_a_claim_that_most_draws_obey_is_refuted(seed: int) -> None:
    """With these networks it is true of 171 of 200 draws."""
    row = one_row(LARGER, TWO, seed=seed)
    assert row.status == "fails", row.notes
    assert row.counterexample is not None


def test_a_true_inequality_says_at_how_many_points_it_held() -> None:
    row = one_row(r"\|w_0 x\| \le \|w_0\|_2 \|x\| \le \|w_0\|_F \|x\|", TWO)
    assert row.status == "holds", row.message
    assert any("40 points" in note for note in row.notes), row.notes


def test_the_link_of_a_chain_of_inequalities_that_breaks_is_named() -> None:
    row = one_row(r"\|w_0 x\| \le \|w_0\|_F \|x\| < \|w_0\|_2 \|x\|", TWO)
    assert row.status == "fails"
    assert row.counterexample is not None
    assert row.counterexample.link == 2
    assert "side 2 < side 3 does not hold" in row.message


def test_equality_obeys_a_weak_inequality_and_no_strict_one() -> None:
    assert one_row(r"\|x\|^2 \le x^\top x", TWO).status == "holds"
    assert one_row(r"\|x\|^2 < x^\top x", TWO).status == "fails"


def test_an_increment_between_two_networks() -> None:
    """What the skip adds to the last Jacobian is the identity, where both are taken at the same point."""
    snippet = TWO + "\nz = torch.randn(4, requires_grad=True)\nf = torch.tanh(w[0] @ z)\ng = z + f\n"
    increment = r"\frac{\partial g}{\partial z} - \frac{\partial f}{\partial z} = 1"
    assert one_row(increment, snippet).status == "holds"
    assert one_row(increment.replace("= 1", "= 2"), snippet).status == "fails"
    assert one_row(r"\frac{\partial s_4}{\partial s_3} - \frac{\partial h_4}{\partial h_3} = 1", TWO).status == "fails"
