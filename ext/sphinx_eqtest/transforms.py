"""Results take their places just before a page is written."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from eqtest.execution.cell import Outcome
from eqtest.report import Report, Row
from sphinx_eqtest import marks
from sphinx_eqtest.coverage import entries, skips_of
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.folded import folded
from sphinx_eqtest.nodes import pending_drawing, pending_output, pending_summary
from sphinx_eqtest.summary import Summary
from sphinx_eqtest.verification import drawing_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

    from eqtest.execution.observe import Result
    from sphinx_eqtest.records import Check


class PlaceOutputs(SphinxPostTransform):
    """What snippets print, or why they failed."""

    default_priority = 50

    def run(self, **_kwargs: Any) -> None:
        domain = EqtestDomain.of(self.env)
        for node in list(self.document.findall(pending_output)):
            result = domain.result(node["snippet"])
            shown = _output(result, node["hidden"]) if isinstance(result, Outcome) else None
            if shown is not None:
                shown["ids"] += node["ids"]
                node.replace_self(shown)
            else:
                node.replace_self([nodes.target("", "", ids=node["ids"])] if node["ids"] else [])


def _output(outcome: Outcome, hidden: bool) -> nodes.Element | None:
    if failure := outcome.failure:
        trace = failure.traceback or failure.message
        return nodes.error("", nodes.paragraph("", failure.message), nodes.literal_block(trace, trace, language="none"))
    text = "\n".join(part.rstrip("\n") for part in (outcome.stdout, outcome.value, outcome.raised) if part)
    if hidden or not text:
        return None
    return nodes.literal_block(text, text, language="none", classes=["eqtest-output"])


_OWN = {"id", "snippets", "hide", "letters", "unrolled", "label", "snippet", "number", "stem"}
"""Attributes of a waiting drawing that are none of the image's."""


class PlaceDrawings(SphinxPostTransform):
    """The drawings in their figures, in the format that the builder can show."""

    default_priority = 50

    def run(self, **_kwargs: Any) -> None:
        domain = EqtestDomain.of(self.env)
        figures = {figure.id: figure for figure in domain.drawn()}
        for node in list(self.document.findall(pending_drawing)):
            figure = figures[node["id"]]
            drawing = domain.drawing(figure)
            if drawing is None:
                node.parent.remove(node)
                continue
            path = drawing_path(drawing, figure, Path(self.env.doctreedir))
            files = {"image/svg+xml": f"{path}.svg", "application/pdf": f"{path}.pdf"}
            kept = {name: value for name, value in node.attributes.items() if name not in _OWN}
            image = nodes.image(**{"alt": drawing.description, **kept, "uri": f"{path}.svg", "candidates": files})
            supported = domain.builder.supported_image_types
            if supported and not set(supported) & set(files):  # a builder that would warn
                node.replace_self(nodes.paragraph("", f"[{image['alt']}]"))
                continue
            node.replace_self(image)
            for file in files.values():
                self.env.images.add_file(self.env.docname, file)


