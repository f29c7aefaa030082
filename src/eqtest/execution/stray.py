"""What code leaves that nobody would see: writes past Python to the standard output, and threads that still run."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT = 1
"""The descriptor."""
PIPE = 2**16
"""Bytes that are read of what was written; what goes beyond fails where it is written."""
GRACE = 1.0
"""Seconds that threads which are about to end have for it."""


@dataclass(slots=True)
class Stray:
    """What was found, once the code has run."""

    written: str = ""
    """What C code and other processes have written to the standard output."""
    threads: tuple[threading.Thread, ...] = ()
    """Those that a script would wait for at its end."""


@contextmanager
def stray() -> Iterator[Stray]:
    """Find what the code inside leaves."""
    found, before = Stray(), set(threading.enumerate())
    with _redirected(found):
        yield found
    found.threads = _running(before)


@contextmanager
def _redirected(found: Stray) -> Iterator[None]:
    """The descriptor of the standard output leads to a pipe, which is read at the end.

    The code may have closed any of the descriptors.
    """
    if not hasattr(os, "set_blocking"):  # Windows
        yield
        return
    kept, (reader, writer) = os.dup(STDOUT), os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)  # nobody reads in the meantime
    os.dup2(writer, STDOUT)
    os.close(writer)
    try:
        yield
    finally:
        _flush()
        with suppress(OSError):
            found.written = os.read(reader, PIPE).decode("utf-8", "replace")
        with suppress(OSError):
            os.dup2(kept, STDOUT)
        for descriptor in (kept, reader):
            with suppress(OSError):
                os.close(descriptor)


def _flush() -> None:
    """What waits in the buffers of Python's own output and of C's."""
    with suppress(OSError, ValueError, AttributeError):
        sys.__stdout__.flush()  # type: ignore[union-attr]
    ctypes.CDLL(None).fflush(None)


def _running(before: set[threading.Thread]) -> tuple[threading.Thread, ...]:
    deadline = time.monotonic() + GRACE
    new = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(thread for thread in new if thread.is_alive())
