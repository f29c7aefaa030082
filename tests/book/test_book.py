"""The real book: built strictly, built again, and built with a slip in one formula."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id

CHAPTER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/ResidualUnit"
SOURCE = Path(__file__).parent / "source"
DISPLAYS = {path.stem: path.read_text(encoding="utf-8").strip() for path in SOURCE.glob("equ-*.tex")}
"""The labelled formulas of the text that the chapter is written after, to the letter."""
INLINE = (SOURCE / "inline.tex").read_text(encoding="utf-8").splitlines()
"""Its formulas within a line."""


@pytest.fixture(scope="module")
def chapter(book) -> BeautifulSoup:
    return parse(book.out / f"{CHAPTER}.html")


def parse(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def tex(formula) -> str:
    """What the author wrote, from the MathML of a formula of the page."""
    return formula.select_one("annotation[encoding='application/x-tex']").text.strip()


def test_the_book_builds_without_a_warning(book):
    assert book.warnings == ""
    assert book.code == 0


def test_every_formula_is_set_also_those_within_marks(book):
    pages = {page.name: parse(page).select("code.unreadable") for page in book.out.rglob("*.html")}
    assert len(pages) > 10
    assert {name: found for name, found in pages.items() if found} == {}


def test_a_second_build_has_nothing_to_do(book, build_book, repository):
    docs = repository / "docs"
    pages = [book.out / source.relative_to(docs).with_suffix(".html") for source in docs.rglob("*.rst")]
    before = [page.stat().st_mtime_ns for page in pages]
    again = build_book(out=book.out)
    assert again.warnings == ""
    assert again.code == 0
    assert "0 added, 0 changed, 0 removed" in again.log
    assert [page.stat().st_mtime_ns for page in pages] == before


@pytest.mark.parametrize("label", DISPLAYS)
def test_an_equation_of_the_source_is_on_the_page_numbered_and_checked(chapter, label):
    display = chapter.find(id=make_id(f"equation-{label}"))
    assert tex(display) == DISPLAYS[label]
    assert re.match(r"\(\d+\.\d+\)", display.select_one(".eqno").text)
    mark = display.find_next_sibling()
    assert mark.name == "details"
    assert "✓" in mark.summary.text
    assert len(DISPLAYS[label].split(r"\\")) - 1 == 4  # every one of the three has four rows ...
    assert len(mark.select("tbody tr")) == 4  # ... and so has its mark


def test_the_formulas_within_a_line_are_on_the_page(chapter):
    assert set(INLINE) <= {tex(formula) for formula in chapter.select("span.math")}


def test_every_exercise_has_a_folded_solution_and_the_wrong_factor_its_repair(chapter):
    exercises = chapter.find(id=make_id("equation-equ-ResidualUnit_Exercise_WrongFactor")).find_parent("ol")
    items = exercises.find_all("li", recursive=False)
    assert len(items) == 6
    assert all(item.select_one("details.admonition:not([open])").summary.text.strip() == "解答" for item in items)
    mark = chapter.find(id=make_id("equation-equ-ResidualUnit_Exercise_WrongFactor")).find_next_sibling()
    assert "∂h_3/∂s_1 换成 ∂h_3/∂s_2，该行就成立" in mark.text


def test_an_equation_has_its_anchor_once(chapter):
    anchors = [tag["id"] for tag in chapter.select("[id^='equation-']")]
    assert len(anchors) >= len(DISPLAYS)
    assert len(anchors) == len(set(anchors))


def test_every_reference_of_the_chapter_leads_somewhere(book, chapter):
    here = (book.out / CHAPTER).parent
    links = {link["href"] for link in chapter.select("article a.reference.internal")}
    assert links
    anchors = {}
    for page in {link.partition("#")[0] for link in links}:
        soup = parse(here / page) if page else chapter
        anchors[page] = {"", *(tag["id"] for tag in soup.select("[id]"))}
    assert [link for link in links if link.partition("#")[2] not in anchors[link.partition("#")[0]]] == []


def test_the_figure_has_its_label_number_and_text_alternative(chapter):
    figure = chapter.find(id="fig-classicalnetclassicalresidualnetdemo").find_parent("figure")
    assert "经典神经网络与残差网络结构对比" in figure.img["alt"]
    assert re.search(r"图\s*\d+\.\d+", figure.figcaption.text)
    assert chapter.select("a[href='#fig-classicalnetclassicalresidualnetdemo'] .std-numref")


def test_a_slip_makes_every_build_red_at_its_line_until_it_is_mended(repository, tmp_path, build_book):
    docs = tmp_path / "docs"
    shutil.copytree(repository / "docs", docs)
    page = docs / f"{CHAPTER}.rst"
    text = page.read_text(encoding="utf-8")
    factor = r"\frac{\partial {\bm h}_3}{\partial {\bm h}_2}\times \frac{\partial {\bm h}_2}{\partial {\bm w}_1}"
    slip = factor.replace(r"{\partial {\bm h}_2}\times", r"{\partial {\bm h}_1}\times")
    assert text.count(factor) == 1
    page.write_text(text.replace(factor, slip), encoding="utf-8")
    line = text[: text.index(factor)].count("\n") + 1

    for _ in range(2):
        build = build_book(docs=docs, out=tmp_path / "html")
        assert build.code == 1
        (warning,) = re.findall(r"^.*WARNING: (?:.|\n)*?\[eqtest\.\w+\]$", build.warnings, re.MULTILINE)
        assert warning.startswith(f"{page}:{line}: WARNING: ")
        assert "equ-ClassicalNetGradientPropagation_3HiddenLayers, row 3 fails" in warning
        assert re.search(r"relative error [\d.]+", warning)
        assert "factor 3 is ∂h_3/∂h_1" in warning
        assert warning.endswith("[eqtest.fails]")

    page.write_text(text, encoding="utf-8")
    mended = build_book(docs=docs, out=tmp_path / "html")
    assert mended.warnings == ""
    assert mended.code == 0


@pytest.mark.parametrize("builder", ["doctest", "eqtest"])
def test_a_builder_that_tests_passes(tmp_path, build_book, builder):
    build = build_book(out=tmp_path / builder, builder=builder)
    assert build.warnings == ""
    assert build.code == 0


LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "object": "data",
    "embed": "src",
}


def test_no_page_and_no_stylesheet_loads_anything_from_another_site(book):
    elsewhere = re.compile(r"^\s*(https?:)?//")
    loaded = []
    for path in book.out.rglob("*.html"):
        soup = parse(path)
        loaded += [
            tag[attribute]
            for name, attribute in LOADS.items()
            for tag in soup.find_all(name, {attribute: True})
            if tag.get("rel") != ["canonical"]
        ]
        loaded += [address for style in soup.find_all("style") for address in css_addresses(style.text)]
    assert any("_bundles" in address for address in loaded)
    for path in book.out.rglob("*.css"):
        loaded += css_addresses(path.read_text(encoding="utf-8"))
    assert [address for address in loaded if elsewhere.match(address)] == []


def css_addresses(css: str) -> list[str]:
    return re.findall(r"""(?:url\(|@import\s)\s*['"]?([^'")\s]*)""", css)


def test_no_script_names_a_content_delivery_network(book):
    networks = re.compile("jsdelivr|unpkg|cdnjs|googleapis|gstatic")
    texts = [path for pattern in ("*.html", "*.js", "*.css") for path in book.out.rglob(pattern)]
    assert [path for path in texts if networks.search(path.read_text(encoding="utf-8"))] == []
