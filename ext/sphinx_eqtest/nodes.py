"""The nodes of our own: those that wait for results, and the mark under a checked equation.

Those that wait are replaced by stock nodes before any writer sees them. The mark is a node of HTML's; for other
formats a plain line stands in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


class pending_output(nodes.General, nodes.Element):  # noqa: N801, docutils' spelling
    """Waits for what a snippet, attribute ``snippet``, prints."""


class pending_drawing(nodes.General, nodes.Element):  # noqa: N801
    """Waits, within a figure, for the drawing of networks; has the attributes of the image that it becomes."""


class pending_summary(nodes.General, nodes.Element):  # noqa: N801
    """Waits for the summary of all pages."""


class mark(nodes.General, nodes.Element):  # noqa: N801
    """The verdict on an equation, folded away under its first child, a :class:`mark_summary`."""


class mark_summary(nodes.General, nodes.TextElement):  # noqa: N801
    """The line of a mark that is always seen."""


class mark_row(nodes.General, nodes.Element):  # noqa: N801
    """A row of an equation within its mark; what it has of class ``eqtest-shapes`` is seen on hover and on focus."""


def visit_mark(self: HTML5Translator, node: mark) -> None:
    self.body.append(self.starttag(node, "details"))


def depart_mark(self: HTML5Translator, _node: mark) -> None:
    self.body.append("</details>\n")


def visit_mark_summary(self: HTML5Translator, node: mark_summary) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def depart_mark_summary(self: HTML5Translator, _node: mark_summary) -> None:
    self.body.append("</summary>\n")


def visit_mark_row(self: HTML5Translator, node: mark_row) -> None:
    self.body.append(self.starttag(node, "div", tabindex="0", role="group", **{"aria-label": node["label"]}))


def depart_mark_row(self: HTML5Translator, _node: mark_row) -> None:
    self.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    app.add_node(pending_output)
    app.add_node(pending_drawing)
    app.add_node(pending_summary)
    app.add_node(mark, html=(visit_mark, depart_mark))
    app.add_node(mark_summary, html=(visit_mark_summary, depart_mark_summary))
    app.add_node(mark_row, html=(visit_mark_row, depart_mark_row))
