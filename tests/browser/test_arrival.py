"""A page comes to its reader piece by piece: what is seen of it stays where it is, and its letters come with it."""

from __future__ import annotations

import base64
import io
import itertools
import re
import time
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from book_site import BookHandler, Site, serve
from chromium import require_chromium
from fontTools.ttLib import TTFont
from visit import DESK, LAID_OUT, PHONE, TO_THE_END

if TYPE_CHECKING:
    from collections.abc import Iterator

require_chromium()

MAX_SHIFT = 0.01
"""A tenth of what counts as good, https://web.dev/articles/cls."""
BYTES_PER_SECOND, LATENCY_MS = 1_000_000, 50
"""Slow enough that a browser would show a page before it has all of it."""
CUT_AT, CUTS, PAUSE = (b'<span class="katex-base">', b"<tr", b"<code"), 3, 0.1
"""A page pauses for so many seconds before the first three of each, where lines would break elsewhere later."""
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  const moved = entry.sources.map(({node, currentRect}) => [
    (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80), JSON.stringify(currentRect),
  ]);
  window.shifts.push([entry.value, entry.startTime, moved]);
})).observe({type: "layout-shift", buffered: true});
"""


class InPieces(BookHandler):
    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
        content = source.read()
        for start, end in itertools.pairwise([0, *cuts(content), len(content)]):
            time.sleep(PAUSE if start else 0)
            outputfile.write(content[start:end])


def cuts(content: bytes) -> list[int]:
    """Where an article is cut; no other file is."""
    article = content.find(b"<article")
    found = (re.finditer(sign, content[article:]) for sign in CUT_AT if article >= 0)
    return sorted({article + match.start() for matches in found for match in itertools.islice(matches, CUTS)})


@pytest.fixture
def site_in_pieces(book, browser) -> Iterator[Site]:
    with serve(book.out, InPieces) as address:
        site = Site(book.out, address, browser)
        yield site
        site.page.context.close()


@pytest.mark.parametrize(("window", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_nothing_moves_as_a_page_comes_and_as_it_is_read(site_in_pieces, window, scheme):
    page = site_in_pieces.page
    page.set_viewport_size(window)
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(WATCH)
    session = page.context.new_cdp_session(page)
    network: dict[str, Any] = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **network})
    moved = {}
    for name in site_in_pieces.pages:
        site_in_pieces.open(name)
        page.wait_for_function(LAID_OUT, polling=100)
        page.evaluate(TO_THE_END)
        shifts = page.evaluate("window.shifts")
        if sum(value for value, _when, _what in shifts) > MAX_SHIFT:
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
