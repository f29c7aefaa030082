"""What docutils and MyST refuse of our directives and roles before these see it, repeated on every build.

They say so themselves when they read a page: of an option given twice, of a name such as ``eqtset``.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

from eqtest.findings import Case
from sphinx_eqtest.directives import DIRECTIVES
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.places import Sources

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_REFUSED = re.compile(r"(?:Error in |Directive |Unknown [a-z ]*:? )?[^\w\s]([\w-]+)[^\w\s]")  # whatever the quotes

_KIND = re.compile(r" \[myst\.\w+\]$")


class KeepRefusals(SphinxTransform):
    """Record them before Sphinx takes them out of the page."""

    default_priority = 998

    def apply(self, **_kwargs: Any) -> None:
        for message in self.document.findall(nodes.system_message):
            text = " ".join(message.children[0].astext().split()) if message.children else ""
            text = _KIND.sub("", text)
            found = _REFUSED.match(text)
            name = found[1] if found else ""
            for close in difflib.get_close_matches(name, DIRECTIVES, n=1, cutoff=0.8):
                self._record(message, text if close == name else f"{text} Did you mean {close!r}?")

    def _record(self, message: nodes.system_message, text: str) -> None:
        docname = self.env.docname
        place = Sources(self.env, docname).place("", message.get("source"), message.get("line", 1))
        case = Case("markup", place.path, place.line(), "option", text)
        EqtestDomain.of(self.env).page(docname).refusals.append(case)


def note_read(_app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Handler of ``env-before-read-docs``."""
    EqtestDomain.of(env).read = frozenset(docnames)


def setup(app: Sphinx) -> None:
    app.add_transform(KeepRefusals)
    app.connect("env-before-read-docs", note_read, priority=900)
