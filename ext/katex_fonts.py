"""KaTeX's stylesheet and fonts, of which the site gets the characters that it shows and no others.

Not an extension: :mod:`katex_prerender` calls it. Fonts that nearly every formula needs are in the stylesheet itself:
they come with it, and nothing moves when they arrive. WOFF needs no compressor outside of the standard library, and
the same characters give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ALWAYS = set(string.digits + string.ascii_letters + string.punctuation)
INLINED = re.compile(r"KaTeX_(Main-Regular|Math-Italic|Math-BoldItalic|Size\d-Regular)")
SOURCES = re.compile(r"src:url\(fonts/([\w-]+)\.[^}]*")
"""In the stylesheet: what a font face can be loaded from."""


def write_stylesheet(dist: Path, target: Path, characters: str) -> None:
    """Write ``katex.min.css`` and its fonts into ``target``; they are left alone if they have these characters."""
    shown = "".join(sorted(ALWAYS.union(characters)))
    stylesheet = (dist / "katex.min.css").read_text(encoding="utf-8")
    digest = hashlib.sha256((stylesheet + shown + INLINED.pattern).encode()).hexdigest()
    head = f"/* {digest} */\n"
    path = target / "katex.min.css"
    if path.is_file() and path.read_text(encoding="utf-8").startswith(head):
        return
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    for stem in SOURCES.findall(stylesheet):
        font = subset(dist / "fonts" / f"{stem}.ttf", shown)
        address = f"data:font/woff;base64,{base64.b64encode(font).decode()}"
        if not INLINED.fullmatch(stem):
            address = f"fonts/{stem}.woff"
            (target / address).write_bytes(font)
        stylesheet = re.sub(rf"src:url\(fonts/{stem}\.[^}}]*", f'src:url({address}) format("woff")', stylesheet)
    path.write_text(head + stylesheet, encoding="utf-8")


def subset(path: Path, characters: str) -> bytes:
    """The font in WOFF with glyphs for these characters, as far as it has them."""
    from fontTools import subset  # only when a font has to be made

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it wonders at KaTeX's dates
    options = subset.Options(flavor="woff", hinting=False, notdef_outline=True)
    with subset.load_font(path, options) as font, io.BytesIO() as file:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        subset.save_font(font, file, options)
        return file.getvalue()
