r"""Displays are cut into the equations that a reader counts."""

from __future__ import annotations

import pytest
from reading import refusal, rows

from eqtest.formula.parse import parse

TWO = ["a = b", "c = d"]


@pytest.mark.parametrize(
    "text",
    [
        r"a = b \\ c = d",
        r"a &= b \\ c &= d \\",
        r"\begin{aligned} a &= b \\ c &= d \\ \end{aligned}",
        r"\begin{align} a &= b \\ c &= d \end{align}",
        r"\begin{align*} a &= b \nonumber \\ c &= d \label{e} \end{align*}",
        r"\begin{equation} \begin{split} a &= b \\ c &= d \end{split} \end{equation}",
        r"\begin{gather} a = b \\ c = d \end{gather}",
        r"\begin{gathered} a = b \\ c = d \end{gathered}",
        r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}",
        r"\begin{array}{rcl} a &=& b \\ \hline c &=& d \end{array}",
        r"\begin{alignat}{2} a &= b \\ c &= d \end{alignat}",
        r"\[ a = b \\ c = d \]",
        "$$a = b, c = d$$",
        r"a = b, \quad c = d.",
        r"a = b \qquad c = d",
        r"a = b \Rightarrow c = d",
        r"a = b \\[2pt] c = d",
        r"a = b \\* c = d",
        r"a = b \\[-0.5\baselineskip] c = d",
        "a = b % a remark = 1\n\\\\ c = d",
        r"a = b \tag{1} \\ c = d \tag{$2'$} \label{eq:{2}}",
        r"\therefore a = b \text{ and so } \\ \text{thus } c = d",
        r"a = b \phantom{\frac{1}{2}} \\ c = d \hspace{-1em}",
        r"\displaystyle a \, = \; b \! \\ c ~=~ d",
        r"a = b; c = d",
        r"a = b。c = d。",
    ],
)
def test_two_equations(text: str) -> None:
    assert rows(text) == TWO


def test_a_row_that_starts_with_a_relation_goes_on_from_the_first_side_above() -> None:
    text = r"\begin{aligned} a &= b \\ &= c \\ &= d \\ e &= f \\ &= g \end{aligned}"
    assert rows(text) == ["a = b", "a = c", "a = d", "e = f", "e = g"]
    assert [row.continued for row in parse(text)] == [False, True, True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        r"a_k = b_k, \quad k = 1, 2, \dots, n.",
        r"a_k = b_k, \ k \in \{1, 2\}",
        r"a_k = b_k \in \mathbb{R}^n",
        r"a_k = b_k \quad 1 \le k \le n",
        r"a_k = b_k \text{ for all } k",
        r"a_k = b_k \mbox{ if } k > 0, \quad k < n",
        r"a_k = b_k, \quad \text{where } k = 1, 2",
    ],
)
def test_what_an_equation_is_meant_for_is_not_an_equation(text: str) -> None:
    first, *others = rows(text)
    assert first == "a_{k} = b_{k}"
    assert all("a" not in other for other in others)


def test_a_text_alone_does_not_hide_an_equation() -> None:
    assert rows(r"\text{loss} = \text{out} + 1") == [r"\operatorname{loss} = \operatorname{out} + 1"]
    assert rows(r"\frac{\text{out}}{2} = b") == [r"\frac{\operatorname{out}}{2} = b"]


@pytest.mark.parametrize("text", ["a = b, c", r"a = b \quad + c", r"a = b \text{ (see above) } + c", "a = b, c d"])
def test_nothing_behind_an_equation_is_dropped(text: str) -> None:
    assert "not understood behind the equation" in refusal(text).message


@pytest.mark.parametrize("text", [r"a = b \\ (c = d \\ e = f)", "= a", r"\begin{aligned} a \end{align}"])
def test_broken_displays_are_refused(text: str) -> None:
    assert refusal(text).span is not None


def test_a_row_that_cannot_be_read_does_not_hide_the_others() -> None:
    found = parse(r"a = b \\ c = \\ e = f")
    assert [row.error is None for row in found] == [True, False, True]
    assert [row.number for row in found] == [1, 2, 3]


def test_rows_know_their_places() -> None:
    text = "a = b \\\\\n  c &= d,\\quad e = f"
    assert [row.span.text(text) for row in parse(text)] == ["a = b", "c &= d", "e = f"]


def test_matrices_keep_their_rows() -> None:
    assert rows(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} = W \\ e = f")[1] == "e = f"


def test_a_row_of_dots() -> None:
    assert [row.is_dots for row in parse(r"a &= b \\ &\vdots \\ c &= d")] == [False, True, False]
