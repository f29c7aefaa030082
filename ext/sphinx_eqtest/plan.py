"""From what the pages say to the jobs that have to be done, and to the mistakes that keep some from being done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.execution.jobs import CheckFormula, DrawNetwork, RunCells
from eqtest.findings import Case
from sphinx_eqtest.records import Check, Equation, Figure
from sphinx_eqtest.settings import check_options
from sphinx_eqtest.snippets import Snippets, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.config import Config

    from eqtest.execution.cell import Cell
    from eqtest.execution.jobs import Job
    from sphinx_eqtest.domain import EqtestDomain


@dataclass(frozen=True, slots=True)
class Task:
    """A job and what it is for."""

    name: str
    """The same as long as the author means the same by it: ``snippet net``, ``equation equ-1``."""
    docname: str
    job: Job


@dataclass(frozen=True)
class Plan:
    """What there is to do for all pages."""

    snippets: Snippets
    tasks: dict[str, Task] = field(default_factory=dict)
    """By the id of the snippet, check or figure that they are for; snippets first."""
    equations: dict[str, Equation] = field(default_factory=dict)
    """The equation of every check whose label is known, by the check's id."""
    mistakes: dict[str, Case] = field(default_factory=dict)
    """By the id of the check or figure that they concern."""


def make_plan(domain: EqtestDomain, config: Config) -> Plan:
    """What there is to do. A check or figure whose snippet is at fault has neither a job nor a mistake of its own."""
    plan = Plan(Snippets(domain.snippets(), config, Path(domain.env.srcdir)))
    for snippet in plan.snippets.by_name.values():
        if cells := plan.snippets.chain([snippet.name]):
            plan.tasks[snippet.id] = Task(f"snippet {snippet.name}", snippet.docname, RunCells(cells))
    labelled = domain.equations()
    for check in domain.checks():
        _plan_check(plan, check, labelled, config)
    for figure in domain.figures():
        panels = [_cells(plan, figure, [name]) for name in figure.snippets]
        if all(panels):
            drawn = tuple(panel for panel in panels if panel)
            job = DrawNetwork(drawn, figure.hide, figure.letters, figure.unrolled)
            plan.tasks[figure.id] = Task(title(figure), figure.docname, job)
    return plan


def _plan_check(plan: Plan, check: Check, labelled: dict[str, Equation], config: Config) -> None:
    equation = check.inline or labelled.get(check.label)
    if equation is None:
        close = suggestion(check.label, labelled) or f"; give it ':label: {check.label}', or take the check away"
        _mistake(plan, check, "label", f"no equation has the label {check.label!r}{close}")
        return
    plan.equations[check.id] = equation
    if not check.snippets:
        message = "no snippet is named: give ':snippet:' here, or in an 'eqtest-context' further up the page"
        _mistake(plan, check, "snippet", message)
        return
    try:
        options = check_options(check.settings, config)
    except ValueError as error:
        _mistake(plan, check, "option", str(error))
        return
    if cells := _cells(plan, check, check.snippets):
        name = title(check) if check.label else f"formula {equation.latex}"
        plan.tasks[check.id] = Task(name, check.docname, CheckFormula(equation.latex, cells, options))


def _cells(plan: Plan, record: Check | Figure, names: Sequence[str]) -> tuple[Cell, ...] | None:
    for name in names:
        if name not in plan.snippets.by_name:
            _mistake(plan, record, "snippet", plan.snippets.unknown(name))
            return None
    return plan.snippets.chain(names)


def _mistake(plan: Plan, record: Check | Figure, subtype: str, message: str) -> None:
    name = title(record)
    line = record.place.line()
    plan.mistakes.setdefault(record.id, Case(name, record.place.path, line, subtype, f"{name}: {message}"))


def title(record: Check | Figure) -> str:
    """How messages call a check or a figure."""
    if isinstance(record, Figure):
        return f"figure {record.stem}"
    return f"equation {record.label}" if record.label else "formula"
