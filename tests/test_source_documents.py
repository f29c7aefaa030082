"""The formulas of the source documents: all are read as printed, and are true, or false, where they should be."""

from __future__ import annotations

import re

import pytest

from eqtest import check
from eqtest.errors import FormulaError
from eqtest.formula.parse import ParsedRow, parse
from source_documents import (
    ASCENDING,
    BEFORE,
    BETWEEN,
    BLOCKS,
    DOTTED,
    FORWARD,
    RESIDUAL,
    RESIDUAL_INLINE,
    SKIP_NET,
    SOURCES,
    WITH_LIMIT_CAPITAL_L,
    WITH_LIMIT_L,
)

LARGEST = 5
"""The largest N here; ``make fuzz`` goes to 8."""
FORMULAS = list(dict.fromkeys(text for texts in SOURCES.values() for text in texts))
NO_EQUATION = {
    r"{\bm w}_n, a_n": "a list",
    r"k=p+1, p+2, \cdots, q": "a list of the values of k",
    r"k=1, 2, \cdots, p": "a list of the values of k",
    r"k=1,2, \cdots, p": "a list of the values of k",
    r"\rightarrow": "an arrow in a sentence",
    r"\rightarrow ": "an arrow in a sentence",
    r"{\cal W}_l=\{w_{l,k} \vert_{1 \leq k \leq K}\}": "a set",
}
"""What the documents print as mathematics and is neither an equation nor an expression."""


def has_relation(text: str) -> bool:
    return text not in NO_EQUATION and any(row.tree is not None and row.tree.relations for row in parse(text))


def rows(text: str) -> list[ParsedRow]:
    """The rows of a formula that are more than dots."""
    return [row for row in parse(text) if not row.is_dots]


def test_every_formula_is_here() -> None:
    printed = [re.sub(r"&\\ \\ \\vdots", "", text) for texts in SOURCES.values() for text in texts]
    equations = [line for text in printed for line in re.split(r"\\\\\s*\n", text) if re.search(r"\w", line)]
    equations = [line for line in equations if line.strip() != r"\end{aligned}"]
    assert len(equations) == 96
    assert set(NO_EQUATION) <= set(FORMULAS)


@pytest.mark.parametrize("text", [text for text in FORMULAS if text not in NO_EQUATION])
def test_formulas_are_read_as_printed(text: str) -> None:
    lines = [line for line in text.splitlines() if "=" in line] or [text]
    found = rows(text)
    assert len(found) == len(lines)
    for row, line in zip(found, lines, strict=True):
        assert row.error is None, row.error
        assert row.tree is not None
        relations = re.findall(r"=|\\equiv", re.sub(r"_\{[^}]*\}", "", line))  # the limits of a sum have one too
        assert len(row.tree.relations) == len(relations)


@pytest.mark.parametrize("text", NO_EQUATION)
def test_what_is_no_formula_is_refused_in_words(text: str) -> None:
    with pytest.raises(FormulaError) as refused:
        parse(text)
    assert refused.value.span is not None
    assert refused.value.span.text(text).strip()
    report = check(text, namespace={})
    assert report.status == "error"
    assert report.rows[0].message == refused.value.message


# ---- the chain rows -------------------------------------------------------------------------------------------------


def holds_where_defined(block: str, largest: int) -> None:
    """The rows with dots at all 1 <= p < q <= N <= largest; those that name ``h_(q+1)`` are undefined at q = N."""
    latex, snippet = BLOCKS[block]
    where = f"N in 2..{largest}, q in 2..N, p in 1..q-1"
    report = check(latex, snippet=snippet, where=where, max_cases=100, trials=1)
    assert report.assignments == report.possible == (largest + 1) * largest * (largest - 1) // 6
    assert report.status == "holds", str(report)
    assert report.error is not None
    assert report.error < 1e-12
    printed = [row for row in report.rows if r"\vdots" not in row.latex]
    beyond = {row.number: row.undefined for row in printed if "{q+1}" in row.latex}
    assert set(beyond.values()) == {largest * (largest - 1) // 2}  # the assignments with q = N
    assert len(beyond) == {"without skip": 2, "with skip": 6}[block]
    assert all(row.domain == "defined for q < N" for row in printed if row.number in beyond)
    assert all(row.undefined == 0 for row in printed if row.number not in beyond)


@pytest.mark.parametrize("block", DOTTED)
def test_rows_with_dots_hold_where_they_are_defined(block: str) -> None:
    holds_where_defined(block, LARGEST)


def test_every_row_was_counted() -> None:
    counts = [sum(row.tree is not None for row in rows(latex)) for latex, _ in BLOCKS.values()]
    assert counts == [4, 4, 4, 6, 8]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in DOTTED])
