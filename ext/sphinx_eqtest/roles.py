"""The role ``eqtest``: an inline formula, rendered as ``math`` is, and checked in the page's context."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from docutils.parsers.rst.roles import math_role
from sphinx.util.docutils import SphinxRole

from sphinx_eqtest.directives.check import check_id, context
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.places import Sources
from sphinx_eqtest.records import Check, Equation

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class EqtestRole(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        docname = self.env.docname
        text = self.rawtext.partition("`")[2].rpartition("`")[0]
        shown, messages = math_role(self.name, self.rawtext, text, self.lineno, self.inliner, self.options)
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        place = sources.place(self.rawtext, source, line)
        number = self.env.new_serialno("eqtest.inline")
        equation = Equation("", docname, text, place, anchor=f"eqtest-{number + 1}")
        formula = cast("nodes.math", shown[0])
        settings = context(self.env)
        if settings is not None:
            check = Check(check_id(self.env), docname, settings, place, inline=equation)
            EqtestDomain.of(self.env).page(docname).checks.append(check)
            formula["eqtest"] = check.id
        formula["ids"].append(equation.anchor)
        return shown, messages


def setup(app: Sphinx) -> None:
    app.add_role("eqtest", EqtestRole())
