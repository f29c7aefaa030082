"""Limits of time and memory, so that what exceeds them is a failure of one test and not of the machine."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

GROWTH = 512 * 2**20
"""Bytes by which the peak of the process may rise."""
HEADROOM = 4 * 2**30
"""Bytes of address space beyond which an allocation is refused."""


class _TimeIsUp(BaseException):
    """Not an ``Exception``: nothing on the way may take it for one of its own."""


PATIENCE = 30
"""How many times as long it may take by the clock: other work on the machine does not count, waiting for ever does."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raises ``AssertionError`` where what is done within takes too long, or raises the peak of the process too far.

    ``seconds`` are those of the processor.
    """
    limits, peak = resource.getrlimit(resource.RLIMIT_AS), _peak()
    handlers = {kind: signal.signal(kind, _stop) for kind in (signal.SIGALRM, signal.SIGPROF)}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    timer = signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + HEADROOM, limits[1]))
    try:
        yield
    except _TimeIsUp:
        raise AssertionError(f"longer than {seconds} s") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, *timer)
        for kind, handler in handlers.items():
            signal.signal(kind, handler)
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert _peak() - peak < GROWTH, f"the peak rose by {(_peak() - peak) >> 20} MiB"


def _stop(_signal: int, _frame: object) -> None:
    raise _TimeIsUp


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _address_space() -> int:
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[0]) * resource.getpagesize()