def test_rows_of_three_layers_hold(block: str) -> None:
    latex, snippet = BLOCKS[block]
    report = check(latex, snippet=snippet)
    assert [row.status for row in report.rows] == ["holds"] * 4, str(report)


def test_the_forward_pass_holds() -> None:
    where = f"N in 3..{LARGEST}, q in 2..N-1, p in 1..q-1"
    report = check(FORWARD, snippet=SKIP_NET, where=where, trials=1)
    assert report.status == "holds", str(report)


@pytest.mark.parametrize(("latex", "k"), [(BETWEEN, "p+1..q"), (BEFORE, "1..p")])
def test_inline_identities_hold_on_the_whole_range_of_k(latex: str, k: str) -> None:
    holds_on_the_range(latex, k, LARGEST)


def holds_on_the_range(latex: str, k: str, largest: int) -> None:
    where = f"N in 2..{largest}, q in 2..N, p in 1..q-1, k in {k}"
    report = check(latex, snippet=SKIP_NET, where=where, max_cases=500, trials=1)
    assert report.status == "holds", str(report)
    assert report.assignments == report.possible
    assert report.rows[0].undefined == 0


@pytest.mark.parametrize("latex", RESIDUAL_INLINE)
def test_inline_identities_of_the_residual_unit_hold(latex: str) -> None:
    assert check(latex, snippet=RESIDUAL, where="n in 1..3").status == "holds"


def test_the_other_range_is_refuted() -> None:
    where = "N in 4..5, q in 3..N, p in 2..q-1, k in 1..p"
    assert check(BETWEEN, snippet=SKIP_NET, where=where, trials=1).status == "fails"


# ---- the notes ------------------------------------------------------------------------------------------------------

UNITS = """
import torch

W = [torch.randn(3, 3, requires_grad=True) for _ in range(L + 1)]
F = lambda x, W: torch.tanh(W @ x)
f = h = torch.clone
x, y = [torch.randn(3, requires_grad=True)], []
for n in range(L + 1):
    y.append(h(x[n]) + F(x[n], W[n]))
    x.append(f(y[n]))
E = x[L].square().sum()
"""
"""Residual units, one more than the L of the formulas."""
LINEAR = """
import torch

W = [torch.randn(3, 3) for _ in range(L)]
x = [torch.randn(3)]
for n in range(L):
    x.append(W[n] @ x[n])
"""
WHERE = "L in 4..6, l in 0..L-2"
CLAIMS = [text for text in FORMULAS if text in SOURCES["identity-mappings-notes"] and has_relation(text)]
FALSE = (WITH_LIMIT_L, WITH_LIMIT_CAPITAL_L, ASCENDING)
TRUE = [text for text in CLAIMS if text not in FALSE]


@pytest.mark.parametrize("latex", TRUE)
def test_true_formulas_of_the_notes_hold(latex: str) -> None:
    report = check(latex, snippet=UNITS, where=WHERE, trials=1)
    assert report.status == "holds", str(report)


@pytest.mark.parametrize(
    ("latex", "snippet", "where", "repair"),
    [
        (WITH_LIMIT_L, UNITS, WHERE, "the upper limit L-1 in place of L-l"),
        (WITH_LIMIT_CAPITAL_L, UNITS, "L in 2..6", "the upper limit L-1 in place of L"),
        (ASCENDING, LINEAR, "L in 2..6", "in descending order"),
    ],
)
def test_the_first_repair_of_a_false_formula_is_the_right_one(
    latex: str, snippet: str, where: str, repair: str
) -> None:
    report = check(latex, snippet=snippet, where=where, trials=1)
    assert report.status == "fails", str(report)
    assert repair in report.rows[0].repairs[0].description.replace(" - ", "-")
    assert report.rows[0].repairs[0].description in report.rows[0].message


def test_the_ascending_product_is_the_descending_one_elsewhere() -> None:
    report = check(ASCENDING, snippet=LINEAR, where="L in 2..6", product_order="descending")
    assert report.status == "holds", str(report)
