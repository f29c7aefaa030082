"""The chapter on skip connections, as it is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id

CHAPTER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/SkipConnection"
SOURCE = Path(__file__).parent / "source" / "SkipConnection"
DISPLAYS = {path.stem: path.read_text(encoding="utf-8").strip() for path in SOURCE.glob("equ-*.tex")}
"""The labelled formulas of the text that the chapter is written after, to the letter."""
INLINE = (SOURCE / "inline.tex").read_text(encoding="utf-8").splitlines()
"""Its formulas within a line."""
WITHOUT_ROWS = {
    "equ-NetForwardPropagation_NHiddenLayers1SkipConnnection": {2, 5, 9},
    "equ-ClassicalNetGradientPropagation_NHiddenLayers": set(),
    "equ-NetGradientPropagation_NHiddenLayers1SkipConnnection": {8, 12},
}
"""Rows of dots behind which there are no rows, or rows of another kind than those around."""


@pytest.fixture(scope="module")
def chapter(book) -> BeautifulSoup:
    return BeautifulSoup((book.out / f"{CHAPTER}.html").read_text(encoding="utf-8"), "html.parser")


def tex(formula) -> str:
    return formula.select_one("annotation[encoding='application/x-tex']").text.strip()


def mark(chapter, label):
    return chapter.find(id=make_id(f"equation-{label}")).find_next_sibling()


@pytest.mark.parametrize("label", DISPLAYS)
def test_an_equation_of_the_source_is_on_the_page_and_checked_row_by_row(chapter, label):
    assert tex(chapter.find(id=make_id(f"equation-{label}"))) == DISPLAYS[label]
    rows = {int(row.td.text): row.text for row in mark(chapter, label).select("tbody tr")}
    count = sum(row.strip() != r"\end{aligned}" for row in DISPLAYS[label].split(r"\\"))
    assert rows.keys() == set(range(1, count + 1)) - WITHOUT_ROWS[label]
    assert all("已验证" in text for text in rows.values())


def test_the_formulas_within_a_line_are_on_the_page(chapter):
    assert set(INLINE) <= {tex(formula) for formula in chapter.select("span.math")}


def test_every_display_has_a_mark_and_those_known_to_be_wrong_say_so(chapter):
    displays = chapter.select("div[id^=equation-]")
    assert len(displays) > 20
    wrong = {
        make_id(f"equation-{label}")
        for label in ("equ-SkipConnection_CountedTwice", "equ-SkipConnection_Exercise_WrongFactor")
    }
    for display in displays:
        expected = "已验证其不成立" if display["id"] in wrong else "已验证"
        assert display.find_next_sibling().summary.text.strip().endswith(expected), display["id"]
    assert len(displays) == len(chapter.select(".katex-display"))


def test_every_exercise_has_a_folded_solution_and_the_wrong_factor_its_repair(chapter):
    exercises = chapter.find(id=make_id("equation-equ-SkipConnection_Exercise_WrongFactor")).find_parent("ol")
    items = exercises.find_all("li", recursive=False)
    assert len(items) == 6
    assert all(item.select_one("details.admonition:not([open])").summary.text.strip() == "解答" for item in items)
    assert "∂s_q/∂h_q 换成 ∂s_q/∂h_p，该行就成立" in mark(chapter, "equ-SkipConnection_Exercise_WrongFactor").text


def test_identities_within_a_line_are_checked(chapter):
    checked = [sign.find_previous_sibling() for sign in chapter.select(".eqtest-inline.eqtest-holds")]
    assert {tex(formula) for formula in checked} >= {
        formula for formula in INLINE if formula.startswith(r"\frac{\partial {\bm s}_q}{\partial {\bm h}_k}=")
    }


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("fig-ForwardSkipAddConnection", "前向跳跃连接示意图"),
        ("fig-BackwardSkipConnectionUnrolled", "在时间上展开"),
    ],
)
def test_a_figure_has_its_label_number_and_text_alternative(chapter, label, words):
    figure = chapter.find(id=make_id(label)).find_parent("figure")
    assert words in figure.img["alt"]
    assert re.search(r"图\s*\d+\.\d+", figure.figcaption.text)
    assert chapter.select(f"a[href='#{make_id(label)}'] .std-numref")


def test_the_counts_in_the_prose_are_those_that_the_code_prints(chapter):
    (output,) = [block for block in chapter.select(".eqtest-output") if "equal in" in block.text]
    equal, larger, grown = (tuple(map(int, pair)) for pair in re.findall(r"in (\d+) of (\d+) cases", output.text))
    items = [item.text for item in output.find_next("ul").select("li")]
    assert equal == (0, 1200)
    assert "1200 例中没有一例相等" in items[0]
    assert f"{larger[1]} 例中有 {larger[0]} 例" in items[1]
    assert f"其余 {larger[1] - larger[0]} 例" in items[1]
    assert f"{grown[1]} 例中有 {grown[0]} 例增大" in items[2]
