"""LaTeX documents and single formulas, checked with snippets from files, in processes of their own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eqtest.documents.latex import TexDocument, TexEquation, is_document, read_document
from eqtest.errors import unreadable
from eqtest.execution.jobs import CheckFormula, RunCells, perform
from eqtest.execution.pool import Pool
from eqtest.findings import Case, Checked, Findings, Place, Ran, report_cases
from eqtest.settings import Settings, merge, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from eqtest.execution.cell import Cell, Outcome
    from eqtest.options import CheckOptions, Macro
    from eqtest.report import Report


@dataclass(frozen=True, slots=True)
class Question:
    """What the command line asks of every file."""

    cells: tuple[Cell, ...]
    settings: Settings
    seed: int = 0
    max_cases: int | None = None
    labels: tuple[str, ...] = ()
    """The only equations to check; empty for all."""


def check_formula(latex: str, name: str, question: Question) -> Findings:
    """A text that is one formula. Raises ``ValueError`` for options that have no meaning."""
    place = Place(name, tuple(range(1, latex.count("\n") + 2)))
    document = TexDocument([TexEquation("", "", latex, place, {})])
    return _check(document, name, question)


def check_latex(path: Path, question: Question) -> Findings:
    """The labelled equations of a document, or a file that is one formula. Raises ``ValueError``."""
    text = _read(path)
    if not is_document(text):
        return check_formula(text, os.fspath(path), question)
    return _check(read_document(path, text), os.fspath(path), question)


def list_latex(path: Path) -> Iterator[str]:
    """``paper.tex:12: eq:chain (align)``. Raises ``ValueError``."""
    for equation in read_document(path, _read(path)).equations:
        yield f"{equation.place.path}:{equation.place.line()}: {equation.label} ({equation.environment})"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(unreadable(os.fspath(path), error)) from None


def _check(document: TexDocument, name: str, question: Question) -> Findings:
    equations, mistakes = _wanted(document, name, question.labels)
    options = {each.label: _options(each, document.macros, question) for each in equations}
    with Pool() as pool:
        outcomes = _run(pool, question.cells)
        ran = [
            Ran(cell.name, name, _place(cell), outcome) for cell, outcome in zip(question.cells, outcomes, strict=True)
        ]
        cases = [*mistakes, *map(_ran, ran)]
        works = not any(case.failed for case in cases[len(mistakes) :])
        jobs = [CheckFormula(each.latex, question.cells, options[each.label]) for each in equations]
        futures = [pool.submit(perform, job) for job in jobs] if works else []
        reports: list[Report | None] = [future.result() for future in futures] if works else [None] * len(jobs)
    checks = []
    for equation, report in zip(equations, reports, strict=True):
        snippets = tuple(cell.name for cell in question.cells)
        checks.append(Checked(equation.label, name, equation.place, snippets, report))
        cases += _cases(equation, report)
    return Findings(os.getcwd(), tuple(cases), tuple(checks), tuple(ran))


def _wanted(document: TexDocument, name: str, labels: Sequence[str]) -> tuple[list[TexEquation], list[Case]]:
    """The equations that are asked for, and what is wrong with the document or with the labels."""
    mistakes = list(document.mistakes)
    known = {equation.label: equation for equation in document.equations}
    if not known:
        mistakes.append(Case(name, name, 1, "label", f"{name} has no labelled equation"))
    mistakes += [unknown_label(label, name) for label in labels if label not in known]
    return [equation for equation in document.equations if not labels or equation.label in labels], mistakes


def unknown_label(label: str, path: str) -> Case:
    """A label that was asked for and that nothing has."""
    return Case(f"equation {label}", path, 1, "label", f"no equation has the label {label!r}")


def _options(equation: TexEquation, macros: Mapping[str, Macro], question: Question) -> CheckOptions:
    limits = {} if question.max_cases is None else {"max_cases": question.max_cases}
    try:
        settings = merge(question.settings, equation.options)
        return read_settings(settings, symbols={}, macros=macros, seed=question.seed, **limits)
    except ValueError as error:
        place = equation.place
        raise ValueError(f"{place.path}:{place.line()}: {error}" if equation.options else str(error)) from None


def _run(pool: Pool, cells: tuple[Cell, ...]) -> tuple[Outcome, ...]:
    outcomes: tuple[Outcome, ...] = pool.submit(perform, RunCells(cells)).result()
    return outcomes


def _place(cell: Cell) -> Place:
    return Place(cell.path, tuple(range(1, cell.code.count("\n") + 2)))


def _ran(ran: Ran) -> Case:
    name = f"snippet {ran.name}"
    failure = ran.outcome.failure if ran.outcome is not None else None
    if failure is None:
        return Case(name, ran.place.path, 1)
    subtype = "timeout" if failure.kind == "timeout" else "snippet"
    return Case(name, failure.path, failure.line, subtype, f"{name}: {failure.message}")


def _cases(equation: TexEquation, report: Report | None) -> Iterator[Case]:
    name = f"equation {equation.label}" if equation.label else "formula"
    if report is None:
        message = "a snippet that it needs did not run"
        yield Case(name, equation.place.path, equation.place.line(), message=message, skipped=True)
    else:
        yield from report_cases(name, report, equation.place, equation.place)
