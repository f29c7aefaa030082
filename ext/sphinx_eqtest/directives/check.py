"""``.. eqtest:: LABEL…`` and ``.. eqtest-context::``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from sphinx.util.docutils import SphinxDirective

from eqtest.settings import Settings, merge
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.places import Sources
from sphinx_eqtest.records import Check
from sphinx_eqtest.settings import OPTION_SPEC

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.environment import BuildEnvironment

_CONTEXT = "eqtest:context"


def context(env: BuildEnvironment) -> Settings:
    """The defaults that the page has set up to here."""
    return cast("Settings", env.temp_data.get(_CONTEXT, {}))


def check_id(env: BuildEnvironment) -> str:
    return f"{env.docname}:check:{env.new_serialno('eqtest.check')}"


class EqtestDirective(SphinxDirective):
    """Checks labelled equations of any page; shows nothing at its own place."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = OPTION_SPEC

    def run(self) -> list[nodes.Node]:
        docname = self.env.docname
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        settings = merge(context(self.env), self.options)
        for label in self.arguments[0].split():
            check = Check(check_id(self.env), docname, settings, sources.place(label, source, line), label=label)
            EqtestDomain.of(self.env).page(docname).checks.append(check)
        return []


class EqtestContextDirective(SphinxDirective):
    """Defaults for the checks from here to the end of the page.

    A later one adds to an earlier one: an option that it gives replaces the earlier value (an empty one takes it
    back), and the lines of ``symbols``, ``partials`` and ``macros`` are put before the earlier ones.
    """

    option_spec: ClassVar[dict[str, Any]] = OPTION_SPEC

    def run(self) -> list[nodes.Node]:
        self.env.temp_data[_CONTEXT] = merge(context(self.env), self.options)
        return []
