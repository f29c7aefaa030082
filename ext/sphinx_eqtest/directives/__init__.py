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


def setup(app: Sphinx) -> None:
    app.add_directive("torch", TorchDirective)
    app.add_directive("torch-figure", TorchFigureDirective)
    app.add_directive("network-figure", NetworkFigureDirective)
    app.add_directive("eqtest", EqtestDirective)
    app.add_directive("eqtest-context", EqtestContextDirective)
    app.add_directive("eqtest-skip", EqtestSkipDirective)
    app.add_directive("eqtest-summary", EqtestSummaryDirective)
