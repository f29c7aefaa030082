"""Jobs on a Dask cluster come to what they come to at home."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from eqtest.execution.cell import Cell
from eqtest.execution.cluster import Cluster, ClusterError
from eqtest.execution.jobs import CheckFormula, RunCells
from eqtest.execution.observe import Done, observe
from eqtest.execution.pool import Pool
from eqtest.options import CheckOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NET = "import torch\nx = torch.randn(3, requires_grad=True)\ny = torch.tanh(x)\nx"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as local:
        yield local.scheduler_address.replace("tcp://", "dask://")


@pytest.fixture(scope="module")
def cluster(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(address, tmp_path_factory.mktemp("source")) as connected:
        yield connected


def test_results_are_those_of_a_pool(cluster: Cluster) -> None:
    jobs = RunCells((Cell("a", NET),)), CheckFormula("y = x", (Cell("a", NET),), CheckOptions())
    with Pool(1) as pool:
        here = [pool.submit(observe, job).result() for job in jobs]
    there = [cluster.submit(observe, job).result() for job in jobs]
    assert [each.files for each in there] == [(), ()]
    assert there[0].result[0].value == here[0].result[0].value
    assert there[1] == here[1]


def test_every_job_has_a_process_of_its_own_and_limits(cluster: Cluster) -> None:
    codes = ["import os\n(os.getpid(), os.getcwd())", "import os\nos._exit(3)", "while True: pass"]
    jobs = [RunCells((Cell("a", code, timeout=2),)) for code in (codes[0], *codes)]
    first, second, dead, endless = [future.result() for future in [cluster.submit(observe, job) for job in jobs]]
    assert isinstance(first, Done)
    assert first.result[0].value != second.result[0].value
    assert str(os.getpid()) not in first.result[0].value
    assert [each[0].failure.message for each in (dead, endless)] == ["exited with code 3", "still running after 2 s"]


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    with Cluster("dask://127.0.0.1:1", tmp_path) as nowhere:
        monkeypatch.setattr("eqtest.execution.cluster.CONNECT_TIMEOUT", 0.5)
        with pytest.raises(ClusterError, match="no Dask scheduler answers"):
            nowhere.submit(pow, 2, 3)


def test_the_package_is_only_needed_when_there_is_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        Cluster("dask://127.0.0.1:1", tmp_path) as idle,
        pytest.raises(ClusterError, match="pip install"),
    ):
        idle.submit(pow, 2, 3)
