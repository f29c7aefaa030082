"""The pool's end of one worker: its process, unless that is kept from an earlier pool, and the pipes."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from socket import SHUT_WR
from typing import IO, TYPE_CHECKING

import eqtest
from eqtest.execution.digest import digest
from eqtest.execution.fault import Fault
from eqtest.execution.fingerprint import versions
from eqtest.execution.kept import VARIABLE, take_over
from eqtest.execution.messages import Ending, Ready, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # a process in which torch has started threads must not fork
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",  # there is no screen
    "PYTHONHASHSEED": "0",  # the order of a set that a snippet prints is the same in every build
}
"""What every worker is started with."""

CLOSE_TIMEOUT = 10.0
"""Seconds that a worker without work may take to end."""


class Worker:
    """The process on the other end of the pipes, started anew, in ``folder``, whenever there is none."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._link: _Link | None = None
        self._lock = threading.Lock()
        self._abandoned = False

    def warm_up(self) -> None:
        """Wait until the worker is ready; what hinders it comes out with the first request."""
        link = self._connected()
        if link is not None:
            with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
                link.await_ready()

    def exchange(self, request: Request, started: Callable[[], None]) -> Ending | Fault:
        """Have a request done; a fault when the worker itself is gone. ``started`` is called once imports are over."""
        link = self._connected()
        if link is None:
            return Fault("killed", "ended with its pool")
        try:
            return link.exchange(request, started)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # ValueError: closed by ``abandon``
            self.close()
            return Fault("killed", "ended with its pool" if self._abandoned else f"the worker {link.end_reason()}")

    def close(self) -> None:
        """End the worker, which kills its child first, or leave it to the next pool."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def abandon(self) -> None:
        """From another thread: end the worker in the middle of its request, and start no other."""
        with self._lock:
            self._abandoned = True
            if self._link is not None:
                self._link.abandon()

    def _connected(self) -> _Link | None:
        if self._link is not None and self._link.ended():
            self.close()
        with self._lock:
            if self._link is None and not self._abandoned:
                self._link = _connect(self._folder)
            return self._link


def _connect(folder: Path | None) -> _Link:
    """Take over the worker that is kept, if there is one like the one that would be started, or start it."""
    root = str(Path(eqtest.__file__).parents[1])
    path = os.pathsep.join([root, *map(os.path.abspath, sys.path)])  # what we can import, the worker can
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": path}
    command = [sys.executable, "-P", "-m", "eqtest.execution.worker"]
    keeper = environment.pop(VARIABLE, "")
    if not keeper:
        return _Started(command, folder, environment)
    key = digest([command, os.path.abspath(folder or "."), sorted(environment.items()), versions()])
    connection = take_over(keeper, key)
    return _TakenOver(connection) if connection else _Kept([*command, keeper, key], folder, environment)


class _Link(ABC):
    """Our ends of the pipes."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._requests, self._replies = requests, replies
        self._ready = False

    @abstractmethod
    def ended(self) -> bool:
        """Whether the worker, which is doing nothing for us, has gone."""

    @abstractmethod
    def end_reason(self) -> str:
        """Of a worker that has gone; follows ``the worker``."""

    @abstractmethod
    def abandon(self) -> None:
        """From another thread: let the worker end, in the middle of a request too."""

    @abstractmethod
    def close(self) -> None:
        """Return when nothing is left of what the worker has done for us."""

    def exchange(self, request: Request, started: Callable[[], None]) -> Ending:
        """Raises ``EOFError``, ``OSError``, ``ValueError`` or ``UnpicklingError`` when the worker is gone."""
        self.await_ready()
        self._ready = False
        pickle.dump(request, self._requests)
        self._requests.flush()
        self.await_ready()
        started()
        ending = pickle.load(self._replies)
        assert isinstance(ending, Ending)
        return ending

    def await_ready(self) -> None:
        """Raises as ``exchange`` does."""
        if not self._ready:
            self._ready = isinstance(pickle.load(self._replies), Ready)

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._requests.close()

    def _await_hang_up(self) -> None:
        """A worker that is kept hangs up, too, once it has ended its child."""
        select.select([self._replies], [], [], CLOSE_TIMEOUT)
        self._replies.close()


class _Started(_Link):
    """To a worker that we start, and that ends with us."""

    def __init__(self, command: list[str], folder: Path | None, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us; we end our workers
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        super().__init__(self._process.stdin, self._process.stdout)

    def ended(self) -> bool:
        return self._process.poll() is not None

    def end_reason(self) -> str:
        return exit_reason(self._process.wait())

    def abandon(self) -> None:
        """While it imports it does not listen, and has no child that would have to be ended first."""
        self._hang_up()
        if not self._ready:
            self._process.kill()

    def close(self) -> None:
        self._hang_up()
        try:
            self._process.wait(CLOSE_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._replies.close()


class _Kept(_Started):
    """To a worker that we start, and that waits for another pool when we leave it."""

    def end_reason(self) -> str:
        try:
            return exit_reason(self._process.wait(1))
        except subprocess.TimeoutExpired:
            return "hung up"

    def close(self) -> None:
        self._hang_up()
        self._await_hang_up()


class _TakenOver(_Link):
    """To a worker that an earlier pool has left."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        super().__init__(connection.makefile("wb"), connection.makefile("rb"))

    def ended(self) -> bool:
        return bool(select.select([self._connection], [], [], 0)[0])  # asked for nothing, it only ever hangs up

    def end_reason(self) -> str:
        return "hung up"

    def abandon(self) -> None:
        self._hang_up()

    def close(self) -> None:
        self._hang_up()
        self._await_hang_up()
        self._connection.close()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(SHUT_WR)


def exit_reason(code: int) -> str:
    """What an exit code says, negative for a signal."""
    if code >= 0:
        return f"exited with code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"killed by {name}" + " (out of memory?)" * (name == "SIGKILL")
    return f"killed by signal {-code}"
