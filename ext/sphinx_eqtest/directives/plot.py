"""``.. torch-figure:: NAME``: a snippet that plots, and its figures."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import RSTState
from sphinx.directives.patches import Figure

from sphinx_eqtest.directives.mistakes import Options
from sphinx_eqtest.directives.snippet import OPTIONS, TorchDirective
from sphinx_eqtest.nodes import pending_drawing

_STOCK: dict[str, Any] = Figure.option_spec or {}
_TEXTS = ("caption", "alt", "name")
"""Options with a line for each figure."""
_LOOKS = ("width", "align", "figwidth", "figclass")
"""Options for all of them."""


class TorchFigureDirective(TorchDirective):
    """A ``torch`` whose caption and name are those of the figures that stand below what it prints.

    How many figures there are is known only when the code has run, but they are numbered before: there are as many
    as lines of captions.
    """

    option_spec: ClassVar[dict[str, Any]] = Options(
        OPTIONS | {name: _STOCK[name] for name in _LOOKS} | dict.fromkeys(_TEXTS, directives.unchanged_required)
    )

    def show(self) -> list[nodes.Node]:
        texts = {name: self.options.pop(name, "").splitlines() for name in _TEXTS}
        self.plots = tuple((name, len(lines)) for name, lines in texts.items())
        looks = {name: self.options.pop(name, None) for name in _LOOKS}
        targets = self._targets_before()
        block = super().show()
        lines = list(itertools.zip_longest(*texts.values(), fillvalue="")) or [("", "", "")]
        return [*block, *targets, *(self._figure(*each, looks) for each in zip(itertools.count(), lines))]

    def _targets_before(self) -> list[nodes.Node]:
        """Take the labels that stand before the directive out of the page: they are the first figure's."""
        targets: list[nodes.Node] = []
        parent = self.state.parent if isinstance(self.state, RSTState) else self.state_machine.node  # MyST's has none
        while parent.children and isinstance(parent[-1], nodes.target) and not parent[-1].hasattr("refuri"):
            targets.insert(0, parent.pop())
        return targets

    def _figure(self, number: int, texts: tuple[str, str, str], looks: dict[str, Any]) -> nodes.figure:
        caption, alt, name = texts
        drawing = pending_drawing(snippet=self.snippet.id, number=number, label=name)
        drawing["id"] = f"{self.snippet.id}:{number}"
        drawing["stem"] = f"{nodes.make_id(self.snippet.name)}-{number + 1}"
        drawing.attributes |= {name: value for name, value in (("alt", alt), ("width", looks["width"])) if value}
        figure = nodes.figure("", drawing, classes=looks["figclass"] or [])
        figure.attributes |= {name: looks[name] for name in ("align",) if looks[name]}
        if looks["figwidth"] not in (None, "image"):
            figure["width"] = looks["figwidth"]
        if caption:
            content, messages = self.parse_inline(caption)
            figure += [nodes.caption(caption, "", *content), *messages]
        for node in figure.findall(nodes.Element):
            self.set_source_info(node)
        if name:
            self.options["name"] = name
            self.add_name(figure)
        return figure
