"""What is run and what comes back, as plain values that cross process boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eqtest.network.drawing import Drawing

DEFAULT_TIMEOUT = 60.0
"""Seconds of wall time."""
DEFAULT_MEMORY_LIMIT = 4 * 2**30
"""Bytes."""

FailureKind = Literal["exception", "timeout", "killed", "not-raised", "stray", "upstream"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One snippet of a page."""

    name: str
    code: str
    path: str = "<snippet>"
    """The author's file."""
    line: int = 1
    """Line of that file on which the code starts, counted from one."""
    params: tuple[tuple[str, int], ...] = ()
    """Integers put into the namespace before the code runs."""
    raises: str = ""
    """Name of the exception class that the code is expected to raise."""
    timeout: float = DEFAULT_TIMEOUT
    """Wall time in seconds."""
    memory_limit: int = DEFAULT_MEMORY_LIMIT
    """Bytes that its process may take beyond what it has at its start."""
    files: tuple[tuple[str, str], ...] = ()
    """Name and content digest of every file that the code is declared to read."""
    plots: bool = False
    """Whether the figures that it leaves open are part of its outcome."""
    tokens: str = ""
    """``token_digest`` of the code, where whoever made the cell has it already."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with the run of a cell, at the author's line."""

    kind: FailureKind
    message: str
    """One line: ``NameError: name 'x' is not defined``, ``still running after 60 s``, ``killed by SIGKILL``."""
    path: str
    line: int
    traceback: str = ""
    """Frames of the author's code only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell did."""

    name: str
    stdout: str = ""
    value: str = ""
    """``repr`` of the value of a last line that is an expression; empty when there is none or it is ``None``,
    and where figures are what is shown."""
    failure: Failure | None = None
    raised: str = ""
    """The exception that was raised and expected (``raises``), as ``ValueError: message``."""
    seconds: float = 0.0
    figures: tuple[Drawing, ...] = ()
    """Those that were open at its end, if it plots."""

    def downstream(self, cell: Cell) -> Outcome:
        """What becomes of a cell that continues this one, which failed, or was itself not run."""
        reason = "" if self.failure is None else f" ({self.failure.message})"
        message = f"not run: snippet {self.name!r}, which it continues, failed{reason}"
        return Outcome(cell.name, failure=Failure("upstream", message, cell.path, cell.line))
