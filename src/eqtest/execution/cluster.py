"""The same jobs on a Dask cluster, for sites that outgrow one machine; ``distributed`` is an optional dependency.

A worker of the cluster hands each job to a :class:`Pool` of its own, so that isolation and limits are the same there.
The source folder has to be at the same place on every machine.
"""

from __future__ import annotations

import functools
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

from eqtest.errors import EqtestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eqtest.execution.pool import Pool

SCHEME = "dask://"
CONNECT_TIMEOUT = 10.0
"""Seconds."""


class ClusterError(EqtestError):
    """The cluster cannot be used: not installed, not there."""


class Cluster(Executor):
    """An executor on the cluster whose scheduler is at ``address`` (``dask://host:port``).

    The connection is made when there is work. ``folder`` is that of :class:`Pool`. ``submit`` raises
    :class:`ClusterError`.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address.removeprefix(SCHEME)
        self._folder = folder
        self._client: Any = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._client is None:
            self._client = self._connected()
        future: Future[Any] = self._client.get_executor(pure=False).submit(_isolated, self._folder, fn, args, kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Close the connection, with which the cluster drops what it has not done."""
        if self._client is not None:
            self._client.close()

    def _connected(self) -> Any:
        try:
            import distributed
        except ImportError:
            raise ClusterError(f"{SCHEME} needs the package 'distributed': pip install distributed") from None
        try:
            client: Any = distributed.Client  # untyped
            return client(f"tcp://{self._address}", timeout=CONNECT_TIMEOUT)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {self._address!r}: {error}") from error


def _isolated(folder: Path, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return _pool(folder).submit(function, *args, **kwargs).result()


@functools.cache
def _pool(folder: Path) -> Pool:
    """The pool of this process, a worker of the cluster: its own workers start once, and end with it."""
    from eqtest.execution.pool import Pool

    return Pool(folder=folder)
