"""What a run over documents came to, as plain values: the input of every output format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eqtest.report import Counterexample, Repair, Report, Row
from eqtest.span import Span, excerpt, line_and_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eqtest.execution.cell import Outcome

_OF_THE_CHECK = {"where", "option", "snippet", "timeout"}
"""Mistakes that stand beside the formula, in what asks for the check."""
_VERBS = {
    "fails": "fails",
    "vacuous": "says nothing",
    "undefined": "is undefined at every assignment",
    "error": "cannot be checked",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands in an author's file.

    ``path`` is relative to the source folder; ``lines`` holds, for every line of the text, its line in that
    file, counted from one.
    """

    path: str
    lines: tuple[int, ...]

    def line(self, number: int = 1) -> int:
        """The file's line of the text's line ``number``, counted from one."""
        return self.lines[min(max(number, 1), len(self.lines)) - 1]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The part of a formula that a failure is about."""

    latex: str
    place: Place
    span: Span
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was verified (a row of an equation, a snippet, a figure), or a mistake that prevented it."""

    name: str
    path: str
    line: int
    subtype: str = ""
    """The kind of failure, which is also the subtype of its warning; empty when all is well."""
    message: str = ""
    """What is wrong, in words for the author; or, of a case that is skipped, why."""
    skipped: bool = False
    pointer: Pointer | None = None
    """Of a row that does not hold."""

    @property
    def failed(self) -> bool:
        return bool(self.subtype)


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and its report; without one it could not be made."""

    label: str
    """Empty for an inline formula."""
    page: str
    place: Place
    """The formula's; the check's where there is no such formula."""
    snippets: tuple[str, ...]
    report: Report | None
    why: str | None = None
    """Why it was done in this run; empty where the result was known, ``None`` where there is none."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A snippet and what became of it."""

    name: str
    page: str
    place: Place
    outcome: Outcome | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """A labelled equation that is not checked, and why."""

    docname: str
    label: str
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run over documents came to; paths are relative to ``folder``."""

    folder: str
    cases: tuple[Case, ...]
    checks: tuple[Checked, ...] = ()
    snippets: tuple[Ran, ...] = ()
    skips: tuple[Skip, ...] = ()
    coverage: Mapping[str, object] | None = None
    """Of a whole site: labels of the equations that are checked, skipped and neither, and the share of the first."""

    @property
    def failures(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.failed)


def report_cases(name: str, report: Report, formula: Place, here: Place) -> Iterator[Case]:
    """A case for each row of a formula at ``formula``, or the one mistake in the check of it, at ``here``."""
    if report.message or not report.checked_rows:
        at = here if report.subtype in _OF_THE_CHECK else formula
        message = report.message or "it has no row that is checked"
        yield Case(name, at.path, at.line(), report.subtype or "error", f"{name} cannot be checked: {message}")
    elif report.expect == "fails" and report.status not in {"fails", "error"}:
        message = f"{name} is expected to fail, but its verdict is {report.status!r}"
        yield Case(name, here.path, here.line(), "expect", message)
    else:
        for row in report.rows:
            yield _row_case(name if len(report.rows) == 1 else f"{name}, row {row.number}", row, report, formula)


def _row_case(name: str, row: Row, report: Report, formula: Place) -> Case:
    line = formula.line(row.line)
    if not row.checked:
        reason = row.notes[0] if row.notes else "left out by ':rows:'"
        return Case(name, formula.path, line, message=reason, skipped=True)
    if report.ok or row.status in {"holds", report.expect}:
        return Case(name, formula.path, line)
    pointer = Pointer(report.latex, formula, _pointed_at(row, report.latex) or row.span, row.repairs)
    message = _row_message(name, row, report.latex)
    return Case(name, formula.path, line, row.subtype or row.status, message, pointer=pointer)


def _row_message(name: str, row: Row, latex: str) -> str:
    """``NAME fails: what would mend it; why; relative error 0.83 at N = 3, seed 0``, and carets where it is."""
    parts = [row.message] if row.message else []
    parts += [counterexample(row.counterexample)] if row.counterexample else []
    message = f"{name} {_VERBS[row.status]}: {'; '.join(parts)}" if parts else f"{name} {_VERBS[row.status]}"
    place = _pointed_at(row, latex)
    return f"{message}\n{excerpt(latex, place)}" if place is not None else message


def _pointed_at(row: Row, latex: str) -> Span | None:
    """What the carets are under: what the first repair changes, or the sign that is not understood."""
    spans = [repair.span for repair in row.repairs[:1] if repair.span is not None]
    if spans and line_and_column(latex, spans[0].start)[0] == row.line:
        return spans[0]
    if row.status != "error":
        return None
    before = latex.splitlines(keepends=True)[: row.line - 1]
    offset = sum(map(len, before)) + row.column - 1
    return Span(offset, offset + 1)


def counterexample(found: Counterexample) -> str:
    """``relative error 0.83 at N = 3, seed 0``."""
    at = ", ".join([*(f"{name} = {value}" for name, value in found.assignment), f"seed {found.seed}"])
    return f"relative error {found.error:.2g} at {at}" if found.error is not None else f"at {at}"
