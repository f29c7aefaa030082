"""What holds for every formula: printing and reading undo one another, and no text breaks the reader."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import formulas
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eqtest import check
from eqtest.errors import FormulaError
from eqtest.formula.indices import spread
from eqtest.formula.latex import latex
from eqtest.formula.mutate import edits
from eqtest.formula.parse import ParsedRow, parse
from eqtest.formula.tree import Group, Relation, Symbol
from eqtest.formula.where import assignments


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(max_examples=400)
@given(formulas.relations)
@example(Relation((Group((Group((Symbol("a"),), "|"),), "|"),), ()))
def test_what_is_printed_is_read_back(tree: Relation) -> None:
    (row,) = parse(latex(tree))
    if row.error is not None:
        raise row.error
    assert row.tree == tree


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(max_examples=100)
@given(formulas.relations)
def test_edits_differ_from_the_row_and_from_one_another(tree: Relation) -> None:
    found = [edit.tree for edit in edits(tree)]
    assert tree not in found
    assert len(set(found)) == len(found)


@settings(max_examples=1500)
@given(formulas.pieces | st.text(max_size=40))
@example(r"\|{a}\end{aligned} \le\in")
@example(r"\nabla a \nabla b")
@example(r"\max \cdot + \cdots")
def test_any_text_is_read_or_refused(text: str) -> None:
    rows: tuple[ParsedRow, ...] = ()
    with suppress(FormulaError):  # nothing else may come out of it
        rows = parse(text)
    for row in rows:
        assert (row.tree is None) == (row.error is not None)
        assert row.error is None or (row.error.message and row.error.span)


NAMESPACE = {"a": 2, "b": 3.0, "x": [1, 2], "f": abs, "foo": "text", "d": None}


@settings(max_examples=300)
@given(formulas.pieces, st.text("Nabc in=.,+-*/()0123456789", max_size=20) | st.just("") | st.just("N in 1..3"))
@example(r"\nabla a \nabla b = a", "")
@example(r"f'(a) = b^{10^{10}}", "N = 10**10")
def test_check_never_raises(text: str, where: str) -> None:
    report = check(text, namespace=NAMESPACE, where=where)
    assert report.status in ("holds", "fails", "vacuous", "undefined", "error")
    if report.status == "error":
        checked = report.checked_rows
        assert report.message or not checked or any(row.message for row in checked)


# ---- arithmetic: Python is the oracle ---------------------------------------------------------------------------

NUMBERS = {"a": 2, "b": 3, "x": 5, "N": 7}
atoms = st.sampled_from(list(NUMBERS.items())).map(lambda item: (item[0], Fraction(item[1]))) | st.integers(0, 20).map(
    lambda n: (f"{n}", Fraction(n))
)
Valued = tuple[str, Fraction]


def _arithmetic(inner: st.SearchStrategy[Valued]) -> st.SearchStrategy[Valued]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: (rf"\left({p[0][0]} + {p[1][0]}\right)", p[0][1] + p[1][1])),
        pairs.map(lambda p: (f"({p[0][0]} - {p[1][0]})", p[0][1] - p[1][1])),
        pairs.map(lambda p: (rf"{p[0][0]} \cdot {p[1][0]}", p[0][1] * p[1][1])),
        pairs.map(lambda p: (rf"{p[0][0]} \times (-{p[1][0]})", -p[0][1] * p[1][1])),
        pairs.map(lambda p: (f"({p[0][0]})({p[1][0]})", p[0][1] * p[1][1])),
        pairs.filter(lambda p: p[1][1] != 0).map(lambda p: (rf"\frac{{{p[0][0]}}}{{{p[1][0]}}}", p[0][1] / p[1][1])),
        pairs.filter(lambda p: p[1][1] != 0).map(lambda p: (f"(({p[0][0]})/({p[1][0]}))", p[0][1] / p[1][1])),
        inner.map(lambda p: (f"({p[0]})^2", p[1] ** 2)),
        inner.map(lambda p: (f"(-({p[0]}))^{{3}}", -(p[1] ** 3))),
    )


@settings(max_examples=60)
@given(st.recursive(atoms, _arithmetic, max_leaves=8))
def test_arithmetic_agrees_with_python(valued: Valued) -> None:
    text, value = valued
    namespace = {**NUMBERS, "r": float(value), "w": float(value) * 1.001 + 1}
    right = check(f"{text} = r", namespace=namespace)
    assert right.status == ("vacuous" if value == 0 else "holds"), (text, value, str(right))
    assert check(f"{text} = w", namespace=namespace).status == "fails"


@settings(max_examples=60)
@given(st.integers(-3, 6), st.integers(-3, 6), st.integers(1, 4), st.sampled_from(["sum", "prod"]))
def test_sums_and_products_agree_with_loops(low: int, high: int, step: int, kind: str) -> None:
    expected = 0 if kind == "sum" else 1
    for i in range(low, high + 1):
        inner = sum(i * j + step for j in range(1, i + 1))
        expected = expected + inner if kind == "sum" else expected * inner
    text = rf"\{kind}_{{i={low}}}^{{{high}}} \sum_{{j=1}}^{{i}} (i j + s) = r"
    report = check(text, namespace={"s": step, "r": float(expected)})
    assert report.status == ("holds" if expected else "vacuous"), str(report)


@settings(max_examples=100)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(-1, 2), st.integers(0, 3))
def test_where_agrees_with_nested_loops(low: int, size: int, shift: int, factor: int) -> None:
    expected = [
        {"N": n, "q": q, "p": p, "k": factor * p}
        for n in range(low, low + size + 1)
        for q in range(1, n + shift + 1)
        for p in range(q, 2 * q)
    ]
    where = f"N in {low}..{low + size}, q in 1..N+{shift}, p in q..2*q-1, k = {factor}*p"
    if expected:
        assert assignments(where) == expected
    else:
        assert "a range is empty" in check("a = a", namespace={"a": 1}, where=where).message


@settings(max_examples=50)
@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 5))
def test_a_sample_of_assignments(cases: int, size: int, seed: int) -> None:
    possible = assignments(f"n in 1..{size}")
    found = spread(possible, cases, (), seed)
    values = [item["n"] for item in found]
    assert len(values) == len(set(values)) == min(cases, size)
    assert values == sorted(values)
    assert values[0] == 1
    assert cases == 1 or values[-1] == size
    assert found == spread(possible, cases, (), seed)
