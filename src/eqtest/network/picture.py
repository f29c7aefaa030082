"""Matplotlib figures -> SVG and PDF that depend on nothing but what is drawn, and follow the page's colours.

For figures that are no networks as well: make them within :func:`plain_style` or :func:`plot_style`, hand them to
:func:`to_svg` or :func:`to_drawing`.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from cycler import cycler
from matplotlib import rc_context, rcdefaults, rcParams

from eqtest.network.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

INK, ACCENT = "#010203", "#3b82d6"
"""Ink stands for the colour of the page's text, which no figure knows; the accent can be read on light and on dark."""
CYCLE = (ACCENT, "#d9720f", "#2b9a5e", "#a66fd0", "#de4f5d", "#0e9aa7", "#808894", "#b07d2b")
"""Colours of data: each has a contrast of 3 or more, WCAG's bound for graphics, to white and to a nearly black page."""
STYLE = "<style>:root{color:#1a1a1a}@media (prefers-color-scheme:dark){:root{color:#e6e6e6}}</style>"
"""An SVG inside ``<img>`` cannot see the page's colours, but it does see its colour scheme."""
_INKED = (
    *("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "legend.labelcolor"),
    *("grid.color", "hatch.color", "patch.edgecolor"),
    *("boxplot.boxprops.color", "boxplot.capprops.color", "boxplot.whiskerprops.color"),
    *("boxplot.flierprops.color", "boxplot.flierprops.markeredgecolor"),
)
_PLAIN: dict[Any, Any] = {
    **dict.fromkeys(_INKED, INK),
    "svg.hashsalt": "eqtest",  # ids are hashes of what they name
    "svg.fonttype": "path",  # no reader needs a font
}
_PLOTS: dict[Any, Any] = {
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.25,
    "legend.frameon": False,  # a frame would have the colour of one scheme's page
    "figure.figsize": (6.4, 3.6),
    "figure.constrained_layout.use": True,
}
_PATH = re.compile(r' d="[^"]*"')
_FINER = re.compile(r"(?<=\.\d\d)\d+")
"""A hundredth of a point is finer than any screen; the rest is a third of what a phone loads."""
_MISSING = re.compile(r"Glyph (\d+) |\[U\+([0-9A-Fa-f]+)\]")
"""What matplotlib says of a character that no font has: as a warning, and in mathematics in its log."""


@contextmanager
def plain_style() -> Iterator[None]:
    """Matplotlib's defaults, whatever has been set; all that is written and every axis in ink."""
    with rc_context():
        rcdefaults()
        rcParams.update(_PLAIN)
        yield


@contextmanager
def plot_style() -> Iterator[None]:
    """The looks of a plot in which nothing else is said; what the code inside sets is forgotten at the end."""
    with plain_style():
        rcParams.update(_PLOTS)
        yield


def to_svg(figure: Figure) -> str:
    """A complete SVG document with a transparent ground, whose ink has the colour of the page's text.

    The same figure, made again, gives the same bytes.
    """
    with plain_style():
        return _svg(figure)


def to_pdf(figure: Figure) -> bytes:
    with plain_style():
        return _save(figure, "pdf")


def to_drawing(figure: Figure, description: str) -> Drawing:
    """The figure in both formats, in the style that holds now.

    Raises what matplotlib raises for a figure that it cannot draw, such as ``ValueError`` for faulty mathematics.
    """
    with _missing_noted() as missing:
        svg, pdf = _svg(figure), _save(figure, "pdf")
    return Drawing(svg, pdf, description, "".join(dict.fromkeys(missing)))


def _svg(figure: Figure) -> str:
    text = _PATH.sub(lambda path: _FINER.sub("", path[0]), _save(figure, "svg").decode())
    return text.replace(INK, "currentColor").replace("<defs>", STYLE + "<defs>", 1)


def _save(figure: Figure, kind: Literal["svg", "pdf"]) -> bytes:
    stamps = ("Date", "Creator") if kind == "svg" else ("CreationDate", "Creator", "Producer")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, transparent=True, metadata=dict.fromkeys(stamps))
    return buffer.getvalue()


@contextmanager
def _missing_noted() -> Iterator[list[str]]:
    """Collects the characters for which there is no glyph."""
    missing: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: missing.extend(_missing(record.getMessage()))  # type: ignore[method-assign]
    log = logging.getLogger("matplotlib.mathtext")
    log.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield missing
        for warning in caught:
            missing += _missing(str(warning.message))
    finally:
        log.removeHandler(handler)


def _missing(message: str) -> list[str]:
    return [
        chr(int(decimal) if decimal else int(hexadecimal, 16)) for decimal, hexadecimal in _MISSING.findall(message)
    ]
