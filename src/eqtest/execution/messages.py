"""What the pool and its workers say to each other, pickled one after the other on pipes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqtest.execution.kits import Kit


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker's first word: it has imported what every call needs, and listens. Also its first word on a request: it
    has imported what this call needs besides, and makes it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call for a worker."""

    call: bytes
    """Pickled ``(function, args, kwargs)``; only the process that runs it unpickles it."""
    timeout: float
    """Seconds of wall time."""
    memory_limit: int
    """Bytes that the process may take beyond what it has at its start."""
    files: tuple[str, ...] = ()
    """Paths of the files that it reads: relative to the folder of the worker, and then to its own."""
    kits: tuple[Kit, ...] = ()
    """What it imports."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the process of one call ended, and what it left."""

    result: bytes
    """Pickled ``(succeeded, value or exception)``; empty when the process ended before that."""
    outcomes: bytes
    """The outcomes of the cells that had run, pickled one after the other."""
    trace: str
    """What ``faulthandler`` wrote."""
    exitcode: int | None
    """As of ``multiprocessing.Process``: negative for a signal; ``None`` when it had to be killed."""
    crowd: int = 0
    """Its processes, when it had to be killed because there were too many."""
    kits: tuple[str, ...] = ()
    """Those that it had imported at its end."""
