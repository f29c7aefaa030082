"""The quiet mark under a checked equation: what it says, and the nodes that say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from docutils import nodes
from sphinx.locale import get_translation

from eqtest.report import Report, Row
from sphinx_eqtest.nodes import mark, mark_summary

if TYPE_CHECKING:
    from eqtest.execution.observe import Result

_ = get_translation("sphinx_eqtest")

State = Literal["holds", "refuted", "undefined", "vacuous", "blocked", "error", "unexpected", "fails"]
"""A check's verdict as its mark shows it, from good to bad; ``refuted`` is an expected failure."""
_ORDER: tuple[State, ...] = ("holds", "refuted", "undefined", "vacuous", "blocked", "error", "unexpected", "fails")

Link = Callable[[str], nodes.Node]
"""From the name of a snippet to a reference to it."""


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


def folded(results: Sequence[tuple[Result | None, Sequence[str]]], link: Link) -> mark:
    """The mark of HTML pages; ``results`` come each with the names of the snippets that they were checked with."""
    verdict = worst(result for result, _names in results)
    node = mark(classes=["eqtest", f"eqtest-{verdict}", "no-search"])
    node += mark_summary("", f"{symbol(verdict)} {label(verdict)}")
    for result, names in results:
        if isinstance(result, Report):
            if result.checked_rows:
                node += _rows(result)
            node += [_trouble(row) for row in result.checked_rows if row.message or row.counterexample]
            node += _facts(result, names, link)
        else:
            node += _list([_item(label(state(result)), [link(name) for name in names])])
    return node


def _rows(report: Report) -> nodes.table:
    head = [_("Row"), _("Verdict"), _("Assignments"), _("Trials"), _("Worst error")]
    body = [
        [str(row.number), _verdict(row), _assignments(row), str(row.trials), number(row.error)]
        for row in report.checked_rows
    ]
    return table(head, [[nodes.Text(text) for text in row] for row in body])


def table(head: Sequence[str], body: Sequence[Sequence[nodes.Node]], **attributes: Any) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=1) for _column in head), cols=len(head))
    group += nodes.thead("", _cells([nodes.Text(text) for text in head]))
    group += nodes.tbody("", *map(_cells, body))
    return nodes.table("", group, **attributes)


def _cells(contents: Sequence[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", content)) for content in contents))


def _verdict(row: Row) -> str:
    return f"{label(row.status)} ({row.domain})" if row.domain else label(row.status)


def _assignments(row: Row) -> str:
    if not row.undefined:
        return str(row.assignments)
    return _("{count}, undefined at {undefined}").format(count=row.assignments, undefined=row.undefined)


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}" if value else "0"


def _trouble(row: Row) -> nodes.paragraph:
    """Why a row does not hold: the counterexample, the reason, the repairs."""
    parts = [row.message] if row.message else []
    if found := row.counterexample:
        at = ", ".join(f"{name} = {value}" for name, value in (*found.assignment, ("seed", found.seed)))
        parts.append(
            _("at {where} the left side is {left}, the right side {right}").format(
                where=at, left=found.left, right=found.right
            )
        )
    parts += [_("another repair: {repair}").format(repair=repair.description) for repair in row.repairs[1:]]
    title = nodes.strong("", _("Row {number}").format(number=row.number))
    text = _("; ").join(parts)
    return nodes.paragraph("", "", title, nodes.Text(f" {text}"), classes=["eqtest-trouble"])


def _facts(report: Report, names: Sequence[str], link: Link) -> nodes.bullet_list:
    items = [_item(_("Message"), [nodes.Text(report.message)])] if report.message else []
    items.append(_item(_("Snippet"), [link(name) for name in names]))
    if reading := _reading(report):
        items.append(_item(_("Reading"), [nodes.Text(reading)]))
    if (power := report.power).mutants:
        text = _("{refuted} of {mutants} wrong variants refuted, the nearest at {margin}").format(
            refuted=power.refuted, mutants=power.mutants, margin=number(power.margin)
        )
        items.append(_item(_("Power"), [nodes.Text(text)]))
    if survivors := [survivor for row in report.checked_rows for survivor in row.survivors]:
        items.append(_item(_("Variants that hold too"), [nodes.Text(_("; ").join(survivors))]))
    notes = [*report.notes, *(note for row in report.checked_rows for note in row.notes)]
    items += [_item(_("Note"), [nodes.Text(note)]) for note in notes]
    if report.versions:
        versions = ", ".join(f"{name} {version}" for name, version in report.versions)
        items.append(_item(_("Versions"), [nodes.Text(versions)]))
    return _list(items)


def _reading(report: Report) -> str:
    """How the formula was read, as far as it has derivatives and products that can be read in several ways."""
    reading = report.reading
    if reading is None:
        return ""
    words = {
        "numerator": _("numerator layout"),
        "denominator": _("denominator layout"),
        "gradient": _("gradient layout"),
        "total": _("total derivatives"),
        "partial": _("partial derivatives"),
        "ascending": _("products ascending"),
        "descending": _("products descending"),
    }
    found = [] if reading.derivative == "none" else [reading.layout, reading.derivative]
    found += [reading.product_order] if r"\prod" in report.latex else []
    return _(", ").join(words.get(word, word) for word in found)


def _item(title: str, content: Sequence[nodes.Node]) -> nodes.list_item:
    paragraph = nodes.paragraph("", "", nodes.strong("", title))
    for node in content:
        paragraph += [nodes.Text(" "), node]
    return nodes.list_item("", paragraph)


def _list(items: Sequence[nodes.list_item]) -> nodes.bullet_list:
    return nodes.bullet_list("", *items, classes=["simple"])
