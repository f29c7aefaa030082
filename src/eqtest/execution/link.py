"""The pool's end of one worker: its process and the pipes."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import eqtest
from eqtest.execution.fault import Fault
from eqtest.execution.messages import Ending, Ready, Request

if TYPE_CHECKING:
    from collections.abc import Callable

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
            code = link.process.returncode
            return Fault("killed", "ended with its pool" if self._abandoned else f"the worker {exit_reason(code)}")

    def close(self) -> None:
        """End the worker, which kills its child first."""
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
        if self._link is not None and self._link.process.poll() is not None:
            self.close()
        with self._lock:
            if self._link is None and not self._abandoned:
                self._link = _Link(self._folder)
            return self._link


class _Link:
    """A worker process and our ends of its pipes."""

    def __init__(self, folder: Path | None) -> None:
        root = str(Path(eqtest.__file__).parents[1])
        path = os.pathsep.join([root, *map(os.path.abspath, sys.path)])  # what we can import, the worker can
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "eqtest.execution.worker"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ENVIRONMENT | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for us; we end our workers
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._requests, self._replies = self.process.stdin, self.process.stdout
        self._ready = False

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

    def abandon(self) -> None:
        """From another thread: let the worker end, in the middle of a request too.

        While it imports it does not listen, and has no child that would have to be ended first.
        """
        self._hang_up()
        if not self._ready:
            self.process.kill()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._requests.close()

    def close(self) -> None:
        self._hang_up()
        try:
            self.process.wait(CLOSE_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._replies.close()


def exit_reason(code: int) -> str:
    """What an exit code says, negative for a signal."""
    if code >= 0:
        return f"exited with code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"killed by {name}" + " (out of memory?)" * (name == "SIGKILL")
    return f"killed by signal {-code}"
