"""The threads of a pool: each sees one worker through one call after another.

Starting a worker means importing torch, which costs more than most calls do. So workers are started one at a time,
and the next only when calls still wait some time after the last one has begun with its first.
"""

from __future__ import annotations

import io
import pickle
import re
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from eqtest.execution.cell import DEFAULT_MEMORY_LIMIT, DEFAULT_TIMEOUT
from eqtest.execution.fault import Fault, JobError, overdue
from eqtest.execution.link import Worker, exit_reason
from eqtest.execution.messages import Ending, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from eqtest.execution.cell import Outcome
    from eqtest.execution.kits import Kit

PATIENCE = 0.5
"""Seconds that calls may wait for the workers there are."""


@runtime_checkable
class Recoverable(Protocol):
    """A first argument that says what its call needs and may take, and what a call comes to that ends in a fault."""

    @property
    def timeout(self) -> float: ...

    @property
    def memory_limit(self) -> int: ...

    @property
    def files(self) -> tuple[str, ...]: ...

    @property
    def kits(self) -> tuple[Kit, ...]: ...

    def recovered(self, fault: Fault) -> Any:
        """The result in place of the one that never came. Raises :class:`JobError` where there is none."""


class Call:
    """A call that waits for a worker."""

    def __init__(
        self, future: Future[Any], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.future = future
        self.request = function, args, kwargs
        self.job = args[0] if args and isinstance(args[0], Recoverable) else None
        self.timeout = self.job.timeout if self.job else DEFAULT_TIMEOUT
        self.memory_limit = self.job.memory_limit if self.job else DEFAULT_MEMORY_LIMIT
        self.files = self.job.files if self.job else ()
        self.kits = self.job.kits if self.job else ()


class Crew:
    """The hosts of a pool, and the calls that wait for them. It holds no reference to the pool.

    ``max_workers`` and ``folder`` are the pool's.
    """

    def __init__(self, max_workers: int, folder: Path | None) -> None:
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        """``None`` is the last one; whoever takes it puts it back for the others."""
        self._max_workers = max_workers
        self._folder = folder
        self._lock = threading.Lock()
        self._hosts: list[_Host] = []
        self._starting = False
        self._closed = False

    def add(self, call: Call) -> None:
        self.calls.put(call)
        self._grow()

    def dismiss(self) -> None:
        """There will be no more calls."""
        with self._lock:
            self._closed = True
        self.calls.put(None)

    def drop_waiting(self) -> None:
        """Cancel the calls that wait."""
        with suppress(Empty):
            while True:
                if call := self.calls.get_nowait():
                    call.future.cancel()
                    call.future.set_running_or_notify_cancel()

    def abandon(self) -> None:
        """End the workers in the middle of their calls."""
        for host in self._hosts:
            host.worker.abandon()

    def abandon_starting(self) -> None:
        """Nobody needs the worker that is not ready yet."""
        for host in self._hosts:
            if not host.ready:
                host.worker.abandon()

    def join(self) -> None:
        for host in self._hosts:
            host.join()

    def started(self) -> None:
        """A worker makes its first call; the next one is started when even so calls are waiting in a while."""
        timer = threading.Timer(PATIENCE, self._look_again)
        timer.daemon = True
        timer.start()

    def _look_again(self) -> None:
        self._starting = False
        self._grow()

    def _grow(self) -> None:
        """Start a worker if calls wait for one that none is free for."""
        with self._lock:
            free = sum(not host.busy for host in self._hosts)
            full = self._starting or self._closed or len(self._hosts) >= self._max_workers
            if not full and self.calls.qsize() > free:
                self._starting = True
                self._hosts.append(_Host(self, Worker(self._folder)))
                self._hosts[-1].start()


class _Host(threading.Thread):
    """A thread with its worker.

    A daemon: leaving Python does not wait for what still runs, whose worker ends with our end of its pipe.
    """

    def __init__(self, crew: Crew, worker: Worker) -> None:
        super().__init__(name="eqtest-pool", daemon=True)
        self.worker = worker
        self.ready = False
        self.busy = False
        self._begun = False
        self._crew = crew

    def run(self) -> None:
        self.worker.warm_up()
        self.ready = True
        while call := self._crew.calls.get():
            self.busy = True
            if call.future.set_running_or_notify_cancel():
                try:
                    result = self._make(call)
                except BaseException as error:
                    call.future.set_exception(error)
                else:
                    call.future.set_result(result)
            del call  # the future may be what keeps the pool's owner alive
            self.busy = False
        self._crew.calls.put(None)
        self._crew.abandon_starting()
        self.worker.close()

    def _start(self) -> None:
        if not self._begun:
            self._begun = True
            self._crew.started()

    def _make(self, call: Call) -> Any:
        request = Request(pickle.dumps(call.request), call.timeout, call.memory_limit, call.files, call.kits)
        ending = self.worker.exchange(request, self._start)
        if isinstance(ending, Ending) and ending.result:
            succeeded, value = pickle.loads(ending.result)
            if succeeded:
                return value
            raise value
        fault = _fault(ending, call.timeout) if isinstance(ending, Ending) else ending
        if call.job:
            return call.job.recovered(fault)
        raise JobError(fault.message, fault.kind)


def _fault(ending: Ending, timeout: float) -> Fault:
    outcomes = tuple(_finished(ending.outcomes))
    if ending.crowd:
        return Fault("killed", f"killed when it had {ending.crowd} processes", ending.trace, outcomes)
    if ending.exitcode is None or re.search(r"^Timeout \(", ending.trace, re.MULTILINE):
        return Fault("timeout", overdue(timeout), ending.trace, outcomes)
    return Fault("killed", exit_reason(ending.exitcode), ending.trace, outcomes)


def _finished(pickled: bytes) -> Iterator[Outcome]:
    stream = io.BytesIO(pickled)
    with suppress(EOFError, pickle.UnpicklingError):  # the last one may be cut off
        while True:
            yield pickle.load(stream)
