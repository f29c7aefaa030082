"""``.. eqtest:: LABEL…`` and ``.. eqtest-context::``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from sphinx.util.docutils import SphinxDirective

from eqtest.settings import Settings, merge
from sphinx_eqtest.directives.mistakes import Options, take_mistakes
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.places import Sources
from sphinx_eqtest.records import Check
from sphinx_eqtest.settings import OPTIONS

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.environment import BuildEnvironment

_CONTEXT = "eqtest:context"


def context(env: BuildEnvironment) -> Settings | None:
    """The defaults that the page has set up to here; ``None`` behind mistakes in them, when nothing is checked."""
    return cast("Settings | None", env.temp_data.get(_CONTEXT, {}))


def check_id(env: BuildEnvironment) -> str:
    return f"{env.docname}:check:{env.new_serialno('eqtest.check')}"


class EqtestDirective(SphinxDirective):
    """Checks labelled equations of any page; shows nothing at its own place."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options(OPTIONS)

    def run(self) -> list[nodes.Node]:
        defaults, docname = context(self.env), self.env.docname
        if not take_mistakes(self, "the label of an equation", below=None) or defaults is None:
            return []
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        settings = merge(defaults, self.options)
        for label in self.arguments[0].split():
            check = Check(check_id(self.env), docname, settings, sources.place(label, source, line), label=label)
            EqtestDomain.of(self.env).page(docname).checks.append(check)
        return []


class EqtestContextDirective(SphinxDirective):
    """Defaults for the checks from here to the end of the page.

    A later one adds to an earlier one: an option that it gives replaces the earlier value (an empty one takes it
    back), and the lines of ``symbols``, ``partials`` and ``macros`` are put before the earlier ones.
    """

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options(OPTIONS)

    def run(self) -> list[nodes.Node]:
        before, sound = context(self.env), take_mistakes(self, below=None)
        self.env.temp_data[_CONTEXT] = merge(before, self.options) if sound and before is not None else None
        return []
