"""A limit on the processes of a job: one that multiplies them without end is stopped before the machine is.

The system's own limit is of no use for this: it counts everything that a user runs, and root has none.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PROCESS_LIMIT = 128
"""Processes that a job may have at the same time."""
LAST_WORD = 0.5
"""Seconds that the first process of a crowd has to say where it is."""


class CrowdWatch:
    """Made before the process of a job starts. Where there is no ``/proc``, it sees nothing."""

    def __init__(self) -> None:
        self.crowd = 0
        """The processes of the job, once they have been too many."""
        self._before = _machine_threads()

    def crowded(self, group: int) -> bool:
        """Whether the process group has too many members; its leader then dumps its stack and ends.

        The members are only counted when the whole machine, of which one look is enough, has become fuller by so many.
        """
        if _machine_threads() - self._before <= PROCESS_LIMIT:
            return False
        members = _members(group)
        if members <= PROCESS_LIMIT:
            return False
        self.crowd = members
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGSTOP)  # nobody multiplies, or competes with the one that is let go on
            for number in signal.SIGABRT, signal.SIGCONT:
                os.kill(group, number)  # faulthandler writes down where it was
        time.sleep(LAST_WORD)
        return True


def _machine_threads() -> int:
    with suppress(OSError):
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    return 0


def _members(group: int) -> int:
    """How many processes belong to a process group."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            count += stat.read_text().rpartition(")")[2].split()[2] == str(group)
    return count
