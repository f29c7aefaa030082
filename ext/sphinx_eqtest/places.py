"""Where texts stand in the author's files, and what files of drawings are called."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from eqtest.findings import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Element
    from sphinx.environment import BuildEnvironment

_OPTION_LINE = re.compile(r"\s*:[\w-]+:(\s|$)")
_WINDOW = 40
"""How far below a directive, beyond its own length, its text is looked for."""
_CELL = 10_000
_DOCSTRING = ":docstring of "
"""What autodoc puts between a module's file and the name of what it documents there."""


class Sources:
    """The author's files of one document, to find places in; a document may include others."""

    def __init__(self, env: BuildEnvironment, docname: str) -> None:
        self._srcdir = env.srcdir
        self._main = Path(env.doc2path(docname))
        self._lines: dict[Path, list[str]] = {}

    def place(self, text: str, source: str | None, line: int) -> Place:
        """Where ``text`` stands in the file ``source``, from line ``line`` on."""
        _, docstring, name = (source or "").partition(_DOCSTRING)
        path, lines = self._read(source)
        if path.suffix == ".ipynb":
            line = notebook_line(lines, line)
        relative = Path(os.path.relpath(path, self._srcdir)).as_posix()
        if docstring:  # its lines are counted from its own beginning
            return Place(relative, locate(text, lines, definition(name, lines), len(lines)))
        return Place(relative, locate(text, lines, line))

    def option(self, name: str, source: str | None, line: int) -> Place:
        """Where the option ``name`` of a directive at a line stands; the directive, if it is not to be found."""
        place, (_, lines) = self.place("", source, line), self._read(source)
        start = place.line()
        written = re.compile(rf"\s*:?{re.escape(name)}:(\s|$)")
        below = range(start, min(len(lines), start + _WINDOW) + 1) if name else ()
        return Place(place.path, (next((n for n in below if written.match(lines[n - 1])), start),))

    def _read(self, source: str | None) -> tuple[Path, list[str]]:
        """The author's file of a node's source, and its lines."""
        path = Path((source or "").partition(_DOCSTRING)[0] or self._main)
        path = path if path.is_file() else self._main
        if path not in self._lines:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            self._lines[path] = spoken(lines) if path.suffix == ".ipynb" else lines
        return path, self._lines[path]


def spoken(source: Sequence[str]) -> list[str]:
    """The lines of a notebook's file as what they say: the strings of its cells as texts, the rest as it is."""
    return [_decoded(line.strip().removesuffix(",")) for line in source]


def _decoded(line: str) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return line
    return found.rstrip("\n") if isinstance(found, str) else line


def notebook_line(source: Sequence[str], line: int) -> int:
    """The file's line for one by which MyST-NB names places: ten thousand times the cell, counted from one, plus the
    line in the cell, of which the first is 2."""
    starts = [number for number, text in enumerate(source, 1) if text.startswith('"source": ')]
    cell, inside = divmod(line, _CELL)
    if not 0 < cell <= len(starts):
        return 1
    listed = source[starts[cell - 1] - 1].startswith('"source": [')  # else the whole cell is one string
    return starts[cell - 1] + (max(1, inside - 1) if listed else 0)


def definition(name: str, source: Sequence[str]) -> int:
    """The line of a module on which the class or function of a dotted name is defined; 1 for the module's own."""
    wanted = re.compile(rf"\s*(async )?(def|class) {re.escape(name.rpartition('.')[2])}\b")
    return next((number for number, line in enumerate(source, 1) if wanted.match(line)), 1)


def locate(text: str, source: Sequence[str], start: int, window: int = _WINDOW) -> tuple[int, ...]:
    """The lines on which the lines of ``text`` stand in ``source``, from line ``start`` on.

    docutils knows the line of a directive only, and between it and the text may stand blank lines and options;
    so the lines are found by what they say. A line that is not found is taken to follow the one before it.
    """
    found: list[int] = []
    at = start
    if not text:
        return (start,)
    parts = text.splitlines()
    last = min(len(source), start + len(parts) + window)
    for part in parts:
        words = part.strip()
        here = (n for n in range(at, last + 1) if words in source[n - 1] and not _OPTION_LINE.match(source[n - 1]))
        found.append(next(here, at))
        at = found[-1] + 1
    return tuple(found)


def file_stem(node: Element) -> str:
    """The label of a drawing's figure in the author's capitals, without ``fig-``; empty when it has none.

    docutils folds the names of nodes to small letters, so the label is read off the option ``name`` or off the
    target that stands before the figure.
    """
    figure = node.parent
    before = figure.parent[: figure.parent.index(figure)]
    label = node.get("label", "")
    if not label and before and isinstance(before[-1], nodes.target):
        label = before[-1].rawsource.strip().removeprefix(".. _").removesuffix(":")
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in label.removeprefix("fig-"))
