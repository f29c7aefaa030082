"""The mark of HTML pages, which opens to everything that a check has found out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.locale import get_translation

from eqtest.report import Report, Row
from sphinx_eqtest import marks
from sphinx_eqtest.nodes import mark, mark_row, mark_summary
from sphinx_eqtest.words import translated

if TYPE_CHECKING:
    from eqtest.execution.observe import Result

_ = get_translation("sphinx_eqtest")

Link = Callable[[str], nodes.Node]
"""From the name of a snippet to a reference to it."""
RowLink = Callable[[Row], nodes.Node]
"""From a row to its number, with a reference to its place where there is one."""

_LOOKS = re.compile(
    r"\\(bm|boldsymbol|mathbf|bf|[,;!:]|q?quad)(?![a-zA-Z])|[\s{}&,.]|(?<=\\)[cdt](?=frac)|\\(left|right)(?=[(\[])"
)
"""What may differ between a row and the same row written anew."""
MAX_SURVIVORS = 3


def folded(results: Sequence[tuple[Result | None, Sequence[str]]], link: Link, row_link: RowLink) -> mark:
    """``results`` come each with the names of the snippets that they were checked with.

    What does not hold comes first, with the repair.
    """
    verdict = marks.worst(result for result, _names in results)
    node = mark(classes=["eqtest", f"eqtest-{verdict}", "no-search"])
    node += mark_summary("", f"{marks.symbol(verdict)} {marks.label(verdict)}")
    for result, names in results:
        if isinstance(result, Report):
            for row in result.checked_rows:
                node += list(_trouble(row))
            if result.checked_rows:
                node += _rows(result, row_link)
            node += list(_written_out(result))
            node += _facts(result, names, link)
        else:
            node += _list([_item(marks.label(marks.state(result)), [link(name) for name in names])])
    return node


def _rows(report: Report, row_link: RowLink) -> nodes.table:
    titles = [_("Row"), _("Verdict"), _("Assignments"), _("Trials"), _("Worst error"), _("Margin"), _("Power")]
    return marks.table(titles, [[row_link(row), *map(nodes.Text, _cells(row))] for row in report.checked_rows])


def _cells(row: Row) -> list[str]:
    power = f"{row.refuted}/{row.mutants}" if row.mutants else "–"
    numbers = [marks.number(row.error), marks.number(row.margin), power]
    return [_verdict(row), _assignments(row), str(row.trials), *numbers]


def _verdict(row: Row) -> str:
    return f"{marks.label(row.status)} ({translated(row.domain)})" if row.domain else marks.label(row.status)


def _assignments(row: Row) -> str:
    if not row.undefined:
        return str(row.assignments)
    return _("{count}, undefined at {undefined}").format(count=row.assignments, undefined=row.undefined)


def _trouble(row: Row) -> Iterator[nodes.Node]:
    """Why a row does not hold: the counterexample, what would mend it, and the engine's words."""
    title = nodes.strong("", _("Row {number}").format(number=row.number))
    if found := row.counterexample:
        at = ", ".join(f"{name} = {value}" for name, value in (*found.assignment, (_("seed"), found.seed)))
        text = _("at {where} the left side is {left}, the right side {right}").format(
            where=at, left=translated(found.left), right=translated(found.right)
        )
        yield nodes.paragraph("", "", title.deepcopy(), nodes.Text(f" {text}"), classes=["eqtest-trouble"])
    for repair in row.repairs:
        formula = nodes.math(repair.latex, rf"\displaystyle {repair.latex}")
        words = nodes.Text(" " + _("would hold in this form:") + " ")
        yield nodes.paragraph("", "", title.deepcopy(), words, formula, classes=["eqtest-repair"])
    if row.message:
        text = _("the checker says: {message}").format(message=translated(row.message))
        yield nodes.paragraph("", "", title.deepcopy(), nodes.Text(f" {text}"), classes=["eqtest-trouble"])


def _written_out(report: Report) -> Iterator[mark_row]:
    """One row for one assignment, the longest, where that is not just what is printed; the derivatives of each row."""
    different = [row for row in report.checked_rows if row.expanded and not _alike(row.expanded, row.latex)]
    shown = max(different, key=lambda row: len(row.expanded), default=None)
    for row in report.checked_rows:
        if row is not shown and not row.factors:
            continue
        title = _("Row {number}").format(number=row.number)
        block = mark_row(label=title, classes=["eqtest-row"])
        if row is shown:
            formula = nodes.math(row.expanded, rf"\displaystyle {row.expanded}")
            block += nodes.paragraph("", _instance_title(row, title))
            block += nodes.paragraph("", "", formula, classes=["eqtest-instance"])
        else:
            block += nodes.paragraph("", _("{row}: shapes of the derivatives").format(row=title))
        if row.factors:
            shapes = [nodes.inline("", f"{factor.text}: {factor.shape}") for factor in row.factors]
            block += nodes.paragraph("", "", *shapes, classes=["eqtest-shapes"])
        yield block


def _alike(expanded: str, latex: str) -> bool:
    return _LOOKS.sub("", expanded) == _LOOKS.sub("", latex)


def _instance_title(row: Row, title: str) -> str:
    if not row.instance:
        return _("{row}, one instance:").format(row=title)
    values = _(", ").join(f"{name} = {value}" for name, value in row.instance)
    return _("{row}, one instance, at {values}:").format(row=title, values=values)


def _facts(report: Report, names: Sequence[str], link: Link) -> nodes.bullet_list:
    items = [_item(_("Message"), [nodes.Text(translated(report.message))])] if report.message else []
    items.append(_item(_("Snippet"), [link(name) for name in names]))
    if reading := _reading(report):
        items.append(_item(_("Reading"), [nodes.Text(reading)]))
    if (power := report.power).mutants:
        text = _("{refuted} of {mutants} wrong variants refuted, the nearest at {margin}").format(
            refuted=power.refuted, mutants=power.mutants, margin=marks.number(power.margin)
        )
        items.append(_item(_("Power"), [nodes.Text(text)]))
    if survivors := [survivor for row in report.checked_rows for survivor in row.survivors]:
        named = _("; ").join(map(translated, survivors[:MAX_SURVIVORS]))
        more = len(survivors) - MAX_SURVIVORS
        text = _("{variants}; and {count} more").format(variants=named, count=more) if more > 0 else named
        items.append(_item(_("Variants that hold too"), [nodes.Text(text)]))
    notes = dict.fromkeys((*report.notes, *(note for row in report.checked_rows for note in row.notes)))
    items += [_item(_("Note"), [nodes.Text(translated(note))]) for note in notes]
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
    found = [] if reading.derivative == "none" else [reading.layout, *reading.derivative.split(" and ")]
    found += [reading.product_order] if r"\prod" in report.latex else []
    return _(", ").join(words.get(word, word) for word in found)


def _item(title: str, content: Sequence[nodes.Node]) -> nodes.list_item:
    paragraph = nodes.paragraph("", "", nodes.strong("", title))
    for node in content:
        paragraph += [nodes.Text(" "), node]
    return nodes.list_item("", paragraph)


def _list(items: Sequence[nodes.list_item]) -> nodes.bullet_list:
    return nodes.bullet_list("", *items, classes=["simple"])
