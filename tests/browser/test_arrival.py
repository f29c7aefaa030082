"""A page comes to its reader piece by piece: what is seen of it stays where it is, and its letters come with it."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from chromium import require_chromium
from fontTools.ttLib import TTFont
from visit import DESK, LAID_OUT, PHONE, TO_THE_END

require_chromium()

MAX_SHIFT = 0.01
"""A tenth of what counts as good, https://web.dev/articles/cls."""
BYTES_PER_SECOND, LATENCY_MS = 1_000_000, 50
"""Slow enough that a browser shows a page before it has all of it."""
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  const moved = entry.sources.map(({node}) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80));
  window.shifts.push([entry.value, moved]);
})).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize(("window", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_nothing_moves_as_a_page_comes_and_as_it_is_read(web_site, window, scheme):
    page = web_site.page
    page.set_viewport_size(window)
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(WATCH)
    session = page.context.new_cdp_session(page)
    network: dict[str, Any] = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **network})
    moved = {}
    for name in web_site.pages:
        web_site.open(name)
        page.wait_for_function(LAID_OUT, polling=100)
        page.evaluate(TO_THE_END)
        shifts = page.evaluate("window.shifts")
        if sum(value for value, _what in shifts) > MAX_SHIFT:
            moved[name] = shifts
    assert moved == {}


def test_the_letters_of_formulas_come_with_the_stylesheet(book, visits):
    """Each character in the font in which the browser shows it, as far as KaTeX has it."""
    there = fonts((book.out / "_static/katex/katex.min.css").read_text(encoding="utf-8"))
    invisible = {"\u200b", "\u00a0"}
    missing = {
        page: {
            face: left
            for face, letters in visit.letters.items()
            if (left := {*letters} - there.get(face, set()) - invisible)
        }
        for page, visit in visits.items()
    }
    assert {page: faces for page, faces in missing.items() if faces} == {}
    assert {face for visit in visits.values() for face in visit.letters} == there.keys()


def fonts(stylesheet: str) -> dict[str, set[str]]:
    """The characters of the fonts in a stylesheet, by family, style and weight."""
    found = {}
    for face in re.findall(r"@font-face\{([^}]*)\}", stylesheet):
        family, style, weight = (re.search(rf'font-{key}:"?(\w+)', face)[1] for key in ("family", "style", "weight"))
        font = TTFont(io.BytesIO(base64.b64decode(re.search(r"base64,([^)]*)", face)[1])))
        found[f"{family} {style} {weight}"] = set(map(chr, font.getBestCmap()))
    return found
