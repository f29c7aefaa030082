"""The directives only record; what they record is run and checked once all pages are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_eqtest.directives.check import EqtestContextDirective, EqtestDirective
from sphinx_eqtest.directives.coverage import EqtestSkipDirective, EqtestSummaryDirective
from sphinx_eqtest.directives.figure import NetworkFigureDirective
from sphinx_eqtest.directives.plot import TorchFigureDirective
from sphinx_eqtest.directives.snippet import TorchDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


DIRECTIVES = {
    "torch": TorchDirective,
    "torch-figure": TorchFigureDirective,
    "network-figure": NetworkFigureDirective,
    "eqtest": EqtestDirective,
    "eqtest-context": EqtestContextDirective,
    "eqtest-skip": EqtestSkipDirective,
    "eqtest-summary": EqtestSummaryDirective,
}


def setup(app: Sphinx) -> None:
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
