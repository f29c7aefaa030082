"""What a build says while it runs, and what remains of one that is stopped."""

import os
import signal
import time
from pathlib import Path

import pytest

PAGE = """
Home
====

.. torch:: quick

   print("done")

.. torch:: slow

   import os, pathlib, subprocess, time
   child = subprocess.Popen(["sleep", "1000"])
   pathlib.Path({pids!r}).write_text(f"{{os.getppid()}} {{os.getpid()}} {{child.pid}}")
   time.sleep(1000)
"""


@pytest.fixture
def site(make_site):
    site = make_site()
    site.write("index.rst", PAGE.format(pids=str(site.root / "pids")))
    return site


def gone(pid):
    try:
        os.kill(pid, 0)
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return True


def test_what_takes_long_is_named_and_an_interrupted_build_leaves_its_results_but_no_process(site):
    build = site.start()
    awaited = ["index: snippet slow: still running after 5 s", "index: snippet quick"]
    while awaited:  # on a busy machine either may come first
        line = build.stdout.readline()
        assert line, build.stderr.read()
        awaited = [text for text in awaited if text not in line]

    build.send_signal(signal.SIGINT)
    start = time.monotonic()
    rest, warnings = build.communicate(timeout=60)
    assert time.monotonic() - start < 5
    assert build.returncode != 0
    assert ("Interrupted!" in rest + warnings, "Traceback" in warnings) == (True, False)
    pids = [int(pid) for pid in (site.root / "pids").read_text().split()]
    assert len(pids) == 3
    deadline = time.monotonic() + 5
    while not all(map(gone, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    site.replace("index.rst", "time.sleep(1000)", "")
    assert "snippet quick: from the cache" in site.build("-v", "-W").stdout
