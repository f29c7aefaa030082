"""Formulas look as KaTeX sets them, though pages have fewer elements than it would make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from chromium import require_chromium

from katex_prerender import set_formula

if TYPE_CHECKING:
    from playwright.sync_api import Page

require_chromium()

CHAPTERS = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/*.html"
SET = """(formulas) => formulas.map(([tex, displayMode]) =>
  katex.renderToString(tex, {displayMode, trust: true, strict: false}))"""
SHOW = """async ([formulas, part]) => {
  document.body.innerHTML = formulas.map((formula) => `<p>${formula}</p>`).join("");
  await document.fonts.ready;
  return [...document.querySelectorAll(part)].map((formula) => {
    const {x, y, width, height} = formula.getBoundingClientRect();
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
    return [["all", [0, 0, width, height]], ...lines, ...letters];
  });
}"""
DRAWN, SPOKEN = ".katex-html", ".katex-mathml"
STYLE = "p { white-space: nowrap; }"
MATHML_SHOWN = ".katex .katex-mathml[class] { position: static; display: inline-block; width: auto; clip-path: none; }"
PIXEL = 0.25
"""What rounding adds up to in a long formula, where letters are set together."""
OTHERS = r"""
x_{\frac12}^{2} + {}_a^b X_{x_{x_x}}^{y^{z}} + f'' + f'^2 + x^{\sqrt{y}}_{\binom{n}{k}}
\frac{\frac{a}{b}}{c^{d^e}} + \left(\frac{a}{b}\right)^2 + \cfrac{1}{1+\cfrac{1}{x}} + \tfrac12^3 + x^{\frac{a}{b}}
\binom{n}{k}_i \genfrac{[}{]}{0pt}{}{a}{b} {a\atop b} \left.\frac{\partial f}{\partial x}\right|_{x=0}
\sqrt{x} + \sqrt[3]{\frac{a}{b}} + \sqrt{\sum_{i=1}^n x_i^2} + \sqrt{\sqrt{x_1}}_2
\hat{x}_i^{(l)} \widehat{abc} \overline{\overline{x_i}}_j \underline{x} \vec{v} \tilde{w} \mathring{a} \widetilde{xyz}
\overbrace{a+b}^{n} \underbrace{a+b}_{\text{loss}} \overrightarrow{AB} \xrightarrow[b]{a} \overgroup{AB}
\sum_{i=1}^{n}\prod_{j} \int\limits_0^1 \lim_{x\to0} \operatorname*{argmin}_{\theta} \oiint_a \sum_{\substack{a\\b}}
\begin{pmatrix}a&b_1\\c&d^2\end{pmatrix} \begin{cases}1&x>0\\0&x\le0\end{cases}
\left\{\begin{aligned}a&=b\\c&=d\end{aligned}\right. \overbracket{ab}^{c}
\begin{array}{c|c}a&b\\\hline c&\frac{1}{d}\end{array} \begin{bmatrix}1\\2\\3\\4\\5\\6\\7\end{bmatrix}
\boxed{x^2} \fbox{a} \cancel{x} \colorbox{red}{a} \textcolor{blue}{x_2} \angl{n} \phantom{x}_y \raisebox{2pt}{a}
\stackrel{a}{=} \overset{n}{\circ} \underset{n}{\circ} \not= \bra{x}\ket{y} \mathllap{x}y \mathclap{x_2} \htmlId{a}{x}_2
\Large{x_2^{\frac12}} \scriptstyle\frac{a}{b} \displaystyle\sum_a^b \textstyle\sum_a^b \rule[2pt]{1em}{2pt} \text{ab}_c
\begin{CD}A@>a>>B\\@VbVV@AAcA\\C@=D\end{CD}
""".strip().splitlines()
"""What the chapters do not have; the last one is left as it is."""


@pytest.fixture(scope="module")
def formulas(book, repository) -> dict[tuple[str, bool], str]:
    """The HTML of all formulas of the chapters and of others, by their TeX and whether they are displays."""
    found = {(tex, True): set_formula(tex, True, repository / "node_modules/katex/dist", "{}") for tex in OTHERS}
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


def assert_alike(page: Page, formulas: dict[tuple[str, bool], str], part: str) -> None:
    theirs = page.evaluate(SHOW, [page.evaluate(SET, [list(key) for key in formulas]), part])
    ours = page.evaluate(SHOW, [list(formulas.values()), part])
    for (tex, _display), our, their in zip(formulas, ours, theirs, strict=True):
        assert len(our) > 1
        assert [letter for letter, _place in our] == [letter for letter, _place in their], tex
        places = [pytest.approx(place, abs=PIXEL) for _letter, place in their]
        assert [place for _letter, place in our] == places, tex


def test_letters_and_lines_are_where_katex_sets_them(page, formulas):
    assert len(formulas) > 300
    assert_alike(page, formulas, DRAWN)


def test_the_browser_sets_the_mathml_within_as_it_sets_katex_s(page, formulas):
    page.add_style_tag(content=MATHML_SHOWN)
    assert_alike(page, formulas, SPOKEN)


def test_there_are_six_elements_where_katex_has_ten(page, formulas):
    counts = []
    for pages in (page.evaluate(SET, [list(key) for key in formulas]), list(formulas.values())):
        page.evaluate(SHOW, [pages, DRAWN])
        counts.append(page.locator(".katex *").count())
    assert counts[1] < 0.6 * counts[0]
