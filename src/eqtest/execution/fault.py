"""How a job ended that could not end by itself: over its time, or killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eqtest.errors import EqtestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eqtest.execution.cell import Cell, Outcome

_THREAD = re.compile(r"^(?=(?:Current thread|Thread) 0x)", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is known of a job whose process had to be killed, or vanished."""

    kind: Literal["timeout", "killed"]
    message: str
    """``still running after 60 s``, ``killed by SIGKILL (out of memory?)``, ``exited with code 3``."""
    trace: str = ""
    """The dump of ``faulthandler``, which also sees a process that hangs or crashes inside C code."""
    outcomes: tuple[Outcome, ...] = ()
    """Of the cells that had run to their end."""

    def place(self, cells: Sequence[Cell]) -> tuple[str, int]:
        """Path and line of the innermost author's frame; where there is none, the start of the cell that ran.

        ``("", 0)`` where there is no cell.
        """
        # faulthandler writes ASCII, with Python's escapes for everything else
        paths = {cell.path.encode("ascii", "backslashreplace").decode("ascii"): cell.path for cell in cells}
        for thread in self._threads():
            for path, line in _FRAME.findall(thread):
                if path in paths:
                    return paths[path], int(line)
        if not cells:
            return "", 0
        current = cells[min(len(self.outcomes), len(cells) - 1)]
        return current.path, current.line

    def _threads(self) -> list[str]:
        """The stacks of the threads: the one that crashed, then from the main thread, dumped last, to the newest."""
        threads = _THREAD.split(self.trace)[:0:-1]
        return sorted(threads, key=lambda stack: not stack.startswith("Current"))


def overdue(seconds: float) -> str:
    return f"still running after {seconds:g} s"


class JobError(EqtestError):
    """A job that came to no result, with the author's place; ``path`` is empty where there is none."""

    def __init__(self, message: str, kind: str = "error", path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        """``timeout``, ``killed``; ``error`` for a mistake of ours, whose traceback is in the notes."""
        self.path = path
        self.line = line
