"""An executor whose every job runs in a process of its own, within limits of time and memory.

``Pool`` starts its workers (:mod:`eqtest.execution.worker`), one by one, when there is work for them. Each has
imported torch once and forks a child for each job, so that nothing a job does reaches another. What ends a child from
outside, or from C, comes back as a ``Fault``: the job turns it into a result (``recovered``), or it is raised.

Nothing here imports torch.
"""

from __future__ import annotations

import os
import threading
import weakref
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from eqtest.execution.crew import Call, Crew

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool(Executor):
    """An executor of isolated processes.

    ``max_workers``: jobs that run at the same time, by default as many as we may use cores. ``folder``: where
    the files are that jobs declare to read, by default our working folder. Each job works in a folder of its own, with
    copies of those files in it, which vanishes with it. Jobs can import whatever we can.

    A call of a module-level function is sent by ``pickle``. An exception that it raises arrives as it is if it is an
    ``EqtestError``, and as a :class:`JobError` with the traceback in its notes otherwise.

    No process outlives the pool: the workers end with ``shutdown``, with the pool's collection and with the process.
    """

    def __init__(self, max_workers: int | None = None, folder: Path | None = None) -> None:
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers is {max_workers}, expected at least 1")
        self._max_workers = max_workers or _cores()
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        self._prepare()

    def _prepare(self) -> None:
        """Set up the crew for the process that we are in: threads do not survive a fork."""
        self._process = os.getpid()
        self._crew = Crew(self._max_workers, self._folder)
        weakref.finalize(self, self._crew.dismiss)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot submit to a pool that has been shut down")
            if self._process != os.getpid():
                self._prepare()
            self._crew.add(Call(future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; with ``cancel_futures`` drop those that wait; with ``wait`` return when all is done."""
        with self._lock:
            self._closed = True
        if self._process != os.getpid():
            return
        if cancel_futures:
            self._crew.drop_waiting()
        self._crew.dismiss()
        if wait:
            self._crew.join()

    def terminate_workers(self) -> None:
        """End at once: drop the calls that wait, kill those that run (their futures get the fault)."""
        with self._lock:
            self._closed = True
        self._crew.drop_waiting()
        self._crew.abandon()
        self._crew.dismiss()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is running, or, when leaving by an exception such as Ctrl-C, end it."""
        if error is not None:
            self.terminate_workers()
        self.shutdown()
