"""The configuration values that say where, and within which limits, the work is done."""

import pytest
from small_site import NET, TRUE


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    check = f".. math:: {TRUE}\n   :label: equ-1\n\n.. eqtest:: equ-1\n   :snippet: net\n"
    site.write("index.rst", "Home\n====\n\n", NET.format(name="net"), check)
    return site


@pytest.mark.parametrize("workers", ["-1", "many", "tcp://127.0.0.1:1"])
def test_a_value_without_meaning_is_said_once_and_the_default_taken(site, workers):
    build = site.build("-D", f"eqtest_workers={workers}")
    expected = f"eqtest_workers is '{workers}', expected a number or 'dask://host:port'; the default is taken"
    assert build.stderr == f"{site.docs / 'conf.py'}:1: WARNING: {expected} [eqtest.workers]\n"
    assert site.html("index").find("details") is not None


def test_limits_that_nothing_keeps_to_are_said_and_the_defaults_taken(site):
    site.replace("conf.py", "numfig", "eqtest_timeout = -1\neqtest_memory_limit = 0\nnumfig")
    build = site.build("-D", "eqtest_mode=force")
    site.replace("conf.py", "eqtest_timeout = -1\neqtest_memory_limit = 0\n", "")
    said = "expected a positive number; the default is taken"
    assert f"WARNING: eqtest_timeout is -1, {said} [eqtest.timeout]" in build.stderr
    assert f"WARNING: eqtest_memory_limit is 0, {said} [eqtest.memory_limit]" in build.stderr
    assert build.stderr.count("WARNING") == 2
    assert "✓" in site.html("index").find("details").text


def test_a_cluster_does_the_work(site):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        assert site.build("-W", "-D", f"eqtest_workers={address}", "-D", "eqtest_mode=force").returncode == 0
    assert "✓" in site.html("index").find("details").text
    assert site.build("-W", "-D", f"eqtest_workers={address}").returncode == 0  # nothing to do, nobody is asked


def test_a_cluster_that_is_not_there_is_said_once(site):
    pytest.importorskip("distributed")
    build = site.build("-D", "eqtest_workers=dask://127.0.0.1:1", "-D", "eqtest_mode=force")
    assert build.stderr.startswith(f"{site.docs / 'conf.py'}:1: WARNING: nothing is run, as no Dask")
    assert "no Dask scheduler answers at '127.0.0.1:1'" in build.stderr
    assert build.stderr.count("WARNING") == 1
    assert "Traceback" not in build.stderr
    assert "✓" not in site.html("index").find("details").text
