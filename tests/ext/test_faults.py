"""Whatever a snippet does, it costs one warning at its line, and no other page anything."""

import re

import pytest
from small_site import NET, TRUE, warnings

OVERDUE = r"still running after 1.5 s \(':timeout:' gives it more\)"
FAULTS = {
    "loops": ("while True: pass", "timeout", OVERDUE),
    "loops-in-c": ("import re; re.match('(a+)+$', 'a' * 60 + 'b')", "timeout", OVERDUE),
    "keeps-the-lock": ("import ctypes; ctypes.PyDLL(None).sleep(1000)", "timeout", OVERDUE),
    "sleeps": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout", OVERDUE),
    "prints": ("while True: print('more')", "timeout", OVERDUE),
    "eats": ("x = bytearray(10**10)", "snippet", r"MemoryError \(the memory limit is 477 MiB\)"),
    "eats-as-tensor": ("import torch; torch.ones(10**9)", "snippet", "RuntimeError: .* can't allocate memory: .*"),
    "leaves": ("import os; os._exit(3)", "snippet", "exited with code 3"),
    "exits": ("import sys; sys.exit(3)", "snippet", "SystemExit: 3"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "snippet", "killed by SIGSEGV"),
    "kills": ("import os; os.kill(0, 9)", "snippet", r"killed by SIGKILL \(out of memory\?\)"),
    "kills-parent": ("import os; os.kill(os.getppid(), 9)", "snippet", "the worker .*"),
    "multiplies": ("import os; [os.fork() for _ in range(20)]", "snippet", r"killed when it had \d+ processes"),
    "writes": ("import os; os.write(1, b'noise')", "snippet", "'noise' was written by C code .*"),
    "threads": ("import threading as t; t.Thread(target=t.Event().wait).start()", "snippet", "leaves the thread .*"),
    "asks": ("input()", "snippet", r"EOFError: EOF when reading a line \(there is nobody to answer input\(\)\)"),
    "interrupts": ("raise KeyboardInterrupt", "snippet", "KeyboardInterrupt"),
}
LIMITS = """
   :timeout: {timeout}
   :memory-limit: 500 MB
"""


def snippet(name, code, subtype, _message):
    """Only what has to run over its time has little of it: a busy machine may need more for the others."""
    limits = LIMITS.format(timeout=1.5 if subtype == "timeout" else 60)
    return f".. torch:: {name}{limits}\n   {code}  # {name}\n\n"


@pytest.fixture(scope="module")
def site(make_site):
    """Two builds: in the second nothing has changed."""
    site = make_site()
    check = f".. math:: {TRUE}\n   :label: equ-1\n\n.. eqtest:: equ-1\n   :snippet: net\n"
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   faults\n\n", NET.format(name="net"), check)
    snippets = [snippet(name, *fault) for name, fault in FAULTS.items()]
    site.write("faults.rst", "Faults\n======\n\n", *snippets, ".. torch:: after\n\n   print('still there')\n")
    site.first = site.build("-W", "--keep-going")
    site.second = site.build("-W", "--keep-going")
    return site


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("build", ["first", "second"])
def test_a_fault_is_one_warning_at_its_line(site, build, name):
    _code, subtype, message = FAULTS[name]
    found = [each for each in warnings(getattr(site, build).stderr) if f"snippet {name}:" in each]
    place = f"{site.docs / 'faults.rst'}:{site.line('faults.rst', f'  # {name}')}: WARNING: "
    assert len(found) == 1
    assert re.fullmatch(rf"{re.escape(place)}snippet {name}: {message} \[eqtest.{subtype}\]", found[0].split("\n\n")[0])


def test_nothing_else_is_said_and_both_builds_are_red(site):
    for build in site.first, site.second:
        assert (build.returncode, build.stderr.count("WARNING")) == (1, len(FAULTS))
        assert "Traceback" not in build.stderr


def test_the_other_snippets_and_pages_are_as_ever(site):
    assert "✓" in site.html("index").find("details").text
    assert "still there" in site.html("faults").get_text()
