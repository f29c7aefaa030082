"""One visit of a page with a phone, and everything that is measured on it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from book_site import Site
    from playwright.sync_api import Page, Response

PHONE, DESK = {"width": 375, "height": 700}, {"width": 1280, "height": 900}

TO_THE_END = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const root = document.documentElement;
  root.style.scrollBehavior = "auto";
  const near = (image) => image.getBoundingClientRect().top < innerHeight;
  while (scrollY + innerHeight < root.scrollHeight - 1) {
    scrollBy(0, 2 * innerHeight);
    await painted();
    await Promise.all([...document.images].filter(near).map((image) => image.decode()));
    await painted();
  }
  scrollTo(0, 0);
  await painted();
}"""
DISPLAYS = """() => [...document.querySelectorAll("div.math > .katex-display")]
  .filter((box) => box.checkVisibility())
  .map((box) => {
    box.scrollLeft = 1e6;
    const reached = box.scrollLeft;
    box.scrollLeft = 0;
    const number = box.parentElement.querySelector(".eqno")?.getBoundingClientRect();
    return {
      overhang: box.scrollWidth - box.clientWidth, reached, stop: box.tabIndex == 0,
      number: number ? [number.left, number.right] : null, right: box.getBoundingClientRect().right,
    };
  })"""
LAID_OUT = """() => [...document.querySelectorAll("article .later")]
  .every((element) => getComputedStyle(element).contentVisibility != "auto")"""
BEGUN = r"""() => [...document.querySelectorAll("article span.math")].filter((formula) => {
  const block = formula.checkVisibility() && formula.closest("p, li, td, th, dd, dt, h1, h2, h3, h4, h5");
  if (!block) return false;
  const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  texts.currentNode = formula;
  while (texts.nextNode() && formula.contains(texts.currentNode));
  const behind = texts.currentNode;
  if (formula.contains(behind) || !/^[。，、；：？！）」』》”’,.;:?!)]/.test(behind.data)) return false;
  const sign = document.createRange();
  sign.setStart(behind, 0);
  sign.setEnd(behind, 1);
  const [end] = [...formula.querySelectorAll(".katex-base")].slice(-1);
  return sign.getBoundingClientRect().left < end.getBoundingClientRect().right - 1;
}).map((formula) => formula.querySelector("annotation").textContent)"""
LETTERS = """() => {
  const found = {};
  for (const formula of document.querySelectorAll(".katex-html")) {
    const texts = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const {fontFamily, fontStyle, fontWeight} = getComputedStyle(texts.currentNode.parentElement);
      const face = `${fontFamily.split(",")[0]} ${fontStyle} ${fontWeight}`;
      found[face] = [...new Set([...found[face] ?? [], ...texts.currentNode.data])];
    }
  }
  return found;
}"""
OPEN_MARKS = """() => {
  const marks = [...document.querySelectorAll("article details")];
  for (const mark of marks) mark.open = true;
  return new Promise((done) => setTimeout(done));
}"""
CLOSE_MARKS = """() => {
  for (const mark of [...document.querySelectorAll("article details")].slice(3)) mark.open = false;
}"""
"""But a few, which axe then goes through."""
SETTLED = """() => {
  const style = document.createElement("style");
  style.textContent = "* { transition: none !important; animation: none !important; }";
  document.head.append(style);
  document.querySelectorAll(".katex-html").forEach((drawn) => drawn.remove());
}"""
"""For axe: no colour is on its way to another, and of each formula there is what screen readers have of it."""
GRAVE = {"serious", "critical"}


@dataclass(frozen=True)
class Visit:
    """What there was on a page; lengths in CSS pixels."""

    requests: int
    wire: int
    """Bytes, of everything that the page loads, as a server sends them that compresses."""
    elements: int
    """As the page comes, before any mark is opened."""
    widths: dict[int, int]
    """How wide the page is, by the width of the window."""
    displays: list[dict[str, Any]]
    begun: list[str]
    """Formulas behind which a line begins with the punctuation that is theirs."""
    letters: dict[str, list[str]]
    """The characters of formulas, by the family, style and weight in which the browser shows them."""
    problems: list[str]
    """What axe-core finds that is serious or critical: the light page in full, the contrast of the dark one."""
    failures: list[str]
    """Requests without an answer or to another site, errors and warnings of the console."""


def visit(site: Site, name: str, axe: Path) -> Visit:
    page = site.page
    page.set_viewport_size(PHONE)
    before = len(site.problems)
    responses: list[Response] = []

    def note(response: Response) -> None:
        if not response.url.startswith("data:"):
            responses.append(response)

    page.on("response", note)
    site.open(name)
    page.evaluate("document.fonts.ready")
    page.remove_listener("response", note)

    elements = page.locator("*").count()
    page.wait_for_function(LAID_OUT, polling=100)
    page.evaluate(TO_THE_END)
    displays = page.evaluate(DISPLAYS)
    begun = page.evaluate(BEGUN)
    page.evaluate(OPEN_MARKS)
    letters = page.evaluate(LETTERS)
    widths = {PHONE["width"]: page.evaluate("document.documentElement.scrollWidth")}
    page.evaluate(CLOSE_MARKS)
    page.evaluate(SETTLED)
    page.evaluate(axe.read_text(encoding="utf-8"))
    problems = [f"light: {problem}" for problem in violations(page, {})]
    page.evaluate("document.body.dataset.theme = 'dark'")
    contrast = {"runOnly": ["color-contrast", "link-in-text-block"]}
    problems += [f"dark: {problem}" for problem in violations(page, contrast)]
    page.set_viewport_size(DESK)
    widths[DESK["width"]] = page.evaluate("document.documentElement.scrollWidth")
    failures = site.problems[before:]
    return Visit(len(responses), wire(responses), elements, widths, displays, begun, letters, problems, failures)


def wire(responses: Iterable[Response]) -> int:
    bodies = [response.body() for response in responses]
    return sum(min(len(body), len(gzip.compress(body))) for body in bodies)


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate("(options) => axe.run(document, {...options, resultTypes: ['violations']})", options)
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
