"""Places in a formula as places in the author's file, in which a page may indent it and a notebook quotes its lines."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.span import Span, line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from eqtest.findings import Findings, Pointer
    from eqtest.report import Repair


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """What to write in place of the characters ``[start, end)`` of a file."""

    start: int
    end: int
    text: str


def sources(findings: Findings) -> dict[str, Source]:
    """The files in which something failed, each read once, by the path that the cases give."""
    return {path: Source(Path(findings.folder, path)) for path in {case.path for case in findings.failures}}


class Source:
    """A file as the author wrote it; an absent one is empty. Line ends and bytes that are no UTF-8 stay as they are."""

    def __init__(self, path: Path) -> None:
        self.text = ""
        if path.is_file():
            with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                self.text = file.read()
        self.lines = self.text.splitlines(keepends=True)
        self._starts = [0, *accumulate(map(len, self.lines))]

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Both counted from one."""
        line = max(1, min(bisect_right(self._starts, offset), len(self.lines)))
        return line, offset - self._starts[line - 1] + 1

    def span(self, pointer: Pointer, span: Span) -> Span | None:
        """A part of a formula in this file; ``None`` if it does not stand there as it was read."""
        first, last = self._position(pointer, span.start), self._position(pointer, span.end)
        if first is None or last is None:
            return None
        apart = pointer.latex.count("\n", span.start, span.end)
        whole = first.line + apart == last.line and first.offset <= last.offset
        return Span(first.offset, last.offset) if whole else None

    def edits(self, pointer: Pointer, repair: Repair) -> list[Edit]:
        """A repair in this file; empty where not all of it can be made."""
        found = []
        for each in repair.replacements:
            place, end = self.span(pointer, each.span), self._position(pointer, each.span.end)
            if place is None or end is None:
                return []
            found.append(Edit(place.start, place.end, end.spell(each.text)))
        return found

    def _position(self, pointer: Pointer, offset: int) -> _Position | None:
        number, column = line_and_column(pointer.latex, offset)
        written = pointer.latex.split("\n")[number - 1]
        at = pointer.place.line(number) - 1
        if at >= len(self.lines):
            return None
        line = self.lines[at]
        # no leading space: a page may indent the formula otherwise than it was read
        words, shift = written.strip(), len(written) - len(written.lstrip())
        inside = words[: max(0, column - 1 - shift)]
        indent = line[: len(line) - len(line.lstrip())]
        newline = line[len(line.rstrip("\r\n")) :] or "\n"
        for spell in (lambda text: text.replace("\n", newline + indent)), _in_json:
            start = line.find(spell(words))
            if start >= 0:
                return _Position(at, self._starts[at] + start + len(spell(inside)), spell)
        return None


@dataclass(frozen=True, slots=True)
class _Position:
    line: int
    offset: int
    spell: Callable[[str], str]
    """How a text is written there."""


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
