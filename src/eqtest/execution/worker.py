"""The worker: ``python -m eqtest.execution.worker [FOLDER KEY]``, started by the pool.

1. It imports what every job needs (:mod:`eqtest.execution.kits`), and before a request what this needs besides, once.
2. For each request on its standard input it forks a child, which makes the call and leaves result, finished
   outcomes and the dump of ``faulthandler`` as files in a folder of its own. Files, not pipes: a child may die, or
   leave processes behind, at any moment, and none of this can block a reader. Where the system cannot fork, the
   child is a fresh process, which does the imports. Its working folder, with copies of the files that it is declared
   to read, is in there too, and so is what it takes for the folder of temporary files.
3. It waits for the child's end, kills what is left of it, and replies with an :class:`Ending`.

It ends when its standard input does, that is, also when the process of the pool vanishes; with arguments it then waits
for another pool (:mod:`eqtest.execution.kept`).
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from eqtest.errors import EqtestError
from eqtest.execution.crowd import CrowdWatch
from eqtest.execution.descent import adopt_orphans, end_children, end_with_parent
from eqtest.execution.fault import JobError
from eqtest.execution.kept import pools
from eqtest.execution.kits import open_kits, opened_kits
from eqtest.execution.messages import Ending, Ready, Request
from eqtest.execution.session import CELL_EVENT, OUTCOME_EVENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

FORKS = hasattr(os, "fork")
GRACE = 5.0 if FORKS else 60.0
"""Seconds beyond its time limit after which a child is killed that has not ended itself.

