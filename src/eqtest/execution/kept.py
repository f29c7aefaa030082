"""A worker that is kept from one build to the next, while somebody writes.

``keeping()`` makes a private folder and names it in the environment. A worker that is started there does not end with
its pool: it listens in that folder until the next pool takes it over, or until nobody keeps it any more, which it
sees by a connection that breaks. Whoever would have to start it otherwise, with other code of ours, in another folder
or environment, finds that its key is another one; the worker then ends, and a new one is started.

Only where there are Unix sockets; elsewhere every pool starts its own.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Pipes = tuple[IO[bytes], IO[bytes]]
"""From a pool and to it."""

VARIABLE = "EQTEST_KEPT_WORKER"
"""Names the folder in the environment."""
KEEPER, WORKER = "keeper", "worker"
"""The sockets in it: of the process that keeps, and of the worker that waits."""
ACCEPTED = b"+"
STDOUT, STDERR = 1, 2
"""The descriptors."""
ANSWER_TIMEOUT = 5.0
"""Seconds that a worker which waits may take to answer."""


@contextmanager
def keeping() -> Iterator[None]:
    """Inside, a worker of pools in processes that are started from here is kept; afterwards it is gone.

    It is gone soon, too, when this process is killed.
    """
    if not hasattr(socket, "AF_UNIX"):
        yield
        return
    folder = tempfile.TemporaryDirectory(prefix="eqtest-", ignore_cleanup_errors=True)
    with folder as path, socket.socket(socket.AF_UNIX) as keeper:
        with suppress(OSError):  # the path may be too long for an address
            keeper.bind(os.path.join(path, KEEPER))
            keeper.listen()  # nobody is let in: that they are connected tells the workers that we live
            os.environ[VARIABLE] = path
        try:
            yield
        finally:
            os.environ.pop(VARIABLE, None)


def take_over(folder: str, key: str) -> socket.socket | None:
    """A connection to the worker that waits with this key, if one does."""
    connection, address = socket.socket(socket.AF_UNIX), os.path.join(folder, WORKER)
    connection.settimeout(ANSWER_TIMEOUT)
    try:
        connection.connect(address)
        socket.send_fds(connection, [key.encode()], [STDERR])
        if connection.recv(1) == ACCEPTED:
            connection.settimeout(None)
            return connection
    except ConnectionRefusedError:  # it was killed
        with suppress(OSError):
            os.unlink(address)
    except OSError:
        pass
    connection.close()
    return None


def pools(first: Pipes, folder: str, key: str) -> Iterator[Pipes]:
    """In the worker: the pipes from and to one pool after another, each of which it serves until the first ends."""
    pipes: Pipes | None = first
    while pipes:
        yield pipes
        pipes = _next(pipes, folder, key)


def _next(served: Pipes, folder: str, key: str) -> Pipes | None:
    """Wait for a pool; there comes none when nobody keeps us, or when another worker waits already.

    The pool that was served sees us hang up when the next can come.
    """
    address = os.path.join(folder, WORKER)
    with socket.socket(socket.AF_UNIX) as keeper, socket.socket(socket.AF_UNIX) as door:
        waiting = _kept(keeper, folder) and _opened(door, address)
        _speak_to(os.open(os.devnull, os.O_WRONLY))  # whoever reads what the process of that pool wrote, sees its end
        for pipe in served:
            with suppress(OSError):  # what is left to say nobody hears
                pipe.close()
        if not waiting:
            return None
        ready, _, _ = select.select([keeper, door], [], [])
        if keeper in ready:  # nothing is ever sent: it is the end
            shutil.rmtree(folder, ignore_errors=True)
            return None
        os.unlink(address)
        return _let_in(door.accept()[0], key)


def _kept(keeper: socket.socket, folder: str) -> bool:
    try:
        keeper.connect(os.path.join(folder, KEEPER))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def _opened(door: socket.socket, address: str) -> bool:
    try:
        door.bind(address)
    except OSError:
        return False
    door.listen()
    return True


def _let_in(connection: socket.socket, key: str) -> Pipes | None:
    """The pipes from and to whoever has the key."""
    connection.settimeout(ANSWER_TIMEOUT)
    with connection, suppress(OSError):
        found, descriptors, _flags, _address = socket.recv_fds(connection, len(key), 1)
        if found == key.encode() and descriptors:
            _speak_to(descriptors[0])
            connection.sendall(ACCEPTED)
            connection.settimeout(None)
            return os.fdopen(os.dup(connection.fileno()), "rb"), os.fdopen(os.dup(connection.fileno()), "wb")
    return None


def _speak_to(descriptor: int) -> None:
    """What jobs write past Python's standard output, and to the standard error, goes there."""
    for each in STDOUT, STDERR:
        os.dup2(descriptor, each)
    os.close(descriptor)
