"""Mathematics as outlines: symbols set in Computer Modern, as TeX and KaTeX set them.

Matplotlib's Computer Modern has no bold italic, so a bold letter is its outline with a stroke around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from eqtest.network.naming import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

POINT = 1 / 72
"""In inches."""
SUBSCRIPT, DROP = 0.72, 0.16
"""Size of a subscript, and how far below the base line it is, relative to the size of the letter."""
STROKE = 0.035
"""Width of the stroke around a bold letter, relative to its size."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Outlines in inches from the left end of the base line, each with the width of its stroke in points."""

    outlines: tuple[tuple[Path, float], ...]
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


def set_symbols(symbols: Sequence[Symbol], size: float) -> Glyphs:
    """One symbol, or several with commas between them; more than two as the first and the last, with dots.

    ``size`` is in points.
    """
    comma = Symbol(r",\,", bold=False)
    dots = Symbol(r",\,\ldots\,,\,", bold=False)
    if len(symbols) > 1:
        symbols = [symbols[0], comma if len(symbols) == 2 else dots, symbols[-1]]
    outlines: list[tuple[Path, float]] = []
    right = 0.0
    for symbol in symbols:
        stroke = STROKE * size if symbol.bold else 0.0
        outlines.append((_outline(symbol.base, size, right, 0.0), stroke))
        right += _advance(symbol.base, size) + stroke * POINT
        if symbol.subscript:
            outlines.append((_outline(symbol.subscript, size * SUBSCRIPT, right, -DROP * size * POINT), 0.0))
            right += _advance(symbol.subscript, size * SUBSCRIPT)
    boxes = [path.get_extents() for path, _ in outlines]
    return Glyphs(
        tuple(outlines),
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def _font(size: float) -> FontProperties:
    return FontProperties(size=size, math_fontfamily="cm")


def _outline(latex: str, size: float, x: float, y: float) -> Path:
    vertices, codes = text_to_path.get_text_path(_font(size), f"${latex}$", ismath=True)
    scale = size / text_to_path.FONT_SCALE * POINT
    return Affine2D().scale(scale).translate(x, y).transform_path(Path(vertices, codes))


def _advance(latex: str, size: float) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(f"${latex}$", _font(size), ismath=True)
    return float(width) * POINT
