"""Which equations are checked, which are left out on purpose, and which are neither."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.findings import Case
from eqtest.report import Report
from sphinx_eqtest.records import Check, Equation
from sphinx_eqtest.snippets import suggestion
from sphinx_eqtest.warn import config_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx

    from eqtest.execution.observe import Result
    from eqtest.findings import Skip
    from sphinx_eqtest.domain import EqtestDomain


@dataclass(frozen=True, slots=True)
class Entry:
    """An equation of the book and what is done about it."""

    equation: Equation
    checks: tuple[Check, ...]
    results: tuple[Result | None, ...]
    """One for each check."""
    reason: str = ""
    """Why it is not checked, if the author says so."""

    @property
    def reports(self) -> list[Report]:
        return [result for result in self.results if isinstance(result, Report)]

    @property
    def checked(self) -> bool:
        """Whether at least a row of it was compared, whatever came of it."""
        return any(report.checked_rows for report in self.reports)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The labelled equations by what is done about them, as labels in reading order."""

    checked: tuple[str, ...]
    skipped: tuple[str, ...]
    unchecked: tuple[str, ...]
    """Neither checked nor skipped."""

    @property
    def total(self) -> int:
        return len(self.checked) + len(self.skipped) + len(self.unchecked)

    @property
    def ratio(self) -> float:
        """The share that is checked, from 0 to 1; 1 where there is no equation."""
        return len(self.checked) / self.total if self.total else 1.0


def entries(domain: EqtestDomain) -> list[Entry]:
    """The labelled equations of all pages and the inline ones that are checked, in reading order."""
    by_label: dict[str, list[Check]] = {}
    for check in domain.checks():
        by_label.setdefault(check.label, []).append(check)
    inline = [(check.inline, [check]) for check in by_label.pop("", []) if check.inline]
    labelled = [(equation, by_label.get(label, [])) for label, equation in domain.equations().items()]
    reasons = {skip.label: skip.reason for skip in reversed(list(domain.skips()))}
    found = [
        Entry(
            equation, tuple(checks), tuple(domain.result(check.id) for check in checks), reasons.get(equation.label, "")
        )
        for equation, checks in (*labelled, *inline)
    ]
    order = {docname: number for number, docname in enumerate(domain.env.collect_relations())}
    last = len(order)
    return sorted(found, key=lambda entry: (order.get(entry.equation.docname, last), *_place(entry.equation)))


def _place(equation: Equation) -> tuple[str, str, int]:
    return equation.docname, equation.place.path, equation.place.line()


def coverage(found: Iterable[Entry]) -> Coverage:
    labelled = [entry for entry in found if entry.equation.label]
    checked = [entry for entry in labelled if entry.checked]
    skipped = [entry for entry in labelled if entry.reason and not entry.checked]
    unchecked = [entry for entry in labelled if not entry.reason and not entry.checked]
    return Coverage(*(tuple(entry.equation.label for entry in group) for group in (checked, skipped, unchecked)))


def skip_cases(domain: EqtestDomain) -> Iterator[Case]:
    """What is left out on purpose, and what is wrong with that."""
    known = domain.equations()
    checked = {check.label: check for check in domain.checks() if check.label}
    for skip in domain.skips():
        name, place = f"equation {skip.label}", (skip.place.path, skip.place.line())
        if skip.label not in known:
            message = f"no equation has the label {skip.label!r}{suggestion(skip.label, known)}"
            yield Case(name, *place, "label", f"{name}: {message}")
        elif skip.label in checked:
            check = checked[skip.label].place
            yield Case(name, *place, "skip", f"{name} is skipped, but it is checked at {check.path}:{check.line()}")
        elif not skip.reason:
            yield Case(name, *place, "skip", f"{name} is skipped without a reason: give it as content or as ':reason:'")
        else:
            yield Case(name, *place, message=skip.reason, skipped=True)


def coverage_cases(domain: EqtestDomain, app: Sphinx) -> Iterator[Case]:
    """Too few equations are checked, if the configuration sets a least share."""
    least = app.config.eqtest_min_coverage
    if not least:
        return
    found = coverage(entries(domain))
    if found.ratio < least:
        left = ", ".join([*found.unchecked, *(f"{label} (skipped)" for label in found.skipped)])
        share = f"{len(found.checked)} of {found.total} labelled equations are checked ({found.ratio:.0%})"
        message = f"{share}, eqtest_min_coverage asks for {least:.0%}; not checked: {left}"
        path, line = config_place(app, "eqtest_min_coverage")
        yield Case("coverage", Path(os.path.relpath(path, app.srcdir)).as_posix(), line, "coverage", message)


def skips_of(domain: EqtestDomain, docname: str) -> dict[str, Skip]:
    """By label, those that concern equations of a page."""
    equations = domain.equations()
    found = {skip.label: skip for skip in reversed(list(domain.skips())) if skip.reason and skip.label in equations}
    return {label: skip for label, skip in found.items() if equations[label].docname == docname}
