"""Snippets' namespaces -> one figure, as SVG and PDF bytes that depend on nothing but the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from eqtest.network.drawing import NetworkError
from eqtest.network.fold import fold, letters_of
from eqtest.network.graph import read_network
from eqtest.network.label import set_symbols
from eqtest.network.naming import Symbol
from eqtest.network.panel import LETTER, Panel, written
from eqtest.network.picture import plain_style, to_drawing
from eqtest.network.place import Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eqtest.network.drawing import Drawing

SPACE = 0.22
"""Between panels, in inches."""
CAPTION = 0.3
"""Height of the line with a panel's letter."""


def draw_network(
    namespaces: Sequence[Mapping[str, Any]],
    hide: Sequence[str] = (),
    letters: Sequence[str] = (),
    unrolled: bool = False,
) -> Drawing:
    """Draw the networks of snippets that have run, one panel each, with letters (a), (b), ... if there are several.

    ``hide`` names tensors, or families of them, that are to count as unnamed. ``letters`` names integers of the
    namespaces by which indices are written, and what is far from all of them is drawn as dots. If ``unrolled``, the
    last index of every unit is a step of time, and every step is a row. Raises :class:`NetworkError`, with the number
    of the panel, where a namespace has no named tensors that an autograd graph joins, or cannot be drawn in the way
    that is asked for; ``ValueError`` where there is no namespace.
    """
    if not namespaces:
        raise ValueError("there is no namespace to draw")
    with plain_style():
        panels = [_panel(*each, hide, letters, unrolled) for each in enumerate(namespaces)]
        titles = [f"{_letter(number)}\n" if len(panels) > 1 else "" for number in range(len(panels))]
        description = "\n".join(title + str(panel.network) for title, panel in zip(titles, panels, strict=True))
        return to_drawing(_figure(panels), description)


def _panel(
    number: int, namespace: Mapping[str, Any], hide: Sequence[str], letters: Sequence[str], unrolled: bool
) -> Panel:
    try:
        network = read_network(namespace, hide)
        return Panel(fold(network, letters_of(namespace, letters)) if letters else network, unrolled)
    except NetworkError as error:
        raise NetworkError(error.message, number) from None


def _letter(number: int) -> str:
    return f"({chr(ord('a') + number)})"


def _figure(panels: Sequence[Panel]) -> Figure:
    """The panels below one another, each in the middle."""
    caption = CAPTION if len(panels) > 1 else 0.0
    width = max(panel.width for panel in panels)
    heights = [len(panel.rows) * (panel.above + panel.below) + caption for panel in panels]
    figure = Figure(figsize=(width, sum(heights) + SPACE * (len(panels) - 1)))
    y = figure.get_figheight()
    for number, panel in enumerate(panels):
        for row in panel.rows:
            panel.draw(figure, row, (width - panel.width) / 2 + panel.side, y - panel.above)
            y -= panel.above + panel.below
        if caption:
            glyphs = set_symbols([Symbol(rf"\mathrm{{{_letter(number)}}}", bold=False)], LETTER)
            for patch in written(glyphs, Point(width / 2, y - caption / 2)):
                patch.set_transform(figure.dpi_scale_trans)
                figure.add_artist(patch)
        y -= caption + SPACE
    return figure