A fresh process imports everything in this time.
"""
POLL = 0.1
"""Seconds between looks at a child whose own children hide its end."""


def main() -> None:
    wanted = {"snippets"}
    if FORKS:
        adopt_orphans()
    first = _claim_pipes()
    for requests, replies in pools(first, *sys.argv[1:]) if sys.argv[1:] else [first]:
        with suppress(EOFError, BrokenPipeError):
            _serve(requests, replies, wanted)


def _serve(requests: IO[bytes], replies: IO[bytes], wanted: set[str]) -> None:
    """Answer one request after the other. Raises ``EOFError`` or ``BrokenPipeError`` when the pool has gone away."""
    if FORKS:
        open_kits(wanted)
    _say(Ready(), replies)
    while True:
        request = pickle.load(requests)
        wanted.update(request.kits)
        if FORKS:
            open_kits(wanted)
        _say(Ready(), replies)
        ending = _supervise(request, requests, replies)
        _say(ending, replies)
        wanted.update(ending.kits)


def _say(message: Ready | Ending, replies: IO[bytes]) -> None:
    pickle.dump(message, replies)
    replies.flush()


def _claim_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take over the pipes, so that code which reads input or prints, also from C, cannot touch the protocol."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _supervise(request: Request, requests: IO[bytes], replies: IO[bytes]) -> Ending:
    """Make the call in a fresh process; when this returns or raises, it is gone, and what it has started."""
    context: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
    inherited = (requests.fileno(), replies.fileno()) if FORKS else ()
    with tempfile.TemporaryDirectory(prefix="eqtest-", ignore_cleanup_errors=True) as folder:
        process = context.Process(target=run_child, args=(request, Path(folder), inherited))
        watch = CrowdWatch()
        process.start()
        try:
            ended = _await(process, requests, request.timeout + GRACE, watch)
            exitcode = process.exitcode if ended else None
        finally:
            _kill(process)
        names = "result", "outcomes", "trace", "kits"
        result, outcomes, trace, kits = (_read(Path(folder) / name) for name in names)
        opened = tuple(kits.decode("ascii", "replace").split())
        return Ending(result, outcomes, trace.decode("ascii", "replace"), exitcode, watch.crowd, opened)


def _await(process: BaseProcess, requests: IO[bytes], seconds: float, watch: CrowdWatch) -> bool:
    """Whether the process ended within its time, and alone. Raises ``EOFError`` when the pool went away."""
    watched: list[Any] = [process.sentinel, requests] if FORKS else [process.sentinel]  # no other waits for pipes
    deadline = time.monotonic() + seconds
    while process.is_alive():
        left = deadline - time.monotonic()
        if left <= 0 or watch.crowded(process.pid or 0):
            return False
        ready: list[Any] = wait(watched, min(left, POLL))
        if requests in ready:
            raise EOFError  # there is one request at a time, so this can only be the end
    return True


def _kill(process: BaseProcess) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # nothing is left of the group
            os.killpg(process.pid or 0, signal.SIGKILL)
    process.kill()
    process.join()
    if FORKS:
        end_children()


def _read(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


# In the child


def run_child(request: Request, folder: Path, inherited: tuple[int, ...]) -> None:
    """Make the call, leave its result and end, whatever threads or children the call has left."""
    for descriptor in inherited:
        os.close(descriptor)
    if hasattr(os, "setsid"):
        os.setsid()
    if FORKS:
        end_with_parent()
    else:
        open_kits({"snippets", *request.kits})
    _move_in(folder, request.files)
    sys.dont_write_bytecode = True  # a module that is edited twice in a second must not be read from its bytecode
    with (folder / "trace").open("wb", buffering=0) as trace, (folder / "outcomes").open("wb", buffering=0) as outcomes:
        faulthandler.enable(trace)
        _alarm(request.timeout, trace)
        limit_memory = _memory_limiter()
        limit_memory(request.memory_limit)
        _follow_cells(trace, outcomes, limit_memory)
        result = _call(request.call)
        (folder / "kits").write_text(" ".join(opened_kits()), encoding="ascii")
        (folder / "unfinished").write_bytes(result)
        (folder / "unfinished").replace(folder / "result")
        os._exit(0)


def _move_in(folder: Path, files: tuple[str, ...]) -> None:
    """Work in a folder of our own, so that no file which the call leaves meets another one, or the author."""
    temporary, outside = folder / "tmp", Path.cwd()
    tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
    paths = [Path(os.path.normpath(file)) for file in files if not os.path.isabs(file)]
    levels = max((path.parts.count("..") for path in paths), default=0)
    work = temporary.joinpath("work", *["below"] * levels)  # files above the folder must be above this one too
    work.mkdir(parents=True)
    for path in paths:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # the call will meet it, and say so
            shutil.copy2(outside / path, work / path)
    os.chdir(work)


def _call(call: bytes) -> bytes:
    """The pickled ``(True, value)`` or ``(False, exception)``."""
    try:
        function, args, kwargs = pickle.loads(call)
        return pickle.dumps((True, function(*args, **kwargs)))
    except EqtestError as error:
        return pickle.dumps((False, error))
    except BaseException as error:
        # as text: the class may need torch to be unpickled
        mistake = JobError(f"{type(error).__name__}: {error}")
        mistake.add_note(traceback.format_exc())
        return pickle.dumps((False, mistake))


def _alarm(seconds: float, trace: IO[bytes]) -> None:
    """Dump the stacks and end after so many seconds, even while C code loops and never gives Python a turn."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=trace)


def _follow_cells(trace: IO[bytes], outcomes: IO[bytes], limit_memory: Callable[[int], None]) -> None:
    """Hold each cell of a chain to its own limits, and keep what is finished in case the next one is the end."""

    def follow(event: str, args: tuple[Any, ...]) -> None:
        if event == CELL_EVENT:
            _alarm(args[0].timeout, trace)
            limit_memory(args[0].memory_limit)
        elif event == OUTCOME_EVENT:
            outcomes.write(pickle.dumps(args[0]))

    sys.addaudithook(follow)


def _memory_limiter() -> Callable[[int], None]:
    """Lets the process allocate so many bytes beyond what it has now; past that it gets ``MemoryError``.

    Only where Linux counts them.

    The limit is on private writable memory, not on addresses, of which threads reserve far more than they use.
    """
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return lambda _beyond: None
    import resource

    data = int(statm.read_text().split()[5]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def limit(beyond: int) -> None:
        soft = data + beyond
        resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))

    return limit


if __name__ == "__main__":
    main()
