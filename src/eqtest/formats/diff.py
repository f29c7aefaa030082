"""The first repair of every failing row as a unified diff of the author's files (``patch -p0``, ``git apply -p0``).

Only lines in which a formula stands as it was read are changed; a repair that cannot be placed so is left out.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from eqtest.formats.edits import Edit, Source, sources
from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from eqtest.findings import Findings


def write(findings: Findings) -> str:
    files = sources(findings)
    edits: dict[str, set[Edit]] = {}
    for case in findings.failures:
        if case.pointer is not None and case.pointer.repairs:
            found = files[case.path].edits(case.pointer, case.pointer.repairs[0])
            edits.setdefault(case.path, set()).update(found)
    return "".join(_diff(findings, path, files[path], each) for path, each in sorted(edits.items()) if each)


def _diff(findings: Findings, path: str, source: Source, edits: set[Edit]) -> str:
    after, end = source.text, len(source.text)
    for edit in sorted(edits, reverse=True):
        if edit.end <= end:  # what overlaps with another repair waits for the next run
            after = after[: edit.start] + edit.text + after[edit.end :]
            end = edit.start
    name = relative(findings, path)
    name += "\t" if " " in name else ""  # as GNU diff ends names in which there are spaces
    found = difflib.unified_diff(source.lines, after.splitlines(keepends=True), name, name)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in found)
