"""Results in words: one :class:`Case` for every row, snippet and figure, and for every mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.execution.cell import Outcome
from eqtest.execution.observe import Refused
from eqtest.findings import Case, report_cases
from eqtest.network.drawing import Drawing
from eqtest.report import Report
from sphinx_eqtest.plan import Plan, title
from sphinx_eqtest.records import Check, Equation, Figure, Snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_eqtest.domain import EqtestDomain

_BLOCKED = "a snippet that it needs did not run"


def cases(domain: EqtestDomain, plan: Plan) -> Iterator[Case]:
    """Everything that was verified or could not be, page by page."""
    for page in domain.pages.values():
        yield from page.mistakes
        yield from page.refusals
    yield from _labels_taken(domain)
    yield from plan.snippets.mistakes
    yield from plan.mistakes.values()
    for snippet in domain.snippets():
        if snippet.id in plan.tasks:
            yield _snippet_case(domain, plan, snippet)
    for figure in domain.figures():
        if figure.id not in plan.mistakes:
            yield _figure_case(domain, figure)
    for check in domain.checks():
        if check.id not in plan.mistakes:
            yield from _check_cases(domain, check, plan.equations[check.id])


def _labels_taken(domain: EqtestDomain) -> Iterator[Case]:
    """Of the equations that are checked, those with the label of another; Sphinx says so only when it reads them."""
    first, checked = domain.equations(), {check.label for check in domain.checks()}
    for page in domain.pages.values():
        for equation in page.equations:
            taken = first[equation.label]
            if taken is not equation and equation.label in checked:
                name, where = f"equation {equation.label}", f"{taken.place.path}:{taken.place.line()}"
                message = f"{name}: the label is taken by the equation at {where}, and that one is checked"
                yield Case(name, equation.place.path, equation.place.line(), "label", message)


def _snippet_case(domain: EqtestDomain, plan: Plan, snippet: Snippet) -> Case:
    name = f"snippet {snippet.name}"
    result = domain.result(snippet.id)
    place, line = snippet.place, 1
    if isinstance(result, Outcome) and result.failure is None:
        trouble = _plots_trouble(snippet, result)
        message = f"{name}: {trouble}" if trouble else ""
        return Case(name, place.path, place.line(), "figure" if trouble else "", message)
    if isinstance(result, Outcome) and result.failure is not None:
        failure = result.failure
        if failure.path in plan.snippets.by_name:  # a cell's path is its snippet's name
            place, line = plan.snippets.by_name[failure.path].place, failure.line
        subtype, message = "snippet", failure.message
        if failure.kind == "timeout":
            subtype, message = "timeout", f"{message} (':timeout:' gives it more)"
    elif isinstance(result, Refused):
        subtype, message = "snippet", result.message
    else:
        return Case(name, place.path, place.line(), message=_BLOCKED, skipped=True)
    return Case(name, place.path, place.line(line), subtype, f"{name}: {message}")


def _plots_trouble(snippet: Snippet, outcome: Outcome) -> str:
    """What is wrong with the figures of a snippet that ran, in words."""
    count = len(outcome.figures)
    if snippet.plots is None:
        return ""
    if not count:
        return (
            "no figure is open at its end: make one with plt.subplots(), or bind a matplotlib.figure.Figure to a name"
        )
    lines = dict(snippet.plots)
    wrong = [f"':{option}:' has {number}" for option, number in lines.items() if number not in (0, count)]
    if count > 1 and not any(lines.values()):
        wrong = ["there is no ':caption:'"]
    if wrong:
        return f"it leaves {count} figure{'s' * (count != 1)} open, each needs a line, but {' and '.join(wrong)}"
    return _missing("".join(drawing.missing for drawing in outcome.figures))


def _missing(characters: str) -> str:
    """A sentence about characters that matplotlib cannot show."""
    if not characters:
        return ""
    named = ", ".join(f"{each!r}" for each in dict.fromkeys(characters))
    return (
        f"no font has the character{'s' * (len(set(characters)) > 1)} {named} in its figure: write that in the caption"
    )


def _figure_case(domain: EqtestDomain, figure: Figure) -> Case:
    name = title(figure)
    path, line = figure.place.path, figure.place.line()
    result = domain.result(figure.id)
    if isinstance(result, Refused):
        return Case(name, path, line, "figure", f"{name}: {result.message}")
    if not isinstance(result, Drawing):
        return Case(name, path, line, message=_BLOCKED, skipped=True)
    trouble = _missing(result.missing)
    return Case(name, path, line, "figure" if trouble else "", f"{name}: {trouble}" if trouble else "")


def _check_cases(domain: EqtestDomain, check: Check, equation: Equation) -> Iterator[Case]:
    name = title(check)
    report = domain.result(check.id)
    here = check.place.path, check.place.line()
    if isinstance(report, Refused):
        yield Case(name, *here, "error", f"{name} cannot be checked: {report.message}")
    elif not isinstance(report, Report):
        yield Case(name, *here, message=_BLOCKED, skipped=True)
    else:
        yield from report_cases(name, report, equation.place, check.place)
