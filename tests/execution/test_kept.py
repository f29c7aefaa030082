"""A worker is kept from one pool to the next exactly as long as somebody keeps it, and never a stale one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_pool_lifetime import hanging, read, worker_of

from eqtest.execution.cell import Cell
from eqtest.execution.jobs import RunCells, perform
from eqtest.execution.kept import keeping
from eqtest.execution.pool import Pool
from processes import gone

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = """
from test_pool_lifetime import *
with Pool(1) as pool:
    print(worker_of(pool), flush=True)
"""


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    with keeping():
        yield


def worker(folder: Path | None = None) -> int:
    """That of a pool of its own, which has ended."""
    with Pool(1, folder) as pool:
        return worker_of(pool)


def run(code: str, *path: str) -> int:
    """The number that a Python process prints; nobody holds its output when it has ended."""
    folders = os.pathsep.join([*path, os.path.dirname(__file__), *sys.path])
    environment = os.environ | {"PYTHONPATH": folders}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return int(done.stdout)


def test_the_next_pool_has_the_same_worker_and_a_process_of_its_own_for_every_job(tmp_path: Path) -> None:
    cells = (Cell("a", "import os\n(os.getppid(), os.getcwd())"),)
    values = []
    for _ in range(3):
        with Pool(1, tmp_path) as pool:
            values.append(pool.submit(perform, RunCells(cells)).result()[0].value)
    assert len(set(values)) == 3
    assert len({value.partition(",")[0] for value in values}) == 1


def test_another_process_has_it_too() -> None:
    assert run(ASK) == run(ASK)


def test_what_jobs_write_to_stderr_is_that_of_the_process_whose_they_are() -> None:
    code = """
import sys
from test_pool_lifetime import *
with Pool(1) as pool:
    code = "import os, sys; print('aloud', file=sys.stderr); os.getppid()"
    print(pool.submit(perform, RunCells((Cell("a", code),))).result()[0].value)
"""
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    command, environment = [sys.executable, "-c", code], os.environ | {"PYTHONPATH": path}
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
        for _ in range(2)
    )
    assert first.stdout == second.stdout
    assert (first.stderr, second.stderr) == ("aloud\n", "aloud\n")


def test_it_is_gone_when_nobody_keeps_it_any_more() -> None:
    with keeping():
        pid = worker()
        assert not gone(pid, 0.2)
    assert gone(pid)
    assert worker() != pid


def test_it_is_gone_and_its_folder_when_who_keeps_it_is_killed(tmp_path: Path) -> None:
    code = f"""
import tempfile, time
from test_pool_lifetime import *
from eqtest.execution.kept import keeping
tempfile.tempdir = {str(tmp_path)!r}
with keeping(), Pool(1) as pool:
    pid = worker_of(pool)
    pool.shutdown()
    print(pid, flush=True)
    time.sleep(1000)
"""
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    environment = os.environ | {"PYTHONPATH": path}
    keeper = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    with keeper.stdout as output:
        pid = int(output.readline())
    assert not gone(pid, 0.2)
    keeper.kill()
    keeper.wait()
    assert gone(pid)
    assert not list(tmp_path.glob("eqtest-*"))


def test_who_does_not_keep_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EQTEST_KEPT_WORKER")
    assert gone(worker(), 0.1)


def test_pools_at_the_same_time_have_workers_of_their_own() -> None:
    with Pool(1) as one, Pool(1) as other:
        pids = {worker_of(one), worker_of(other)}
        assert len(pids) == 2
    assert worker() in pids
    assert sum(gone(pid, 0.5) for pid in pids) == 1


@pytest.mark.parametrize("what", ["folder", "environment", "sys.path"])
def test_one_that_was_started_otherwise_is_not_taken(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = worker()
    if what == "environment":
        monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    if what == "sys.path":
        monkeypatch.syspath_prepend(str(tmp_path))
    assert worker(tmp_path if what == "folder" else None) != pid
    assert gone(pid)


def test_one_with_older_code_of_ours_is_not_taken(repository: Path, tmp_path: Path) -> None:
    package = shutil.copytree(repository / "src" / "eqtest", tmp_path / "eqtest")
    pid = run(ASK, str(tmp_path))
    assert run(ASK, str(tmp_path)) == pid
    with (package / "report.py").open("a") as file:
        file.write("\nEDITED = True\n")
    assert run(ASK, str(tmp_path)) != pid
    assert gone(pid)


def test_modules_beside_the_pages_are_as_they_are_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    job, pids, values = RunCells((Cell("a", "import os, helper\n[os.getppid(), helper.VALUE]"),)), set(), []
    for value in 1, 2:
        (tmp_path / "helper.py").write_text(f"VALUE = {value}")
        with Pool(1) as pool:
            pid, _, number = pool.submit(perform, job).result()[0].value.partition(", ")
        pids.add(pid)
        values.append(number)
    assert (len(pids), values) == (1, ["1]", "2]"])


def test_one_that_was_killed_while_it_waited_is_replaced() -> None:
    pid = worker()
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    replacement = worker()
    assert replacement != pid
    assert worker() == replacement


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_job_that_kills_it_is_told_and_the_next_has_another(taken_over: bool) -> None:
    pid = worker() if taken_over else 0
    code = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(9)"
    with Pool(1) as pool:
        (outcome,) = pool.submit(perform, RunCells((Cell("kills", code),))).result()
        assert outcome.failure is not None
        how = "hung up" if taken_over else "killed by SIGKILL (out of memory?)"
        assert outcome.failure.message == f"the worker {how}"
        assert worker_of(pool) != pid


@pytest.mark.parametrize("taken_over", [False, True])
def test_leaving_in_the_middle_ends_the_job_at_once(taken_over: bool, tmp_path: Path) -> None:
    pid = worker() if taken_over else 0
    pool = Pool(1)
    future = pool.submit(perform, hanging(tmp_path / "pids"))
    processes = read(tmp_path / "pids")
    start = time.monotonic()
    pool.terminate_workers()
    pool.shutdown()
    assert time.monotonic() - start < 5
    assert future.result()[0].failure.message == "ended with its pool"
    assert all(gone(process, 0.1) for process in processes[1:])
    assert worker() == processes[0] == (pid or processes[0])


def test_limits_hold() -> None:
    worker()
    endless = RunCells((Cell("endless", "while True: pass", timeout=1),))
    with Pool(1) as pool:
        (outcome,) = pool.submit(perform, endless).result()
    assert outcome.failure is not None
    assert outcome.failure.message == "still running after 1 s"


def test_where_no_socket_can_be_every_pool_starts_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    monkeypatch.delenv("EQTEST_KEPT_WORKER")
    with keeping():
        assert gone(worker(), 0.1)
