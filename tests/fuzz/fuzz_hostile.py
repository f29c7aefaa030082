r"""Formulas and options made to exhaust a checker: each gets a verdict, with a reason, in time and memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from bounded import bounded

from eqtest import check
from eqtest.report import Report

torch.manual_seed(0)
WIDE = torch.randn(1500, 1500, dtype=torch.float64)
NAMESPACE: dict[str, Any] = {
    "a": 2,
    "b": 3.0,
    "A": torch.randn(4, 4, dtype=torch.float64),
    "B": torch.randn(2, 3, dtype=torch.float64),
    "W": WIDE,
    "h": [torch.randn(3, dtype=torch.float64) for _ in range(6)],
    "u": torch.randn(1500, dtype=torch.float64, requires_grad=True),
    "x": torch.randn(4, dtype=torch.float64, requires_grad=True),
}
NAMESPACE["g"] = torch.tanh(WIDE @ NAMESPACE["u"])
TEN = {chr(ord("a") + i): rf"\{chr(ord('b') + i)}" * 10 for i in range(8)} | {"i": "x"}

READING: dict[str, tuple[str, dict[str, Any]]] = {
    "braces": ("{" * 10_000 + "a" + "}" * 10_000 + " = a", {}),
    "open braces": ("{" * 10_000, {}),
    "close braces": ("}" * 10_000, {}),
    "parentheses": ("(" * 9_000 + "a" + ")" * 9_000 + " = a", {}),
    "fractions": (r"\frac{1}{" * 1_000 + "a" + "}" * 1_000 + " = a", {}),
    "only \\frac": (r"\frac" * 2_000, {}),
    "powers": ("a^{" * 2_000 + "a" + "}" * 2_000 + " = a", {}),
    "roots": (r"\sqrt{" * 2_000 + "a" + "}" * 2_000 + " = a", {}),
    "\\left": (r"\left(" * 1_000 + "a" + r"\right)" * 1_000 + " = a", {}),
    "bars": ("|" * 1_000 + "a" + "|" * 1_000 + "= b", {}),
    "norms": (r"\|" * 2_000 + "= b", {}),
    "subscripts": ("x" + "_{x" * 3_000 + "}" * 3_000 + " = a", {}),
    "hats": (r"\hat{" * 2_000 + "a" + "}" * 2_000 + "= b", {}),
    "functions": (r"\tanh " * 2_900 + "a = b", {}),
    "\\over": (r"a \over " * 1_000 + "b = c", {}),
    "slashes": ("a/" * 1_400 + "b = c", {}),
    "environments": (r"\begin{aligned}" * 600 + "a = b" + r"\end{aligned}" * 600, {}),
    "matrices": (r"\begin{matrix}" * 200 + "a" + r"\end{matrix}" * 200 + " = b", {}),
    "characters": ("a" * 100_000, {}),
    "terms": ("a + " * 25_000 + "a = a", {}),
    "rows": (r"a = a \\" * 16_000, {}),
    "backslashes": ("\\" * 50_001, {}),
    "comments": ("%" * 100_000, {}),
    "dollars": ("$" * 5_000 + "a = b" + "$" * 5_000, {}),
    "digits": ("1" * 100_000 + " = a", {}),
    "long index": ("x_{" + "1" * 5_000 + "} = a", {}),
    "control characters": ("a\x00 = \x1b \ud800 \u202e a", {}),
    "exploding macros": (r"\a = a", {"macros": TEN}),
    "a macro of itself": (r"\a = a", {"macros": {"a": r"\a\a"}}),
    "a growing argument": (r"\a{x} = a", {"macros": {"a": (r"\a{#1#1}", 1)}}),
    "nested macros": (r"\a{" * 12 + "x" + "}" * 12 + " = a", {"macros": {"a": ("#1" * 8, 1)}}),
    "a macro of a million arguments": (r"\a b", {"macros": {"a": ("#1", 10**6)}}),
    "a large integer in where": ("a = N", {"where": "N = 100000000"}),
    "a large range in where": ("a = N", {"where": "N in 1..100000000"}),
    "deep parentheses in where": ("a = N", {"where": "N = " + "(" * 5_000 + "1" + ")" * 5_000}),
    "many signs in where": ("a = N", {"where": "N = " + "-" * 50_000 + "1"}),
    "a power in where": ("a = N", {"where": "N = 10**10**10"}),
    "an empty range within large ones": (
        "a = N",
        {"where": "N in 1..1000000, M in 1..1000000, K in 2..1"},
    ),
    "two thousand bindings": ("a = b", {"where": ",".join(f"N{i} in 0..1" for i in range(2_000))}),
    "a megabyte of formula": (r"\frac{a}{b} + " * 70_000 + "a = b", {}),
    "a megabyte of where": ("a = b", {"where": "N in 1..2," * 100_000}),
    "a megabyte of ranges": ("a = b", {"ranges": "i = 1..2," * 100_000}),
    "a megabyte of rows": ("a = b", {"rows": "1," * 500_000}),
    "a megabyte of a pattern": ("a = b", {"symbols": {"x" * 1_000_000: "1"}}),
    "letters that look like others": ("\uff41\u200b = \u202e\U0001f600", {}),
    "bars within calls": ("f(" + "a|" * 5_000 + "b) = a", {}),
    "angles": ("a^{<" * 2_000 + "t" + ">}" * 2_000 + " = b", {}),
    "substacks": (r"\sum_{\substack{" * 500 + "a" + "}}" * 500 + " = b", {}),
    "a large range": ("x_i = a", {"ranges": "i = 0..100000000"}),
    "large rows": ("a = b", {"rows": "1-1000000000"}),
    "deep patterns": ("x_1 = a", {"symbols": {"x_<l>": "(" * 1_000 + "1" + ")" * 1_000}}),
    "a tower as a pattern": ("x_1 = a", {"symbols": {"x_<l>": "a**a**a**a**10"}}),
    "a pattern of nothing": ("x_1 = a", {"symbols": {"": "1", "<l>": "2"}}),
    "a pattern that exits": ("x_1 = a", {"symbols": {"x_<l>": "exit()"}}),
    "a statement as a pattern": ("x_1 = a", {"symbols": {"x_<l>": "while True: pass"}}),
    "a pattern that is too large": ("x_1 = a", {"symbols": {"x_<l>": "[0] * 10**12"}}),
    "a range of a held derivative": ("a = b", {"partials": {r"\frac{\partial x": "holding h"}}),
}
EVALUATING: dict[str, tuple[str, dict[str, Any]]] = {
    "a sum of 10^9 terms": (r"\sum_{i=1}^{10^9} i = a", {}),
    "a sum of 10^9 terms, in digits": (r"\sum_{i=1}^{1000000000} i = a", {}),
    "sums of sums": (r"\sum_{i=1}^{1000} \sum_{j=1}^{1000} \sum_{k=1}^{1000} i j k = a", {}),
    "a wrong sum of sums, which no edit mends": (r"\sum_{i=1}^{100} \sum_{j=1}^{100} i j = a", {}),
    "a right sum of sums, with its variants": (r"\sum_{i=1}^{50} \sum_{j=1}^{50} i j = 1625625", {}),
    "sixty sums": (r"\sum_{i=0}^{5}" * 50 + " i = a", {}),
    "thirty products": (r"\prod_{i=1}^{9}" * 30 + " i = a", {}),
    "a product of 10^4 matrices": (r"\prod_{i=1}^{10000} A = A", {}),
    "a tower": ("a^{10^{10^{10}}} = a", {}),
    "a tower over a tensor": ("x^{10^{10^{10}}} = a", {}),
    "a tower over a matrix": ("A^{999999999} = A", {}),
    "a tower as an index": ("h_{10^{10^{10}}} = a", {}),
    "a tower as a limit": (r"\sum_{i=1}^{a^{99999999}} i = a", {}),
    "dots over 10^8 terms": (r"1 + 2 + \cdots + 100000000 = a", {}),
    "dots over 20000 factors": (r"1 \times 2 \times \cdots \times 19999 = a", {}),
    "dots between 10^8 matrices": (r"A_1 A_2 \cdots A_{100000000} = a", {}),
    "dots in a chain of 10^6": (
        r"\frac{\partial h_N}{\partial h_{N-1}} \cdots \frac{\partial h_2}{\partial h_1} = 1",
        {"where": "N = 1000000"},
    ),
    "dots between 10^8 entries": (r"\begin{bmatrix} x_1 & \cdots & x_{100000000} \end{bmatrix} = a", {}),
    "two hundred dots": (r" \cdots ".join(["a"] * 200) + " = a", {}),
    "forty long runs": (r"1 + 2 + \cdots + 9000 + " * 40 + "1 = a", {}),
    "10^8 rows of dots": (r"N = 1 \\ \vdots \\ 100000000 = N", {"where": "N = 3"}),
    "2900 factors": ("a " * 2_900 + "= b", {}),
    "2000 primes": ("x" + "'" * 2_000 + " = a", {}),
    "40 primes": (r"\tanh" + "'" * 40 + "(a) = a", {}),
    "a derivative of order 10^6": (r"\frac{\partial^{1000000} x}{\partial x^{1000000}} = a", {}),
    "a determinant of no square": (r"\det B = a", {}),
    "an inverse of no square": ("B^{-1} = a", {}),
    "an outer product of 10^9 entries": (r"u \otimes u \otimes u = a", {}),
    "a tensor product of 10^12 entries": (r"W \otimes W = a", {}),
    "eleven tensor products": (r" \otimes ".join("A" * 11) + " = a", {}),
    "a Hessian of 10^9 entries": (r"\frac{\partial^2 g}{\partial u^2} = 0", {}),
    "a Jacobian of 10^6 entries, wrong": (r"\frac{\partial g}{\partial u} = \mathrm{diag}(g^2) W", {}),
    "an identity of 10^9 rows": ("I_{999999999} A = a", {}),
    "a wide matrix": (r"\begin{matrix}" + "&".join("1" * 1_400) + r"\end{matrix} = b", {}),
    "10^7 values of free indices": ("x_i A_j = a", {"ranges": "i = 0..3000, j = 0..3000"}),
    "a division by zero": (r"\frac{a}{0} = a", {}),
    "infinity": (r"\exp(1000000) = \exp(1000000)", {}),
    "700 rows": (r"a = b \\" * 700, {}),
    "900 sides": ("a = " * 900 + "a", {}),
    "10^6 assignments": ("N a = b", {"where": "N in 1..1000, M in 1..1000, K in 1..1000"}),
}


def cases(table: dict[str, tuple[str, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(*item, id=name) for name, item in table.items()]


@pytest.fixture(scope="module", autouse=True)
def _warm() -> Iterator[None]:
    """The first check of a process builds the parser; one thread, as in the workers of a build, waits for no other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    check("a = b", namespace=NAMESPACE)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("latex", "options"), cases(READING))
def test_what_is_too_much_to_read_is_refused_within_a_second(latex: str, options: dict[str, Any]) -> None:
    report = verdict(latex, options, 1)
    assert report.status in ("error", "fails", "undefined"), report.status


@pytest.mark.parametrize(("latex", "options"), cases(EVALUATING))
def test_what_is_too_much_to_evaluate_gets_a_verdict(latex: str, options: dict[str, Any]) -> None:
    verdict(latex, options, 10)


def verdict(latex: str, options: dict[str, Any], seconds: float) -> Report:
    with bounded(seconds):
        report = check(latex, namespace=NAMESPACE, **options)
    if not report.ok:
        assert report.message or any(row.message for row in report.rows)
    assert report.to_json()
    assert str(report)
    return report
