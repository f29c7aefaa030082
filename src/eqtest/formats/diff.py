"""The first repair of every failing row as a unified diff of the author's files (``patch -p0``, ``git apply -p0``).

Only lines in which a formula stands as it was read are changed; a repair that cannot be placed so is left out.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.formats.paths import relative
from eqtest.span import line_and_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eqtest.findings import Checked, Findings
    from eqtest.report import Replacement

Edit = tuple[int, int, int, str]
"""Line of a file, first and last column (all counted from zero), and the text that replaces what is between."""


def write(findings: Findings) -> str:
    edits: dict[str, set[Edit]] = {}
    for check in findings.checks:
        edits.setdefault(check.place.path, set()).update(_edits(findings, check))
    return "".join(_diff(findings, path, each) for path, each in sorted(edits.items()) if each)


def _edits(findings: Findings, check: Checked) -> Iterator[Edit]:
    if check.report is None or check.report.expect == "fails":
        return
    lines = _read(Path(findings.folder, check.place.path))
    for row in check.report.checked_rows:
        if row.status == "fails" and row.repairs:
            found = [_placed(check, each, lines) for each in row.repairs[0].replacements]
            if all(found):
                yield from (edit for edit in found if edit)


def _placed(check: Checked, replacement: Replacement, lines: list[str]) -> Edit | None:
    """A replacement in the formula as one in its file."""
    number, column = line_and_column(check.latex, replacement.span.start)
    last, end = line_and_column(check.latex, replacement.span.end)
    written = check.latex.split("\n")[number - 1]
    at = check.place.line(number) - 1
    if last != number or at >= len(lines):
        return None
    for spell in (str, _in_json):
        # no leading space: a page may indent the formula otherwise than it was read
        words, shift = written.strip(), len(written) - len(written.lstrip())
        start = lines[at].find(spell(words))
        if words and start >= 0:
            before, inside = words[: column - 1 - shift], words[: end - 1 - shift]
            return at, start + len(spell(before)), start + len(spell(inside)), spell(replacement.text)
    return None


def _in_json(text: str) -> str:
    """As a notebook's file spells it."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _read(path: Path) -> list[str]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read().splitlines(keepends=True)


def _diff(findings: Findings, path: str, edits: set[Edit]) -> str:
    before = _read(Path(findings.folder, path))
    after = list(before)
    end: tuple[int, int] = (len(before), 0)
    for line, first, last, text in sorted(edits, reverse=True):
        if (line, last) <= end:  # what overlaps with another repair waits for the next run
            after[line] = after[line][:first] + text + after[line][last:]
            end = line, first
    name = relative(findings, path)
    name += "\t" if " " in name else ""  # as GNU diff ends names in which there are spaces
    found = difflib.unified_diff(before, after, name, name)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in found)
