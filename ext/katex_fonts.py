"""KaTeX's stylesheet, with the characters that the site shows and no others.

Not an extension: :mod:`katex_prerender` calls it. Fonts are in the stylesheet itself: they come with it, from a folder
as from a server, and nothing moves when they arrive. WOFF needs no compressor outside of the standard library, and the
same characters give the same bytes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import logging
import re
import string
from collections import defaultdict
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MADE_LATER = set(string.digits + "()[]{}|.,=+-−×⋅")
"""What formulas show that other extensions make of those that were read: numbers in the place of indices, brackets;
upright, as KaTeX sets them."""
LIGHTER = Path(__file__).with_name("katex_lighter.css")
UPRIGHT = re.compile(r"KaTeX_(Main|Size)")
FACE = re.compile(r"@font-face\{([^}]*)\}")
SOURCES = re.compile(r"src:url\(fonts/([\w-]+)\.[^}]*")
"""In a face of the stylesheet: what it can be loaded from."""
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
TOKEN = re.compile(r'<(?P<end>/?)[\w-]+(?:[^>]*?\bclass="(?P<classes>[^"]*)")?[^>]*?(?P<empty>/?)>|(?P<text>[^<]+)')


@dataclass(frozen=True, slots=True)
class Face:
    family: str = "KaTeX_Main"
    style: str = "normal"
    weight: str = "400"

    def declared(self, declarations: str) -> Face:
        """The face after these declarations of CSS."""
        named = dict(re.findall(r'font-(family|style|weight):"?(\w+)', declarations))
        return replace(self, **named)


Within = tuple[Face, frozenset[str]]
"""The face of an element, and the classes of it and of those around it."""


@functools.cache
def faces(stylesheet: str) -> dict[Face, str]:
    """The names of the files of the faces that there are."""
    found = [FACE.fullmatch(text[0]) for text in FACE.finditer(stylesheet)]
    return {Face().declared(face[1]): SOURCES.findall(face[1])[0] for face in found if face}


@functools.cache
def rules(stylesheet: str) -> dict[str, list[tuple[frozenset[str], str]]]:
    """By the last class of a selector: all of its classes, and what it declares of fonts."""
    found = defaultdict(list)
    for selectors, declarations in RULE.findall(FACE.sub("", stylesheet)):
        if re.search(r"font-(family|style|weight):", declarations):
            for selector in selectors.split(","):
                classes = re.findall(r"\.([\w-]+)", selector)
                found[classes[-1]].append((frozenset(classes[1:]), declarations))  # all are within .katex
    return found


def shown(formula: str, stylesheet: str) -> dict[str, set[str]]:
    """The characters that KaTeX's HTML of a formula shows, by the files of the fonts in which it shows them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    around: list[Within] = [(Face(), frozenset())]
    for token in TOKEN.finditer(formula.partition('class="katex-html"')[2].partition(">")[2]):
        if token["text"]:
            found[nearest(around[-1][0], stylesheet)].update(unescape(token["text"]))
        elif token["end"]:
            around = around[:-1] or around  # the last ones end what is around the formula
        elif not token["empty"]:
            around.append(inside(around[-1], token["classes"] or "", stylesheet))
    return found


@functools.cache
def inside(outer: Within, classes: str, stylesheet: str) -> Within:
    """The face within an element, as the rules of the stylesheet follow one another."""
    face, names = outer[0], outer[1].union(classes.split())
    for name in classes.split():
        for needed, declarations in rules(stylesheet).get(name, []):
            if needed <= names:
                face = face.declared(declarations)
    return face, names


@functools.cache
def nearest(face: Face, stylesheet: str) -> str:
    """The file that browsers take: of the family, the style before the weight."""
    there = [other for other in faces(stylesheet) if other.family == face.family]
    return faces(stylesheet)[min(there, key=lambda other: (other.style != face.style, other.weight != face.weight))]


def write_stylesheet(dist: Path, target: Path, characters: Mapping[str, set[str]]) -> None:
    """Write ``katex.min.css`` with the fonts of these files; it is left alone if it has these characters."""
    stylesheet = read_stylesheet(dist)
    wanted = {
        stem: "".join(sorted(shown | MADE_LATER if UPRIGHT.match(stem) else shown))
        for stem, shown in sorted(characters.items())
    }
    head = f"/* {hashlib.sha256((stylesheet + repr(wanted)).encode()).hexdigest()} */\n"
    path = target / "katex.min.css"
    if path.is_file() and path.read_text(encoding="utf-8").startswith(head):
        return

    def face(found: re.Match[str]) -> str:
        stem = SOURCES.findall(found[1])[0]
        if stem not in wanted:
            return ""
        font = base64.b64encode(subset(dist / "fonts" / f"{stem}.ttf", wanted[stem])).decode()
        return SOURCES.sub(f'src:url(data:font/woff;base64,{font}) format("woff")', found[0])

    target.mkdir(parents=True, exist_ok=True)
    path.write_text(head + FACE.sub(face, stylesheet), encoding="utf-8")


@functools.cache
def read_stylesheet(dist: Path) -> str:
    """KaTeX's, and the rules for what has fewer elements than it makes."""
    return (dist / "katex.min.css").read_text(encoding="utf-8") + LIGHTER.read_text(encoding="utf-8")


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
