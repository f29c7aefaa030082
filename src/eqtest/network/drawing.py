"""What drawing a network gives: plain values, importable without torch and matplotlib."""

from __future__ import annotations

from dataclasses import dataclass

from eqtest.errors import EqtestError


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure of one or several networks, the same bytes for the same networks."""

    svg: str
    """A complete SVG document that follows the colour scheme of the page which shows it."""
    pdf: bytes
    description: str
    """The units and connections of every panel in words, one connection a line."""


class NetworkError(EqtestError):
    """A snippet's tensors do not form a network that can be drawn.

    ``panel`` is the position, counted from zero, of the namespace that it concerns.
    """

    def __init__(self, message: str, panel: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.panel = panel
