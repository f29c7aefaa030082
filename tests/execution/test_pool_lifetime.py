"""Whatever becomes of a pool, none of its processes remains."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import pytest

from eqtest.execution.cell import Cell
from eqtest.execution.jobs import RunCells, perform
from eqtest.execution.pool import Pool
from processes import gone

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

PIDS = RunCells((Cell("pids", "import os\nos.getppid()"),))


def hanging(pids: Path) -> RunCells:
    """A job that writes down its worker, itself and a child of its own, and then hangs."""
    code = f"""
import os, pathlib, subprocess, time
child = subprocess.Popen(["sleep", "1000"])
unfinished = pathlib.Path({str(pids)!r} + "~")
unfinished.write_text(f"{{os.getppid()}} {{os.getpid()}} {{child.pid}}")
unfinished.rename({str(pids)!r})
time.sleep(1000)
"""
    return RunCells((Cell("hangs", code),))


def read(pids: Path) -> list[int]:
    deadline = time.monotonic() + 60
    while not pids.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [int(pid) for pid in pids.read_text().split()]


def worker_of(pool: Pool) -> int:
    return int(pool.submit(perform, PIDS).result()[0].value)


def start(tmp_path: Path, ending: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A Python process whose pool has a job that hangs, and the processes of that job."""
    code = f"""
import sys, time
from pathlib import Path
from test_pool_lifetime import *
pool = Pool(1)
future = pool.submit(perform, hanging(Path(sys.argv[1])))
read(Path(sys.argv[1]))
{ending}
"""
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    command = [sys.executable, "-c", code, str(tmp_path / "pids")]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stderr=subprocess.DEVNULL)
    return process, read(tmp_path / "pids")


def test_nothing_starts_before_the_first_call() -> None:
    threads = threading.active_count()
    with Pool() as pool:
        assert threading.active_count() == threads
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(pow, 2, 3)


def test_shutdown_waits_for_the_jobs_and_ends_the_workers() -> None:
    pool = Pool(1)
    worker = worker_of(pool)
    future = pool.submit(time.sleep, 0.2)
    pool.shutdown()
    assert future.done()
    assert gone(worker, 0.1)
    pool.shutdown()


def test_shutdown_can_drop_what_waits() -> None:
    pool = Pool(1)
    running, waiting = pool.submit(time.sleep, 0.5), pool.submit(time.sleep, 1000)
    while not running.running():
        time.sleep(0.01)
    pool.shutdown(cancel_futures=True)
    assert running.result() is None
    with pytest.raises(CancelledError):
        waiting.result()


def test_a_forgotten_pool_ends() -> None:
    pool = Pool(1)
    worker = worker_of(pool)
    del pool
    gc.collect()
    assert gone(worker)


def test_leaving_by_an_exception_ends_what_runs(tmp_path: Path) -> None:
    futures: list[Future[Any]] = []

    def interrupted() -> None:
        with Pool(1) as pool:
            futures.extend([pool.submit(perform, hanging(tmp_path / "pids")), pool.submit(pow, 2, 3)])
            read(tmp_path / "pids")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (outcome,) = futures[0].result(0)  # the pool has waited for what it ended
    assert outcome.failure is not None
    assert outcome.failure.message == "ended with its pool"
    with pytest.raises(CancelledError):
        futures[1].result(0)
    assert all(gone(pid) for pid in read(tmp_path / "pids"))


def test_a_worker_that_is_still_starting_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text(
        f'import os, pathlib, time\nunfinished = pathlib.Path({str(tmp_path)!r}, "unfinished")\n'
        f"unfinished.write_text(str(os.getpid()))\nunfinished.rename({str(tmp_path / 'pids')!r})\n"
        "time.sleep(1000)"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    pool = Pool(1)
    future = pool.submit(perform, PIDS)
    (worker,) = read(tmp_path / "pids")
    start = time.monotonic()
    pool.terminate_workers()
    pool.shutdown()
    assert time.monotonic() - start < 5
    assert gone(worker, 0.1)
    assert future.cancelled()


def test_short_calls_start_no_second_worker_and_do_not_wait_for_it() -> None:
    with Pool(2) as pool:
        outcomes = [future.result()[0] for future in [pool.submit(perform, PIDS) for _ in range(4)]]
    assert len({outcome.value for outcome in outcomes}) == 1


@pytest.mark.parametrize("ending", ["", "import os; os._exit(0)"])
def test_leaving_python_does_not_wait_and_ends_what_runs(tmp_path: Path, ending: str) -> None:
    process, pids = start(tmp_path, ending)
    process.wait(20)
    assert all(gone(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_signal_to_the_process_of_the_pool_ends_what_runs(tmp_path: Path, number: signal.Signals) -> None:
    process, pids = start(tmp_path, "future.result()")
    process.send_signal(number)
    process.wait(20)
    assert all(gone(pid) for pid in pids)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_pool_that_was_used_works_on_both_sides_of_a_fork() -> None:
    with Pool(1) as pool:
        worker = worker_of(pool)
        child = os.fork()
        if child == 0:
            other = worker_of(pool)
            pool.shutdown()
            os._exit(0 if other != worker and gone(other, 0.1) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert worker_of(pool) == worker
