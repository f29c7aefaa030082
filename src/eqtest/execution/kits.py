"""What jobs import sooner or later, in kits: a worker opens each once, before the first job that needs it, or after the
first that turned out to; every process that it forks from then on has what is in it."""

from __future__ import annotations

import functools
import gc
import importlib
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

Kit = Literal["snippets", "formulas", "plots", "drawings"]

_MODULES: dict[Kit, tuple[str, ...]] = {
    "snippets": ("torch", "eqtest.execution.observe", "eqtest.execution.session"),
    "formulas": (
        "torch.fx.experimental.symbolic_shapes",  # the first product with a cotangent imports it, and sympy with it
        "eqtest.autodiff.verify",
    ),
    "plots": ("matplotlib.figure", "matplotlib.pyplot"),
    "drawings": (
        "matplotlib.backends.backend_svg",
        "matplotlib.backends.backend_pdf",
        "eqtest.network.draw",
        "eqtest.network.picture",
    ),
}


def open_kits(kits: Collection[str]) -> None:
    """Raises nothing for a name that is no kit's."""
    for kit in _MODULES:
        if kit in kits:
            _open(kit)


def opened_kits() -> list[Kit]:
    """Those whose first module this process has imported, by whatever way."""
    return [kit for kit, modules in _MODULES.items() if modules[0] in sys.modules]


@functools.cache
def _open(kit: Kit) -> None:
    """Pay for the imports, and for what these modules put off to their first use.

    Before the first fork, or before the clock of a fresh process starts.
    """
    for module in _MODULES[kit]:
        importlib.import_module(module)
    match kit:
        case "snippets":
            _run_a_snippet()
        case "formulas":
            _parse()
        case "plots":
            _plot()
    gc.freeze()  # else the first collection in a child touches, and so copies, every page


def _run_a_snippet() -> None:
    """Without a backward pass: where there is a GPU, it starts threads, and a process with those must not fork."""
    from eqtest.execution.cell import Cell
    from eqtest.execution.jobs import RunCells
    from eqtest.execution.observe import observe

    observe(RunCells((Cell("warm-up", "import torch\ntorch.randn(2)"),)))


def _parse() -> None:
    from eqtest.formula.parse import parse

    parse("1")


def _plot() -> None:
    """The first axes look for a font, which is remembered."""
    from matplotlib.figure import Figure

    Figure().subplots().plot([0, 1])
