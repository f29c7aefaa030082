"""The quiet mark under a checked equation: what it says in a line, and in words that other nodes say too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from docutils import nodes
from sphinx.locale import get_translation

from eqtest.report import Report
from sphinx_eqtest.nodes import mark, mark_summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eqtest.execution.observe import Result

_ = get_translation("sphinx_eqtest")

State = Literal["holds", "refuted", "undefined", "vacuous", "blocked", "error", "unexpected", "fails"]
"""A check's verdict as its mark shows it, from good to bad; ``refuted`` is an expected failure."""
_ORDER: tuple[State, ...] = ("holds", "refuted", "undefined", "vacuous", "blocked", "error", "unexpected", "fails")


def state(result: Result | None) -> State:
    if result is None:
        return "blocked"
    if not isinstance(result, Report):
        return "error"
    if result.ok:
        return "holds" if result.expect == "holds" else "refuted"
    return "unexpected" if result.status == "holds" else result.status


def worst(results: Iterable[Result | None]) -> State:
    return max((state(result) for result in results), key=_ORDER.index)


def symbol(verdict: State) -> str:
    return {"holds": "✓", "refuted": "✓", "fails": "✗", "unexpected": "✗"}.get(verdict, "?")


def label(verdict: State) -> str:
    labels: dict[State, str] = {
        "holds": _("verified"),
        "refuted": _("known to be false, and checked to be"),
        "undefined": _("undefined for all values tried"),
        "vacuous": _("nothing to compare"),
        "blocked": _("not checked: the snippet failed"),
        "error": _("could not be checked"),
        "unexpected": _("said to be false, but holds"),
        "fails": _("does not hold"),
    }
    return labels[verdict]


def line(results: Sequence[Result | None]) -> str:
    """A mark in one line, without its symbol: ``verified (rows: 4, worst relative error: 4.0e-16)``."""
    reports = [result for result in results if isinstance(result, Report)]
    errors = [report.error for report in reports if report.error is not None]
    verdict = label(worst(results))
    if not errors:
        return verdict
    rows = sum(len(report.checked_rows) for report in reports)
    return _("{verdict} (rows: {rows}, worst relative error: {error})").format(
        verdict=verdict, rows=rows, error=number(max(errors))
    )


def skipped(reason: str) -> mark:
    """The mark, in HTML pages, of an equation that is not checked."""
    summary = mark_summary("", _("not checked"))
    return mark("", summary, nodes.paragraph("", reason), classes=["eqtest", "eqtest-skipped", "no-search"])


def table(head: Sequence[str], body: Sequence[Sequence[nodes.Node]], **attributes: Any) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=1) for _column in head), cols=len(head))
    group += nodes.thead("", _cells([nodes.Text(text) for text in head]))
    group += nodes.tbody("", *map(_cells, body))
    return nodes.table("", group, **attributes)


def _cells(contents: Sequence[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", content)) for content in contents))


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}" if value else "0"
