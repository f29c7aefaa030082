"""Matplotlib figures -> SVG and PDF that depend on nothing but what is drawn, and follow the page's colours.

For figures that are no networks as well: make them within :func:`plain_style`, hand them to :func:`to_svg`.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from matplotlib import rc_context, rcdefaults, rcParams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the colour of the page's text, which no figure knows."""
STYLE = "<style>:root{color:#1a1a1a}@media (prefers-color-scheme:dark){:root{color:#e6e6e6}}</style>"
"""An SVG inside ``<img>`` cannot see the page's colours, but it does see its colour scheme."""


@contextmanager
def plain_style() -> Iterator[None]:
    """Matplotlib's defaults, whatever has been set; all that is written and every axis in ink."""
    with rc_context():
        rcdefaults()
        rcParams.update({"text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK})
        rcParams.update({"xtick.color": INK, "ytick.color": INK, "legend.labelcolor": INK})
        rcParams.update({"svg.hashsalt": "eqtest", "svg.fonttype": "path"})  # ids are hashes of what they name
        yield


def to_svg(figure: Figure) -> str:
    """A complete SVG document with a transparent ground, whose ink has the colour of the page's text.

    The same figure, made again, gives the same bytes.
    """
    with plain_style():
        text = _save(figure, "svg").decode()
    return text.replace(INK, "currentColor").replace("<defs>", STYLE + "<defs>", 1)


def to_pdf(figure: Figure) -> bytes:
    with plain_style():
        return _save(figure, "pdf")


def _save(figure: Figure, kind: Literal["svg", "pdf"]) -> bytes:
    stamps = ("Date", "Creator") if kind == "svg" else ("CreationDate", "Creator", "Producer")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, transparent=True, metadata=dict.fromkeys(stamps))
    return buffer.getvalue()
