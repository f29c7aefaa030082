"""The book on paper."""

from __future__ import annotations

from chromium import require_chromium

require_chromium()

CHAPTER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/SkipConnection.html"
PAPER = {"width": 660, "height": 930}
"""What A4 leaves between margins of 18 mm, in CSS pixels."""

PAST_THE_MARGIN = """() => [...document.querySelectorAll("article *")]
  .filter((element) => !element.closest(".katex-mathml, svg > *") && element.getClientRects().length)
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((element) => `${element.tagName} ${element.textContent.slice(0, 40)}`)"""


def test_nothing_is_cut_at_the_margin(web_site):
    page = web_site.page
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    cut = {}
    for name in web_site.pages:
        web_site.open(name)
        page.evaluate("document.fonts.ready")
        cut[name] = page.evaluate(PAST_THE_MARGIN)
    assert {name: elements for name, elements in cut.items() if elements} == {}


def test_a_display_that_is_too_wide_for_the_paper_is_set_smaller(web_site):
    page = web_site.page
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    web_site.open(CHAPTER)
    page.evaluate(
        """() => {
          const formula = document.querySelector("div.math > .katex-display .katex-html");
          for (const base of [...formula.children]) for (let i = 0; i < 12; i++) formula.append(base.cloneNode(true));
          formula.style.whiteSpace = "nowrap";
        }"""
    )
    assert page.evaluate(PAST_THE_MARGIN)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(PAST_THE_MARGIN) == []


def test_a_display_and_a_figure_stay_on_one_sheet_in_black_on_white(web_site):
    page = web_site.page
    page.emulate_media(media="print", color_scheme="dark")
    web_site.open(CHAPTER)
    styles = page.evaluate(
        """() => [...document.querySelectorAll("div.math, figure")].map((box) => getComputedStyle(box).breakInside)"""
    )
    assert styles
    assert set(styles) == {"avoid"}
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
    assert page.evaluate("getComputedStyle(document.querySelector('article')).color") == "rgb(0, 0, 0)"
