r"""Random formulas and options: always a verdict, quickly, and never a pass for what was not read.

Texts are pieces of LaTeX in any order, and well-formed formulas with a few characters changed.
"""

from __future__ import annotations

import random
from typing import Any

import formulas
import pytest
import torch
from bounded import bounded
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eqtest import check
from eqtest.formula.latex import latex
from eqtest.formula.parse import parse
from eqtest.formula.tree import Relation

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
MANY = settings(
    max_examples=4_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
STATUSES = ("holds", "fails", "vacuous", "undefined", "error")


def namespace() -> dict[str, Any]:
    """A graph under the letters that the strategies use."""
    torch.manual_seed(0)
    x, b = torch.randn(3, requires_grad=True), torch.randn(3)
    big_w = torch.randn(3, 3, requires_grad=True)
    h = [x]
    for _ in range(3):
        h.append(torch.tanh(big_w @ h[-1]))
    y = h[-1] + b
    return {
        "x": x, "b": b, "W": big_w, "h": h, "y": y, "L": y.square().sum(), "f": torch.tanh, "a": torch.randn(4),
        "c": 1.5, "N": 3, "w": [torch.randn(3, 3) for _ in range(4)], "e": 0, "z": "text", "alpha": None,
    }  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _float64() -> Any:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def changed(text: str, seed: int) -> str:
    """A text with up to three slices removed, doubled, moved or replaced."""
    generator = random.Random(seed)
    for _ in range(generator.randint(0, 3)):
        i, j = sorted(generator.choices(range(len(text) + 1), k=2))
        j = min(j, i + 6)
        k = generator.randint(0, len(text))
        piece = generator.choice(["", text[i:j] * 2, generator.choice(formulas.PIECES), text[k : k + 4]])
        text = text[:i] + piece + text[j:]
    return text


formed = formulas.relations.map(latex)
texts = st.one_of(formulas.pieces, st.builds(changed, formed, st.integers(0, 2**32)), st.text(max_size=60))
limits = st.text("Npqi0123456789 in=.,+-*/()", max_size=24)
wheres = st.sampled_from(["", "N in 1..3", "i in 0..2, n = i + 1", "n = 2"]) | limits
symbols = st.dictionaries(texts, st.sampled_from(["x[<k>]", "h[k]", "k", "W", "1/0", "x.shape", "("]), max_size=2)
options = st.fixed_dictionaries(
    {},
    optional={
        "where": wheres,
        "ranges": st.sampled_from(["i = 0..2", "i = 0..2, n = 1..N"]) | limits,
        "rows": st.text("0123456789-, ", max_size=8),
        "symbols": symbols,
        "partials": st.dictionaries(texts, st.sampled_from(["holding h", "holding", "h, x", ""]), max_size=1),
        "macros": st.dictionaries(st.sampled_from(["foo", "a", "frac"]), texts | st.tuples(texts, st.integers(-1, 3))),
        "layout": st.sampled_from(["numerator", "denominator", "gradient"]),
        "derivative": st.sampled_from(["auto", "total", "partial"]),
        "product_order": st.sampled_from(["ascending", "descending"]),
        "index_base": st.sampled_from([0, 1]),
    },
)


@MANY
@given(texts, options)
def test_every_text_gets_a_verdict(text: str, chosen: dict[str, Any]) -> None:
    with bounded(10):
        report = check(text, namespace=namespace(), **chosen)
    assert report.status in STATUSES
    assert report.to_json()
    assert str(report)
    for row in report.rows:
        assert row.status == "holds" or not row.checked or row.message
        assert 0 <= row.span.start <= row.span.end
        assert row.span.end <= len(text) or "macros" in chosen


@MANY
@given(formed, options)
def test_every_formula_gets_a_verdict(text: str, chosen: dict[str, Any]) -> None:
    test_every_text_gets_a_verdict.hypothesis.inner_test(text, chosen)


@settings(MANY, max_examples=3_000)
@given(formulas.relations)
def test_what_is_printed_is_read_back(tree: Relation) -> None:
    (row,) = parse(latex(tree))
    assert row.error is None
    assert row.tree == tree


@settings(MANY, max_examples=2_000)
@given(formulas.relations, st.integers(0, 2**32))
def test_spacing_does_not_change_what_is_read(tree: Relation, seed: int) -> None:
    generator = random.Random(seed)
    text = latex(tree)
    spaces = [" ", r"\,", r"\;", "~", "\n", r"\displaystyle "]
    parts = [part for part in text.split(" ") if part]
    spaced = "".join(part + generator.choice(spaces) + " " for part in parts)
    (before,), (after,) = parse(text), parse(spaced)
    assert after.error is None
    assert before.tree == after.tree


@settings(MANY, max_examples=600)
@given(formulas.relations)
def test_a_repair_holds(tree: Relation) -> None:
    """What is offered as a repair passes a check of its own."""
    report = check(latex(tree), namespace=namespace())
    for row in report.rows:
        for repair in row.repairs:
            if "layout" not in repair.description and "order of the index" not in repair.description:
                again = check(repair.latex, namespace=namespace())
                assert again.status == "holds", (repair, str(again))


# ---- nothing is dropped ---------------------------------------------------------------------------------------------

TRUE = ("c = a b", "a b = c", r"c = a \times b", r"\frac{c}{a} = b", "c = (a) b")
VALUES = {"a": 2, "b": 3, "c": 6.0}
MEANINGLESS = frozenset((
    *"~,.;:&%$，。；：…⋯\n\\*+1I", "\u00a0", "\u3000", r"\\", r"\quad", r"\text{foo}", r"\text{ }", r"\tag{1}",
    r"\cdots", r"\vdots", r"\max", r"\bm", r"\mathrm", r"\underbrace", r"\stackrel", r"\times", r"\cdot", r"\left",
    r"\right", r"\big",
))  # fmt: skip
"""Pieces with which a true formula may stay true: spacing, fonts, ends of rows, factors and signs of one."""
PRINTABLE = [chr(code) for code in range(33, 127)] + list("±÷−–∂∑∏√∞≈≠≤≥∈∇→αβλΔ！？、²³°′")
INSERTED = [piece for piece in dict.fromkeys([*PRINTABLE, *formulas.PIECES]) if piece not in MEANINGLESS]


@pytest.mark.parametrize("piece", INSERTED)
def test_no_piece_is_dropped(piece: str) -> None:
    for text in TRUE:
        for position in range(len(text) + 1):
            if "\\" in text[max(0, position - 6) : position] or text[position : position + 1] == "{":
                continue  # not within a command, nor between it and its argument
            inserted = f"{text[:position]}{piece} {text[position:]}"
            if "==" in inserted:
                continue  # is how some write an equality
            assert check(inserted, namespace=VALUES).status != "holds", inserted


def test_the_formulas_are_true() -> None:
    assert [check(text, namespace=VALUES).status for text in TRUE] == ["holds"] * len(TRUE)


def test_nan_is_not_even_different() -> None:
    assert check(r"a \ne b", namespace={"a": float("nan"), "b": 1.0}).status == "fails"
