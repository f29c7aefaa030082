"""An executor whose every job runs in a process of its own, within limits of time and memory.

``Pool`` starts its workers (:mod:`eqtest.execution.worker`) when there is work for them. Each has imported torch
once and forks a child for each job, so that nothing a job does reaches another. What ends a child from outside, or
from C, comes back as a :class:`Fault`: the job turns it into a result (``recovered``), or it is raised.

Nothing here imports torch.
"""

from __future__ import annotations

import io
import os
import pickle
import re
import threading
import weakref
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, runtime_checkable

from eqtest.execution.fault import DEFAULT_TIMEOUT, Fault, JobError, overdue
from eqtest.execution.link import Worker, exit_reason
from eqtest.execution.messages import Ending, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from eqtest.execution.cell import Outcome

P = ParamSpec("P")
T = TypeVar("T")

MEMORY_LIMIT = 4 * 2**30
"""Bytes that a job may take beyond what its process has at the start."""


@runtime_checkable
class Recoverable(Protocol):
    """A first argument that says how long its call may take, and what a call comes to that ends in a fault."""

    @property
    def timeout(self) -> float: ...

    def recovered(self, fault: Fault) -> Any:
        """The result in place of the one that never came. Raises :class:`JobError` where there is none."""


class Pool(Executor):
    """An executor of isolated processes.

    ``max_workers``: jobs that run at the same time, by default as many as there are cores. ``memory_limit``: bytes
    per job. ``folder``: the working folder of the jobs, by default ours; they can import whatever we can.

    A call of a module-level function is sent by ``pickle``. An exception that it raises arrives as it is if it is an
    ``EqtestError``, and as a :class:`JobError` with the traceback in its notes otherwise.

    No process outlives the pool: the workers end with ``shutdown``, with the pool's collection and with the process.
    """

    def __init__(
        self, max_workers: int | None = None, memory_limit: int = MEMORY_LIMIT, folder: Path | None = None
    ) -> None:
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers is {max_workers}, expected at least 1")
        self._max_workers = max_workers or os.cpu_count() or 1
        self._memory_limit = memory_limit
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        self._prepare()

    def _prepare(self) -> None:
        """Set up the queue for the process that we are in: threads do not survive a fork."""
        self._process = os.getpid()
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._hosts: list[_Host] = []
        weakref.finalize(self, _dismiss, self._calls, self._hosts)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        call = _Call(future, fn, args, kwargs)
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot submit to a pool that has been shut down")
            if self._process != os.getpid():
                self._prepare()
            self._calls.put(call)
            if not self._idle.acquire(blocking=False) and len(self._hosts) < self._max_workers:
                host = _Host(self._calls, self._idle, Worker(self._folder), self._memory_limit)
                self._hosts.append(host)
                host.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; with ``cancel_futures`` drop those that wait; with ``wait`` return when all is done."""
        with self._lock:
            self._closed = True
            hosts = self._hosts if self._process == os.getpid() else []
        if cancel_futures:
            self._cancel_waiting()
        _dismiss(self._calls, hosts)
        if wait:
            for host in hosts:
                host.join()

    def terminate_workers(self) -> None:
        """End at once: drop the calls that wait, kill those that run (their futures get the fault)."""
        with self._lock:
            self._closed = True
        self._cancel_waiting()
        for host in self._hosts:
            host.worker.abandon()
        _dismiss(self._calls, self._hosts)

    def _cancel_waiting(self) -> None:
        with suppress(Empty):
            while True:
                if call := self._calls.get_nowait():
                    call.future.cancel()
                    call.future.set_running_or_notify_cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is running, or, when leaving by an exception such as Ctrl-C, end it."""
        if error is not None:
            self.terminate_workers()
        self.shutdown()


class _Call:
    """A call that waits for a worker."""

    def __init__(
        self, future: Future[Any], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.future = future
        self.request = function, args, kwargs
        self.job = args[0] if args and isinstance(args[0], Recoverable) else None
        self.timeout = self.job.timeout if self.job else DEFAULT_TIMEOUT


class _Host(threading.Thread):
    """A thread with its worker. It holds no reference to the pool, so that a forgotten pool is collected.

    A daemon: leaving Python does not wait for what still runs, whose worker ends with our end of its pipe.
    """

    def __init__(
        self, calls: SimpleQueue[_Call | None], idle: threading.Semaphore, worker: Worker, memory_limit: int
    ) -> None:
        super().__init__(name="eqtest-pool", daemon=True)
        self.worker = worker
        self._calls = calls
        self._idle = idle
        self._memory_limit = memory_limit

    def run(self) -> None:
        while call := self._calls.get():
            if call.future.set_running_or_notify_cancel():
                try:
                    result = self._make(call)
                except BaseException as error:
                    call.future.set_exception(error)
                else:
                    call.future.set_result(result)
            del call  # the future may be what keeps the pool's owner alive
            self._idle.release()
        self.worker.close()

    def _make(self, call: _Call) -> Any:
        request = Request(pickle.dumps(call.request), call.timeout, self._memory_limit)
        ending = self.worker.exchange(request)
        if isinstance(ending, Ending) and ending.result:
            succeeded, value = pickle.loads(ending.result)
            if succeeded:
                return value
            raise value
        fault = _fault(ending, call.timeout) if isinstance(ending, Ending) else ending
        if call.job:
            return call.job.recovered(fault)
        raise JobError(fault.message, fault.kind)


def _dismiss(calls: SimpleQueue[_Call | None], hosts: Iterable[_Host]) -> None:
    for _ in hosts:
        calls.put(None)


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
