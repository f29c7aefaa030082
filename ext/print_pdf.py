"""Prints a page of the site: ``python -m print_pdf PAGE PDF``. Not an extension; ``make pdf`` runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from local_chromium import ADVICE, EXECUTABLE, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MARGIN_MM = 18
LINE = round((210 - 2 * MARGIN_MM) / 25.4 * 96)
"""CSS pixels. The window is as wide as the lines on A4, so that what is measured before printing is what is printed."""
PAGE_NUMBER = """<div style="width: 100%; text-align: center; font-size: 8pt"><span class="pageNumber"></span></div>"""

# In one page of all documents Sphinx leaves links as #document#anchor, and anchors that several documents have.
LEAD_LINKS = """() => {
  const marks = document.querySelectorAll("span[id^='document-']");
  const documents = new Map([...marks].map((mark) => [mark.nextElementSibling, mark.id]));
  const targets = new Map();
  for (const [section, name] of documents) {
    for (const element of [section, ...section.querySelectorAll("[id]")]) targets.set(`${name}#${element.id}`, element);
  }
  for (const link of document.querySelectorAll("a[href*='#']")) {
    const [name, anchor] = link.hash.slice(1).split("#");
    let section = link;
    while (section && !documents.has(section)) section = section.parentElement;
    const key = anchor ? `${name}#${anchor}` : `${documents.get(section)}#${name}`;
    const target = targets.get(decodeURIComponent(key));
    if (!target || link.host != location.host) continue;
    target.id = key.replace("#", ".");
    link.href = `#${target.id}`;
  }
}"""


def print_pdf(browser: Browser, page: Path, pdf: Path) -> None:
    """Write ``page``, a file of a built site, to ``pdf``: A4, with page numbers and an outline."""
    tab = browser.new_page(viewport={"width": LINE, "height": 1000})
    tab.set_default_timeout(0)  # a long book on a slow machine takes its time
    tab.emulate_media(media="print", color_scheme="light")
    tab.goto(page.resolve().as_uri())
    tab.evaluate("document.fonts.ready")
    tab.evaluate(LEAD_LINKS)
    margin = f"{MARGIN_MM}mm"
    pdf.parent.mkdir(parents=True, exist_ok=True)
    tab.pdf(
        path=pdf,
        format="A4",
        margin={"top": margin, "right": margin, "bottom": margin, "left": margin},
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=PAGE_NUMBER,
        outline=True,
        tagged=True,
    )
    tab.close()


def main(page: str, pdf: str) -> None:
    if EXECUTABLE is None:
        sys.exit(f"make pdf: {ADVICE}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        print_pdf(browser, Path(page), Path(pdf))
        browser.close()
    print(f"The PDF is {pdf}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
