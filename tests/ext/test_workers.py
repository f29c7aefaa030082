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
    assert build.stderr == f"{site.docs / 'conf.py'}:1: WARNING: {expected} [eqtest.config]\n"
    assert site.html("index").find("details") is not None


WITHOUT_MEANING = {
    "eqtest_timeout": -1,
    "eqtest_memory_limit": 0,
    "eqtest_trials": 0,
    "eqtest_rtol": -1.0,
    "eqtest_max_cases": "many",
    "eqtest_min_coverage": 6,
    "eqtest_symbols": {"y": 3},
    "eqtest_macros": {"R": 3, "S": ["one"], "half": [r"\\frac{#1}{2}", 1]},
    "mathjax3_config": {"tex": {"macros": {"T": 3}}},
}


def test_values_without_meaning_are_said_and_the_defaults_taken(site):
    before = (site.docs / "conf.py").read_text("utf-8")
    lines = [f"{name} = {value!r}\n" for name, value in WITHOUT_MEANING.items()]
    site.replace("conf.py", "numfig = True\n", "".join([*lines, "numfig = True\n"]))
    build = site.build("-D", "eqtest_mode=force")
    places = {name: f"{site.docs / 'conf.py'}:{site.line('conf.py', name)}: " for name in WITHOUT_MEANING}
    site.write("conf.py", before)
    messages = {name: [] for name in WITHOUT_MEANING}
    for line in build.stderr.splitlines():
        if line.endswith("[eqtest.config]"):
            name = next(name for name in WITHOUT_MEANING if f": WARNING: {name} " in line)
            assert line.startswith(places[name])
            messages[name].append(line)
    said = "expected a positive number; the default is taken"
    assert f"eqtest_timeout is -1, {said}" in messages["eqtest_timeout"][0]
    assert f"eqtest_memory_limit is 0, {said}" in messages["eqtest_memory_limit"][0]
    assert "'many', expected an integer of at least 1; the default is taken" in messages["eqtest_max_cases"][0]
    assert "has 3 for 'y', expected a Python expression as a string; it is left out" in messages["eqtest_symbols"][0]
    assert [len(each) for each in messages.values()] == [1, 1, 1, 1, 1, 1, 1, 2, 0]
    assert "Traceback" not in build.stderr
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
