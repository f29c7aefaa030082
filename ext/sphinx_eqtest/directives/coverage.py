"""``.. eqtest-skip:: LABEL…`` and ``.. eqtest-summary::``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from eqtest.findings import Skip
from sphinx_eqtest.directives.mistakes import Options, take_mistakes
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.nodes import pending_summary
from sphinx_eqtest.places import Sources

if TYPE_CHECKING:
    from docutils import nodes


class EqtestSkipDirective(SphinxDirective):
    """Says of labelled equations, of any page, why they are not checked; shows nothing at its own place."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options({"reason": directives.unchanged_required})

    def run(self) -> list[nodes.Node]:
        docname = self.env.docname
        if not take_mistakes(self, "the label of an equation"):
            return []
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        words = " ".join([self.options.get("reason", ""), *self.content]).split()
        for label in self.arguments[0].split():
            skip = Skip(docname, label, " ".join(words), sources.place(label, source, line))
            EqtestDomain.of(self.env).page(docname).skips.append(skip)
        return []


class EqtestSummaryDirective(SphinxDirective):
    """The table of every equation of the book, and what is not checked, and why."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options({})

    def run(self) -> list[nodes.Node]:
        take_mistakes(self, below=None)
        EqtestDomain.of(self.env).page(self.env.docname).summary = True
        return [pending_summary()]
