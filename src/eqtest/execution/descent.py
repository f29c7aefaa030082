"""What a job has started ends with it, also when it has moved to a session of its own. Only Linux can tell."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Of ``prctl``."""
ROUNDS = 1000
"""Generations of processes that are followed."""


def adopt_orphans() -> None:
    """From now on the descendants of this process whose parents end become its children."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """This process is killed when the one that forked it ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_children() -> None:
    """Kill and wait for the children of this process, and for theirs, which become its own."""
    for _ in range(ROUNDS):
        children = _children()
        if not children:
            return
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    found: list[int] = []
    for tasks in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, tasks.read_text().split())
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
