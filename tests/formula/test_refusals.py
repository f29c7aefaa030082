r"""What is not understood is refused with a message and a place, quickly; nothing is skipped in silence."""

from __future__ import annotations

import time

import pytest
from reading import refusal

from eqtest import check
from eqtest.errors import FormulaError
from eqtest.formula.parse import parse
from eqtest.span import Span


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (r"a = \foo b", r"\foo", r"unknown command \foo"),
        (r"a = \rotatebox{b}", r"\rotatebox", "unknown command"),
        (r"a \leftarrow b", r"\leftarrow", "an update"),
        (r"a \pm b = c", r"\pm", "a sign that stands for two"),
        (r"(a \mid b) = c", r"\mid", "this bar has no partner"),
        (r"\int a = b", r"\int", "an integral"),
        (r"\lim_{x \to 0} a = b", r"\lim", "a limit"),
        (r"x = \arg\max a", r"\arg", "an argument of a maximum"),
        (r"x \sim y", r"\sim", "a relation without a numerical meaning"),
        ("(a = b", "(", "( is never closed"),
        ("a) = b", ")", ") closes nothing"),
        ("{a = b", "{", "{ is never closed"),
        ("a} = b", "}", "} closes nothing"),
        ("(a} = b", "}", "expected ) before }"),
        (r"\left[ a = b", "[", "[ is never closed"),
        (r"|a = b", "|", "| is never closed"),
        (r"\left. a \right| = c", "=", "is not expected here"),
        (r"a|_{b=0}^2 = c", "a|_{b=0}^2", "a script behind a value at a point"),
        (r"\begin{aligned} a = b", r"\begin{aligned}", "never closed"),
        (r"\begin{aligned} (a \end{aligned} = b)", r"\end{aligned}", "expected )"),
        (r"\begin{foo} a = b \end{foo}", r"\begin{foo}", "unknown environment 'foo'"),
        (r"f = \begin{cases} a & \text{unless} b > 0 \end{cases}", r"\text{unless}", "text within an expression"),
        ("a = @", "@", "the character '@'"),
        ("a = \u00e9", "\u00e9", "the character"),
        ("a $ b", "$", "a dollar sign within"),
        ("a = #1", "#1", "outside of a macro"),
        ("a = b + ", "+", "an operand is missing"),
        (r"a = b \in", r"\in", "nothing stands behind the relation"),
        (r"x_1, x_2, \ldots, x_n", "x_2", "nothing is claimed here"),
        (r"a = b, \quad c \in", r"\in", "nothing stands behind the relation"),
        ("a = \\times b", r"\times", "is not expected here"),
        (r"a = \frac{b}", "}", "an operand is missing"),
        ("a^b^c = d", "c", "a second superscript"),
        ("a_b_c = d", "c", "a second subscript"),
        ("x^0.5 = a", "0.5", "TeX takes a single digit"),
        ("{a + b} c = d", "{a + b}", "braces do not show"),
        ("c {a + b} = d", "{a + b}", "braces do not show"),
        (r"c {-b} = d", "{-b}", "braces do not show"),
        (r"\sqrt[3{a} = b", "[", "[ is never closed"),
        (r"\partial^2 a = b", r"\partial^2 a", "a differential that is not part of a derivative"),
        (r"\frac{\partial a}{b} = c", "b", "the denominator of a derivative"),
        (r"\frac{\partial^2 a}{\partial b} = c", r"\frac{\partial^2 a}{\partial b}", "of order 2 by 1 variable"),
        (r"\frac{\partial^n a}{\partial b^n} = c", "n", "the order of a derivative"),
        (r"a = \tanh", r"\tanh", "an operand is missing after this"),
        (r"a = \tanh \times b", r"\tanh", "an operand is missing after this"),
        (r"a = \sum_{i=1}^n", r"\sum_{i=1}^n", "an operand is missing after this"),
        (r"\frac{a \text{ of b!}}{c} = d", r"\text{ of b!}", "text within an expression"),
        (r"\hat{a + b} = c", "hat", "over an expression"),
        ("a = {b, c} d", "{b, c}", "a comma cannot stand here"),
        (r"a = \left b", r"\left", "must stand before a delimiter"),
        (r"\operatorname x = a", r"\operatorname", "needs plain text"),
    ],
)
def test_a_refusal_says_what_and_where(text: str, place: str, words: str) -> None:
    error = refusal(text)
    assert words in error.message
    assert error.span is not None
    assert place in error.span.text(text)
    report = check(text, namespace={})
    assert report.status == "error"
    assert (report.rows[0].message, report.rows[0].subtype) == (error.message, error.subtype)
    assert report.rows[0].column == error.span.start + 1