class PlaceMarks(SphinxPostTransform):
    """The marks under the equations that are checked, and behind the inline ones."""

    default_priority = 50

    def run(self, **_kwargs: Any) -> None:
        domain = EqtestDomain.of(self.env)
        if self.config.eqtest_mode == "off":
            return
        checks: defaultdict[str, list[Check]] = defaultdict(list)
        for check in domain.checks():
            checks[check.label or check.id].append(check)
        for block in list(self.document.findall(nodes.math_block)):
            if block.get("label") in checks:
                found = checks[block["label"]]
                anchors = self._anchors(block, [domain.result(check.id) for check in found])
                _insert_after(block, self._mark(domain, found, anchors))
        skips = skips_of(domain, self.env.docname)
        for block in list(self.document.findall(nodes.math_block)) if self._html else []:
            if block.get("label") in skips.keys() - checks.keys():
                _insert_after(block, marks.skipped(skips[block["label"]].reason))
        for formula in list(self.document.findall(nodes.math)):
            if formula.get("eqtest") in checks:
                place = formula.parent.index(formula) + 1
                formula.parent.insert(place, self._inline_mark(domain, checks[formula["eqtest"]]))

    def _anchors(self, block: nodes.math_block, results: list[Result | None]) -> dict[int, str]:
        """Ids for the rows of a display, by their numbers, where the site's mathematics can have them."""
        rows = [row for result in results if isinstance(result, Report) for row in result.rows]
        places = {row.number: row.span.start for row in rows}
        if getattr(EqtestDomain.of(self.env).builder, "math_renderer_name", "") != "katex" or len(places) < 2:
            return {}
        anchors = {number: f"{nodes.make_id('equation-' + block['label'])}-row-{number}" for number in places}
        block["anchors"] = [(places[number], anchor) for number, anchor in anchors.items()]
        return anchors

    def _mark(self, domain: EqtestDomain, checks: list[Check], anchors: dict[int, str]) -> nodes.Element:
        results = [domain.result(check.id) for check in checks]
        if self._html:
            named = [(result, check.snippets) for result, check in zip(results, checks, strict=True)]
            return folded(named, self._linker(domain), lambda row: _row_link(row, anchors.get(row.number, "")))
        text = marks.line(results)
        return nodes.paragraph("", "", nodes.Text("["), self._symbol(results), nodes.Text(f" {text}]"))

    def _inline_mark(self, domain: EqtestDomain, checks: list[Check]) -> nodes.Element:
        results = [domain.result(check.id) for check in checks]
        if self._html:
            classes = ["eqtest-inline", f"eqtest-{marks.worst(results)}", "no-search"]
            symbol = marks.symbol(marks.worst(results))
            return nodes.abbreviation("", symbol, explanation=marks.line(results), classes=classes)
        return nodes.inline("", "", nodes.Text(" ["), self._symbol(results), nodes.Text("]"))

    @property
    def _html(self) -> bool:
        return EqtestDomain.of(self.env).builder.format == "html"

    def _symbol(self, results: Any) -> nodes.Node:
        symbol = marks.symbol(marks.worst(results))
        if EqtestDomain.of(self.env).builder.format == "latex":  # text fonts of LaTeX lack the signs
            commands = {"✓": r"\checkmark", "✗": r"\times"}
            return nodes.math("", commands[symbol]) if symbol in commands else nodes.Text(symbol)
        return nodes.Text(symbol)

    def _linker(self, domain: EqtestDomain) -> Callable[[str], nodes.Node]:
        snippets = {snippet.name: snippet for snippet in reversed(list(domain.snippets()))}
        here, builder = self.env.docname, domain.builder

        def link(name: str) -> nodes.Node:
            if name not in snippets:
                return nodes.literal("", name)
            snippet = snippets[name]
            return make_refnode(builder, here, snippet.docname, snippet.anchor, nodes.literal("", name))

        return link


def _insert_after(block: nodes.math_block, node: nodes.Node) -> None:
    after = block.parent if isinstance(block.parent, nodes.TextElement) else block
    after.parent.insert(after.parent.index(after) + 1, node)


def _row_link(row: Row, anchor: str) -> nodes.Node:
    number = str(row.number)
    return nodes.reference("", number, internal=True, refid=anchor) if anchor else nodes.Text(number)


class PlaceSummaries(SphinxPostTransform):
    """The summary of all pages; its references are resolved after this."""

    default_priority = 5

    def run(self, **_kwargs: Any) -> None:
        domain = EqtestDomain.of(self.env)
        for node in list(self.document.findall(pending_summary)):
            summary = Summary(entries(domain), self.env, EqtestDomain.of(self.env).builder, self.env.docname)
            node.replace_self(list(summary.content()) if self.config.eqtest_mode != "off" else [])


def setup(app: Sphinx) -> None:
    for transform in (PlaceOutputs, PlaceDrawings, PlaceSummaries, PlaceMarks):
        app.add_post_transform(transform)
