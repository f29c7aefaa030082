"""What drawing a network, or any other figure, gives: plain values, importable without torch and matplotlib."""

from __future__ import annotations

from dataclasses import dataclass

from eqtest.errors import EqtestError


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure, the same bytes for the same content."""

    svg: str
    """A complete SVG document that follows the colour scheme of the page which shows it."""
    pdf: bytes
    description: str
    """What is to be seen in words; of networks the units and connections of every panel, one connection a line."""
    missing: str = ""
    """The characters of its texts that no font has, each once."""


class NetworkError(EqtestError):
    """A snippet's tensors do not form a network that can be drawn.

    ``panel`` is the position, counted from zero, of the namespace that it concerns.
    """

    def __init__(self, message: str, panel: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.panel = panel
