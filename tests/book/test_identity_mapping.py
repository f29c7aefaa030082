"""The chapter on identity mappings, as it is built, and the page of notation."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id

CHAPTER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/IdentityMapping"
SOURCE = Path(__file__).parent / "source" / "IdentityMapping"
DISPLAYS = {path.stem: path.read_text(encoding="utf-8").strip() for path in SOURCE.glob("equ-*.tex")}
"""The formulas of the notes that the chapter is written after, to the letter, slips and all."""
INLINE = (SOURCE / "inline.tex").read_text(encoding="utf-8").splitlines()
"""Their formulas within a line."""
ERRATA = {
    "equ-IdentityMapping_WrongLimit": "上限 L - l 换成 L - 1，",
    "equ-IdentityMapping_OneTooMany": "上限 L 换成 L - 1，",
    "equ-IdentityMapping_WrongOrder": "连乘的因子改按下标递减排列",
}
"""The slips of the notes and what mends them."""
WRONG = {*ERRATA, "equ-IdentityMapping_ForwardWithRelu", "equ-IdentityMapping_BrokenChain"}


def parse(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def chapter(book) -> BeautifulSoup:
    return parse(book.out / f"{CHAPTER}.html")


def tex(formula) -> str:
    return formula.select_one("annotation[encoding='application/x-tex']").text.strip()


def mark(page, label):
    return page.find(id=make_id(f"equation-{label}")).find_next_sibling()


@pytest.mark.parametrize("label", DISPLAYS)
def test_an_equation_of_the_notes_is_on_the_page_to_the_letter(chapter, label):
    assert tex(chapter.find(id=make_id(f"equation-{label}"))) == DISPLAYS[label]


def test_the_formulas_within_a_line_are_on_the_page(chapter):
    assert set(INLINE) <= {tex(formula) for formula in chapter.select("span.math")}


def test_every_display_is_checked_and_those_known_to_be_wrong_are_marked_so(chapter):
    displays = chapter.select("div[id^=equation-]")
    assert len(displays) == len(chapter.select(".katex-display")) > 15
    wrong = {make_id(f"equation-{label}") for label in WRONG}
    for display in displays:
        expected = "✓ 已知有误，已验证其不成立" if display["id"] in wrong else "✓ 已验证"
        assert display.find_next_sibling().summary.text.strip() == expected, display["id"]


@pytest.mark.parametrize("label", ERRATA)
def test_an_erratum_comes_with_the_words_of_the_checker(chapter, label):
    report = mark(chapter, label)
    quotation = report.find_next_sibling("blockquote").text.strip()
    assert ERRATA[label] in quotation
    assert quotation in report.text


@pytest.mark.parametrize("label", ["equ-IdentityMapping_Forward", "equ-IdentityMapping_Backward"])
def test_the_propagation_formulas_hold_in_a_small_and_in_a_convolutional_network(chapter, label):
    report = mark(chapter, label)
    assert "identity-net" in report.text
    assert "convolutional-net" in report.text
    verdicts = [row.select("td")[1].text for row in report.select("tbody tr")]
    assert verdicts == ["已验证", "已验证"]


def test_the_figure_has_its_label_number_and_text_alternative(chapter):
    figure = chapter.find(id="fig-identitymappingorders").find_parent("figure")
    assert "后激活" in figure.img["alt"]
    assert re.search(r"图\s*\d+\.\d+", figure.figcaption.text)
    assert chapter.select("a[href='#fig-identitymappingorders'] .std-numref")


def printed(chapter, heading: str) -> list[list[float]]:
    """The numbers of the table below ``heading`` in the output of a snippet."""
    (output,) = [block.text for block in chapter.select(".eqtest-output") if heading in block.text]
    rows = output[output.index(heading) :].splitlines()[1:]
    return [[float(word) for word in re.findall(r"(?<!\w)\d[\d.e+-]*", row)] for row in rows if row.strip()]


def test_the_measured_gradients_follow_the_product_of_the_factors_as_the_text_says(chapter):
    table = printed(chapter, "scale   product")
    assert [row[0] for row in table] == [0.5, 0.8, 0.9, 1.0, 1.1, 1.25]
    for scale, product, without, *measured in table:
        assert product == without == pytest.approx(scale**30, rel=0.1)
        assert all(1 / 30 < ratio / product < 30 for ratio in measured)


def test_the_comparison_of_the_two_orders_is_as_the_text_says(chapter):
    table = printed(chapter, "unit seed   direct")
    post, pre = table[:3], table[3:]
    assert len(pre) == 3
    assert all(0.1 < row[3] < 0.2 for row in post)
    assert all(row[1:4] == [1, 1, 1] for row in pre)
    assert all(10 < row[-1] < 40 for row in table)


def test_a_slip_and_a_mended_erratum_each_make_the_build_red_at_their_lines(book, build_book, repository, tmp_path):
    docs = tmp_path / "docs"
    shutil.copytree(repository / "docs", docs)
    page = docs / f"{CHAPTER}.rst"
    text = page.read_text(encoding="utf-8")
    factor = r"\cfrac{\partial x_L}{\partial x_l}="
    erratum = r"\therefore \qquad x_L = x_l + \sum_{i=l}^{L-l}"
    for right, slip in ((factor, factor.replace("x_l", "x_{l+1}")), (erratum, erratum.replace("L-l", "L-1"))):
        assert text.count(right) == 1
        text = text.replace(right, slip)
    places = (factor.replace("x_l", "x_{l+1}"), ".. eqtest:: equ-IdentityMapping_WrongLimit")
    lines = [text[: text.index(place)].count("\n") + 1 for place in places]
    page.write_text(text, encoding="utf-8")

    build = build_book(docs=docs, out=book.out.with_name("slipped"))  # with the results of the book at hand
    assert build.code == 1
    warnings = re.findall(r"^.*WARNING: (?:.|\n)*?\[eqtest\.\w+\]$", build.warnings, re.MULTILINE)
    slips = [warning for warning in warnings if warning.startswith(f"{page}:{lines[0]}: ")]
    assert len(slips) == 2  # in the small network and in the convolutional one
    assert all("equ-IdentityMapping_Backward" in warning for warning in slips)
    assert all(warning.endswith("[eqtest.fails]") for warning in slips)
    assert all("∂x_L/∂x_l" in warning for warning in slips)
    (mended,) = [warning for warning in warnings if warning not in slips]
    assert mended.startswith(f"{page}:{lines[1]}: ")
    assert "equ-IdentityMapping_WrongLimit" in mended
    assert mended.endswith("[eqtest.expect]")


def test_the_page_of_notation_has_its_examples_checked(book):
    page = parse(book.out / "notation.html")
    for label in ("equ-Notation_Total", "equ-Notation_Chain"):
        assert mark(page, label).summary.text.strip() == "✓ 已验证"
    assert page.select(".eqtest-inline.eqtest-holds")
