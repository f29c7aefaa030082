"""``.. network-figure:: NAME…``: the networks of snippets, drawn."""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import Figure
from sphinx.util.docutils import SphinxDirective

from sphinx_eqtest.directives.mistakes import Options, take_mistakes
from sphinx_eqtest.nodes import pending_drawing

_STOCK: dict[str, Any] = Figure.option_spec or {}


class NetworkFigureDirective(Figure, SphinxDirective):
    """A stock figure, with all options of one, around an image that is drawn later; one panel for each name."""

    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = Options(
        {
            **{name: _STOCK[name] for name in ("alt", "width", "align", "class", "name", "figwidth", "figclass")},
            "hide": directives.unchanged_required,
            "letters": directives.unchanged_required,
            "unrolled": directives.flag,
        }
    )

    def run(self) -> list[nodes.Node]:
        take_mistakes(self, "the name of a snippet")
        names = " ".join(self.arguments).split()
        if not names:
            return []
        label = self.options.get("name", "")
        hide, letters = (self.options.pop(option, "").split() for option in ("hide", "letters"))
        unrolled = self.options.pop("unrolled", False) is None
        self.arguments = ["network.svg"]  # never looked at: the image gives way to the node that waits
        result = super().run()
        for image in [image for node in result for image in node.findall(nodes.image) if image.parent is result[0]]:
            drawing = pending_drawing(**image.attributes)
            drawing["id"] = f"{self.env.docname}:figure:{self.env.new_serialno('eqtest.figure')}"
            drawing["snippets"], drawing["label"] = names, label
            drawing["hide"], drawing["letters"], drawing["unrolled"] = hide, letters, unrolled
            self.set_source_info(drawing)
            image.replace_self(drawing)
        return result
