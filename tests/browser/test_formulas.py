"""Formulas look as KaTeX sets them, though pages have fewer elements than it would make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from chromium import require_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

require_chromium()

CHAPTERS = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/*.html"
MAX_ELEMENTS = 25_000
"""In a chapter as it comes; a phone takes some 50 ms for a thousand."""
SET = """(formulas) => formulas.map(([tex, displayMode]) =>
  katex.renderToString(tex, {displayMode, trust: true, strict: false}))"""
SHOW = """async (formulas) => {
  document.body.innerHTML = formulas.map((formula) => `<p>${formula}</p>`).join("");
  await document.fonts.ready;
  return [...document.querySelectorAll(".katex-html")].map((formula) => {
    const {x, y} = formula.getBoundingClientRect();
    const place = (part) => {
      const box = part.getBoundingClientRect();
      return [box.x - x, box.y - y, box.width, box.height];
    };
    const lines = [...formula.querySelectorAll(".frac-line, svg")].map((line) => [line.localName, place(line)]);
    const letters = [], texts = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const index of texts.currentNode.data.replaceAll("\u200b", "").split("").keys()) {
        const letter = document.createRange();
        letter.setStart(texts.currentNode, index);
        letter.setEnd(texts.currentNode, index + 1);
        letters.push([letter.toString(), place(letter)]);
      }
    }
    return [...lines, ...letters];
  });
}"""
STYLE = "p { white-space: nowrap; }"
PIXEL = 0.25
"""What rounding adds up to in a long formula, where letters are set together."""


@pytest.fixture(scope="module")
def formulas(book) -> dict[tuple[str, bool], str]:
    """The HTML of all formulas of the chapters, by their TeX and whether they are displays."""
    found = {}
    for path in sorted(book.out.glob(CHAPTERS)):
        for formula in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select(".katex"):
            display = "katex-display" in formula.parent["class"]
            found[formula.annotation.text, display] = str(formula.parent if display else formula)
    return found


@pytest.fixture
def page(browser, book, repository) -> Page:
    page = browser.new_page()
    page.goto((book.out / "404.html").as_uri())
    page.evaluate("document.head.innerHTML = ''; document.body.removeAttribute('data-theme')")
    page.add_style_tag(path=book.out / "_static/katex/katex.min.css")
    page.add_style_tag(content=STYLE)
    page.add_script_tag(path=repository / "node_modules/katex/dist/katex.min.js")
    yield page
    page.context.close()


def test_letters_and_lines_are_where_katex_sets_them(page, formulas):
    assert len(formulas) > 300
    theirs = page.evaluate(SHOW, page.evaluate(SET, [list(key) for key in formulas]))
    their_elements = page.locator("*").count()
    ours = page.evaluate(SHOW, list(formulas.values()))
    assert page.locator("*").count() < 0.9 * their_elements
    for (tex, _display), our, their in zip(formulas, ours, theirs, strict=True):
        assert our
        assert [part for part, _place in our] == [part for part, _place in their], tex
        places = [pytest.approx(place, abs=PIXEL) for _part, place in their]
        assert [place for _part, place in our] == places, tex


def test_a_chapter_has_no_more_elements_than_a_phone_can_take(web_site, book):
    counts = {}
    for path in sorted(book.out.glob(CHAPTERS)):
        page = web_site.open(path.relative_to(book.out).as_posix())
        counts[path.stem] = page.evaluate("document.querySelectorAll('*').length")
    assert {name: count for name, count in counts.items() if count > MAX_ELEMENTS} == {}, json.dumps(counts)
