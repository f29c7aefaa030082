"""The summary of the whole book: figures at the top, a table of every equation, what is not checked and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.locale import get_translation
from sphinx.util.nodes import make_refnode

from sphinx_eqtest import marks
from sphinx_eqtest.coverage import coverage
from sphinx_eqtest.words import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

    from sphinx_eqtest.coverage import Entry
    from sphinx_eqtest.records import Equation

_ = get_translation("sphinx_eqtest")


class Summary:
    """Makes the nodes of a summary that stands on the page ``docname``."""

    def __init__(self, entries: Sequence[Entry], env: BuildEnvironment, builder: Builder, docname: str) -> None:
        self._entries = entries
        self._env, self._builder, self._docname = env, builder, docname

    def content(self) -> Iterator[nodes.Node]:
        yield self._totals()
        if self._entries:
            yield self._table()
        if left := list(self._left_out()):
            yield nodes.rubric("", _("Not checked, and why"))
            yield nodes.bullet_list("", *left, classes=["simple"])

    def _totals(self) -> nodes.bullet_list:
        found = coverage(self._entries)
        reports = [report for entry in self._entries for report in entry.reports]
        rows = [row for report in reports for row in report.checked_rows]
        tried, refuted = (sum(counts) for counts in ([row.mutants for row in rows], [row.refuted for row in rows]))
        inline = sum(not entry.equation.label for entry in self._entries)
        lines = [
            _("Labelled equations: {total}, checked: {checked} ({share}); inline formulas: {inline}").format(
                total=found.total, checked=len(found.checked), share=f"{found.ratio:.0%}", inline=inline
            ),
            _("Rows compared: {rows}; assignments times random points: {points}").format(
                rows=len(rows), points=sum(row.assignments * row.trials for row in rows)
            ),
            _("Wrong variants refuted: {refuted} of {tried}").format(refuted=refuted, tried=tried),
        ]
        return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", line)) for line in lines))

    def _table(self) -> nodes.table:
        head = [_("Equation"), _("Verdict"), _("Assignments"), _("Worst error"), _("Margin"), _("Power"), _("Page")]
        body = [[self._link(entry.equation), *_numbers(entry), self._page(entry.equation)] for entry in self._entries]
        return marks.table(head, body, classes=["eqtest-summary", "no-search"])

    def _left_out(self) -> Iterator[nodes.list_item]:
        for entry in self._entries:
            if not entry.checked:
                why = entry.reason or (verdict(entry) if entry.checks else _("no check names it"))
                yield _line(self._link(entry.equation), why)
        for entry in self._entries:
            rows = [row for report in entry.reports for row in report.rows if not row.checked]
            for row in rows if entry.checked else []:
                why = _("; ").join(map(translated, row.notes)) or _("left out by the option rows")
                yield _line(self._link(entry.equation), f"{_('Row {number}').format(number=row.number)}: {why}")

    def _link(self, equation: Equation) -> nodes.Node:
        """The number of an equation, or an inline formula, as a link to where it stands."""
        if equation.label:
            shown = nodes.literal("", equation.label)
            options = {"refdomain": "math", "reftype": "eq", "reftarget": equation.label, "refdoc": self._docname}
            return pending_xref("", shown, **options, refexplicit=False, refwarn=False)
        formula = nodes.math(equation.latex, equation.latex)  # which alone is no name of a link to every screen reader
        return make_refnode(self._builder, self._docname, equation.docname, equation.anchor, formula, equation.latex)

    def _page(self, equation: Equation) -> nodes.Node:
        title = self._env.titles[equation.docname].astext()
        return make_refnode(self._builder, self._docname, equation.docname, "", nodes.Text(title))


def verdict(entry: Entry) -> str:
    if entry.checks:
        return marks.label(marks.worst(entry.results))
    return _("not checked, on purpose") if entry.reason else _("not checked")


def _numbers(entry: Entry) -> list[nodes.Node]:
    rows = [row for report in entry.reports for row in report.checked_rows]
    powers = [report.power for report in entry.reports]
    tried = sum(power.mutants for power in powers)
    texts = [
        f"{marks.symbol(marks.worst(entry.results))} {verdict(entry)}" if entry.checks else verdict(entry),
        str(max((row.assignments for row in rows), default="–")),
        marks.number(max((report.error for report in entry.reports if report.error is not None), default=None)),
        marks.number(min((power.margin for power in powers if power.margin is not None), default=None)),
        f"{sum(power.refuted for power in powers)}/{tried}" if tried else "–",
    ]
    return [nodes.Text(text) for text in texts]


def _line(link: nodes.Node, text: str) -> nodes.list_item:
    return nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f" {text}")))