@pytest.mark.parametrize("text", ["", " ", "% only a comment", r"\tag{1}", "$ $", r"\begin{aligned}\end{aligned}"])
def test_no_formula_at_all(text: str) -> None:
    assert "there is no formula here" in refusal(text).message


def test_the_line_and_column_of_a_mistake() -> None:
    report = check("\\begin{aligned}\na &= a \\\\\nb &= \\foo\n\\end{aligned}", namespace={})
    assert (report.rows[0].line, report.rows[0].column) == (3, 6)


@pytest.mark.parametrize(
    ("macros", "text"),
    [
        ({"a": r"\a"}, r"\a = b"),
        ({"a": r"\b \b", "b": r"\a \a"}, r"\a = b"),
        ({"a": (r"\a{#1 #1}", 1)}, r"\a{x} = b"),
        ({"a": ("#2", 1)}, r"\a{x} = b"),
        ({"a": ("#1 #2", 2)}, r"b = \a x"),
        ({"a": ("#1 #2", 2, "c")}, r"b = \a[x"),
    ],
)
def test_macros_that_do_not_end_or_lack_arguments(macros: dict[str, object], text: str) -> None:
    with pytest.raises(FormulaError, match=r"macro \\a|is never closed") as caught:
        parse(text, macros)  # type: ignore[arg-type]
    assert caught.value.span is not None
    assert caught.value.span != Span(0, 0)


N = 10_000
HOSTILE = {
    "braces": "{" * N + "a" + "}" * N,
    "braces within the length": "{" * 5000 + "a" + "}" * 5000,
    "parentheses": "(" * 9000 + "a" + ")" * 9000,
    "fractions": r"\frac{a}" * 2000 + "b",
    "quotients": "a/" * 1400 + "a = b",
    "sums": r"\sum_i" * 700 + "a = b",
    "functions": r"\tanh " * 2500 + "a = b",
    "gradients": r"\nabla_a " * 700 + "a = b",
    "operators": r"\frac{\partial}{\partial a}" * 250 + "a = b",
    "accents": r"\hat " * 2900 + "a = b",
    "subscripts": "a_{b" * 4000 + "}" * 4000,
    "primes": "a" + "'" * N + "= b",
    "bars": "|" * N,
    "equations": "a = b, " * 2800,
    "environments": r"\begin{aligned}" * 1000,
    "one long row": "a" * 19_000 + " = b",
    "100,000 characters": "a + " * 25_000 + "b = c",
    "100,000 spaces": " " * 100_000,
    "macros": r"\m" * 9000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_size_and_depth_are_bounded(name: str) -> None:
    started = time.process_time()
    if name in ("equations", "accents"):  # a formula of the language, if a long one
        assert parse(HOSTILE[name])
    else:
        assert refusal(HOSTILE[name], m="a a a").message
    assert time.process_time() - started < 2


def test_check_survives_depth() -> None:
    for name in ("fractions", "quotients", "functions", "accents"):
        report = check(HOSTILE[name], namespace={})
        assert report.status == "error"
    deep = "(1 + " * 55 + "a" + ")" * 55 + " = b"
    assert check(deep, namespace={"a": 1, "b": 56}).status == "holds"


def test_the_limits_are_named() -> None:
    assert "longer than 20000 characters" in refusal(HOSTILE["100,000 characters"]).message
    assert "3000 is the limit" in refusal(HOSTILE["one long row"]).message
    assert "nested more than 60 deep" in refusal(HOSTILE["parentheses"]).message
    assert "nested too deep" in refusal(HOSTILE["quotients"]).message
