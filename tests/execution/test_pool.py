"""Jobs in processes of their own: each fault is provoked, and comes back as a result."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eqtest.errors import SnippetError
from eqtest.execution.cell import Cell, Failure, Outcome
from eqtest.execution.fault import JobError
from eqtest.execution.jobs import CheckFormula, DrawNetwork, RunCells, perform
from eqtest.execution.pool import Pool
from eqtest.options import CheckOptions
from processes import gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "docs/残差单元.rst"
HANGS = "import time\n\ndef hang():\n    time.sleep(1000)\nhang()"
NET = "import torch\nx = torch.randn(3, requires_grad=True)\ny = torch.tanh(x)\nz = 2 * y"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(max_workers=1) as shared:  # one worker, so that what one job left behind would meet the next
        yield shared


def cell(code: str, name: str = "a", line: int = 11, **options: object) -> Cell:
    return Cell(name, code, PAGE, line, **options)  # type: ignore[arg-type]


def run(pool: Pool, *cells: Cell) -> tuple[Outcome, ...]:
    return pool.submit(perform, RunCells(cells)).result()


def failure(pool: Pool, code: str, **options: object) -> Failure:
    (found,) = run(pool, cell(code, **options))
    assert found.failure is not None
    return found.failure


def test_a_chain_is_run(pool: Pool) -> None:
    first, second = run(pool, cell("x = 2\nprint('hi')"), cell("x + 1", "b"))
    assert (first.name, first.stdout, second.name, second.value) == ("a", "hi\n", "b", "3")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("x = 1\nwhile True:\n    pass", (12, 13)),
        (HANGS, (14,)),
        ("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", (14,)),
        ("import threading, time\nt = threading.Thread(target=time.sleep, args=(1000,))\nt.start()\nt.join()", (14,)),
        ("import ctypes\n\nctypes.PyDLL(None).sleep(1000)", (13,)),  # holds the interpreter's lock
    ],
    ids=["loop", "sleep", "lock", "thread", "c"],
)
def test_a_hang_ends_at_its_line(pool: Pool, code: str, line: tuple[int, ...]) -> None:
    found = failure(pool, code, timeout=0.7)
    assert (found.kind, found.message, found.path) == ("timeout", "still running after 0.7 s", PAGE)
    assert found.line in line


def test_a_hang_that_stops_its_own_clock_ends_too(pool: Pool) -> None:
    code = "import faulthandler, time\nfaulthandler.cancel_dump_traceback_later()\ntime.sleep(1000)"
    found = failure(pool, code, timeout=0.2)
    assert (found.kind, found.line) == ("timeout", 11)


def test_a_snippet_that_swallows_everything_ends_too(pool: Pool) -> None:
    code = "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
    assert failure(pool, code, timeout=0.5).kind == "timeout"


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("import os\nos._exit(3)", "exited with code 3", 11),
        ("import os\nos._exit(0)", "exited with code 0", 11),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL (out of memory?)", 11),
        ("import ctypes\ndef f():\n    ctypes.string_at(0)\nf()", "killed by SIGSEGV", 13),
        ("import os\nos.abort()", "killed by SIGABRT", 12),
    ],
)
def test_a_vanished_process_says_how(pool: Pool, code: str, message: str, line: int) -> None:
    found = failure(pool, code)
    assert (found.kind, found.message, found.path, found.line) == ("killed", message, PAGE, line)


def test_a_fork_bomb_is_stopped_at_its_line(pool: Pool) -> None:
    start = time.monotonic()
    found = failure(pool, "import os, time\n\nwhile os.fork():\n    pass\ntime.sleep(1000)")
    assert time.monotonic() - start < 30  # of the 60 that it would be allowed
    assert re.fullmatch(r"killed when it had \d+ processes", found.message)
    assert (found.kind, found.line) == ("killed", 13)
    assert run(pool, cell("1"))[0].value == "1"


def test_many_processes_are_allowed(pool: Pool) -> None:
    code = (
        "import subprocess\nall = [subprocess.Popen(['sleep', '0.3']) for _ in range(64)]\nsum(p.wait() for p in all)"
    )
    assert run(pool, cell(code))[0].value == "0"


def test_a_fault_leaves_the_outcomes_of_the_cells_before_it(pool: Pool) -> None:
    cells = cell("print('ran')\n1", "up"), cell("import os\nos._exit(1)", "mid", 21), cell("2", "down", 31)
    up, mid, down = run(pool, *cells)
    assert (up.stdout, up.value, up.failure) == ("ran\n", "1", None)
    assert mid.failure is not None
    assert (mid.failure.kind, mid.failure.line) == ("killed", 21)
    assert down.failure is not None
    assert (down.failure.kind, down.failure.line) == ("upstream", 31)
    assert "'mid'" in down.failure.message


def test_each_cell_of_a_chain_has_its_own_time_limit(pool: Pool) -> None:
    start = time.monotonic()
    up, down = run(pool, cell("import time\ntime.sleep(0.5)", "up"), cell(HANGS, "down", 21, timeout=0.3))
    assert time.monotonic() - start < 50  # the limit of the cell above is 60
    assert up.failure is None
    assert down.failure is not None
    assert (down.failure.message, down.failure.line) == ("still running after 0.3 s", 24)


@pytest.mark.parametrize(
    ("code", "message"),
    [("\nx = bytearray(10**11)", "MemoryError"), ("import torch\ntorch.empty(10**11)", "can't allocate memory")],
)
def test_memory_is_limited(pool: Pool, code: str, message: str) -> None:
    found = failure(pool, code)
    assert message in found.message
    assert found.line == 12


def test_each_cell_of_a_chain_has_its_own_memory_limit(pool: Pool) -> None:
    hungry = "x = bytearray(3 * 10**8)\nlen(x)"
    small, large = cell(hungry, memory_limit=2**27), cell(hungry, "b", 21, memory_limit=2**30)
    (refused,) = run(pool, small)
    assert refused.failure is not None
    assert refused.failure.message == "MemoryError (the memory limit is 128 MiB)"
    before, after = run(pool, cell("1", memory_limit=2**27), large)
    assert (before.value, after.value) == ("1", "300000000")
    assert run(pool, large, replace(small, name="c"))[1].failure is not None


def test_torch_works_below_the_memory_limit(pool: Pool) -> None:
    (found,) = run(pool, cell("import torch\nx = torch.ones(2**27)\n(x @ x).item()"))  # a gigabyte
    assert found.value == str(float(2**27))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys\nsys.exit(2)", "SystemExit: 2"),
        ("\ninput()", "EOFError: EOF when reading a line (there is nobody to answer input())"),
        ("\nraise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_what_would_end_or_stop_a_script_is_an_exception_of_the_cell(pool: Pool, code: str, message: str) -> None:
    found = failure(pool, code)
    assert (found.kind, found.message, found.line) == ("exception", message, 12)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import ctypes\nctypes.CDLL(None).puts(b'noise')", "noise"),
        ("import os\nos.write(1, b'more\\nnoise')", "more noise"),
        ("import subprocess\nsubprocess.run(['echo', 'noise'])", "noise"),
        ("import sys\nprint('noise', file=sys.__stdout__)", "noise"),
        ("import os\nos.system('yes | head -c 10000000')", "y y y"),
    ],
)
def test_output_past_python_is_a_failure(pool: Pool, code: str, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = failure(pool, code)
    assert found.kind == "stray"
    assert found.message.startswith(f"'{text}")
    assert found.message.endswith("was written by C code or another process, past sys.stdout: capture it, and print it")
    assert "noise" not in "".join(capfd.readouterr())


THREAD = (
    "import threading, time\ndef work():\n    time.sleep({})\nthread = threading.Thread(target=work{})\nthread.start()"
)


def test_a_thread_that_is_left_running_is_a_failure_at_its_line(pool: Pool) -> None:
    found = failure(pool, THREAD.format(1000, ""))
    assert found.message == "leaves the thread 'Thread-1 (work)' running: join it, or make it a daemon"
    assert (found.kind, found.line) == ("stray", 13)


@pytest.mark.parametrize("code", [THREAD.format(0.2, ""), THREAD.format(1000, ", daemon=True")])
def test_a_thread_that_nobody_would_wait_for_is_none(pool: Pool, code: str) -> None:
    assert run(pool, cell(code))[0].failure is None


def test_output_past_python_does_not_reach_the_protocol(pool: Pool) -> None:
    code = """
import ctypes, os, subprocess, sys
for descriptor in range(10):
    try:
        os.write(descriptor, b"noise" * 100)
    except OSError:
        pass
ctypes.CDLL(None).puts(b"noise")
print("noise", file=sys.__stdout__, flush=True)
subprocess.run(["echo", "noise"])
print("heard")
"""
    assert run(pool, cell(code))[0].stdout == "heard\n"
    assert run(pool, cell("1"))[0].value == "1"


@pytest.mark.parametrize(
    ("damage", "look"),
    [
        ("leaked = 1", "'leaked' in globals()"),
        ("import os; os.chdir('/')", "import os\nos.getcwd() == '/'"),
        ("import os; os.environ['LEAK'] = '1'", "import os\n'LEAK' in os.environ"),
        ("import math; math.pi = 3", "import math\nmath.pi == 3"),
        ("import torch; torch.set_default_dtype(torch.float32)", "import torch\ntorch.zeros(1).dtype == torch.float32"),
        ("import torch; torch.manual_seed(7); x = torch.rand(1)", "import torch\ntorch.initial_seed() == 7"),
        ("import random; random.seed(7)", "import random\nrandom.getstate() == random.Random(7).getstate()"),
        ("import numpy as n; n.random.seed(7)", "import numpy as n\nbool(n.random.get_state()[1][0] == 7)"),
        ("import warnings; warnings.simplefilter('error')", "import warnings\nwarnings.filters[0][0] == 'error'"),
        ("import sys; sys.setrecursionlimit(77_777)", "import sys\nsys.getrecursionlimit() == 77_777"),
        ("import matplotlib as m; m.rcParams['font.size'] = 7", "import matplotlib as m\nm.rcParams['font.size'] == 7"),
        ("import matplotlib.pyplot as p; p.ion()", "import matplotlib.pyplot as p\np.isinteractive()"),
    ],
)
def test_a_job_leaves_no_trace(pool: Pool, damage: str, look: str) -> None:
    same, other = run(pool, cell(damage), cell(look)), run(pool, cell(look))
    assert [each[-1].value for each in (same, other)] == ["True", "False"]


@pytest.mark.parametrize("options", ["", ", start_new_session=True"])
def test_a_job_of_which_children_remain_has_its_result_and_they_are_killed(pool: Pool, options: str) -> None:
    sleep = f"subprocess.Popen(['sh', '-c', 'sleep 1000 & echo $!; sleep 1000'], stdout=subprocess.PIPE{options})"
    code = f"import subprocess\nchild = {sleep}\nchild.pid, int(child.stdout.readline())"
    assert all(gone(int(pid), 5) for pid in run(pool, cell(code))[0].value.strip("()").split(", "))


def test_a_job_that_kills_its_worker_ends_with_it(tmp_path: Path) -> None:
    code = f"import os, pathlib\npathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
    with Pool(max_workers=1) as single:
        assert failure(single, code + "os.kill(os.getppid(), 9)\nwhile True: pass").kind == "killed"
    assert gone(int((tmp_path / "pid").read_text()), 5)


def test_waiting_jobs_run_side_by_side(tmp_path: Path) -> None:
    meet = """
import pathlib, time
pathlib.Path({folder!r}, {mine!r}).touch()
while not pathlib.Path({folder!r}, {other!r}).exists():
    time.sleep(0.01)
"""
    codes = [meet.format(folder=str(tmp_path), mine=mine, other=other) for mine, other in ("ab", "ba")]
    with Pool(max_workers=2) as pair:
        outcomes = list(pair.map(perform, [RunCells((cell(code),)) for code in codes]))
    assert [each[0].failure for each in outcomes] == [None, None]


def test_large_jobs_and_results_pass(pool: Pool) -> None:
    text = "é" * 3_000_000
    assert pool.submit(str.upper, text).result() == text.upper()


def test_a_worker_that_was_killed_is_replaced() -> None:
    with Pool(max_workers=1) as single:
        worker = int(run(single, cell("import os\nos.getppid()"))[0].value)
        os.kill(worker, 9)
        assert gone(worker)
        assert run(single, cell("1"))[0].value == "1"
        during = run(single, cell("import os\nos.kill(os.getppid(), 9)\nimport time\ntime.sleep(1000)", timeout=5))[0]
        assert during.failure is not None
        assert during.failure.kind == "killed"
        assert run(single, cell("2"))[0].value == "2"


def test_a_formula_is_checked_in_a_worker(pool: Pool) -> None:
    latex = r"\frac{\partial z}{\partial x} = \frac{\partial z}{\partial y} \frac{\partial y}{\partial x}"
    jobs = [CheckFormula(text, (cell(NET),), CheckOptions()) for text in (latex, latex.replace("= ", "= 2 "))]
    assert [pool.submit(perform, job).result().status for job in jobs] == ["holds", "fails"]


@pytest.mark.parametrize(
    ("code", "subtype", "message"),
    [
        (HANGS, "timeout", f"still running after 1 s ({PAGE}:14)"),
        ("import os\nos._exit(3)", "snippet", f"exited with code 3 ({PAGE}:11)"),
    ],
)
def test_a_check_that_ends_in_a_fault_is_a_report(pool: Pool, code: str, subtype: str, message: str) -> None:
    job = CheckFormula("x = x", (cell(code, timeout=1),), CheckOptions(expect="fails"))
    report = pool.submit(perform, job).result()
    assert (report.status, report.ok, report.subtype, report.message) == ("error", False, subtype, message)


def test_a_network_is_drawn_in_a_worker(pool: Pool) -> None:
    drawing = pool.submit(perform, DrawNetwork(((cell(NET),),))).result()
    assert "<svg" in drawing.svg
    assert drawing.pdf.startswith(b"%PDF")


def test_a_network_that_cannot_be_drawn_is_an_error_with_its_place(pool: Pool) -> None:
    with pytest.raises(JobError, match="still running after 1 s") as caught:
        pool.submit(perform, DrawNetwork(((cell(HANGS, timeout=1),),))).result()
    assert (caught.value.kind, caught.value.path, caught.value.line) == ("timeout", PAGE, 14)
    with pytest.raises(SnippetError, match="ZeroDivisionError") as raised:
        pool.submit(perform, DrawNetwork(((cell("\n1 / 0"),),))).result()
    assert raised.value.line == 12


def test_exceptions_of_other_calls(pool: Pool) -> None:
    with pytest.raises(JobError, match="ValueError: math domain error") as caught:
        pool.submit(math.sqrt, -1).result()
    assert "Traceback" in caught.value.__notes__[0]
    with pytest.raises(JobError, match="killed by SIGABRT"):
        pool.submit(os.abort).result()


def test_a_call_that_cannot_be_sent_fails_alone(pool: Pool) -> None:
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        pool.submit(lambda: 1).result()
    assert pool.submit(pow, 2, 3).result() == 8


def test_without_fork_every_job_has_a_fresh_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\ndel os.fork\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    codes = [
        "import os, math\nmath.pi = 3\nhasattr(os, 'fork')",
        "import math\nmath.pi == 3",
        "import os\nos._exit(3)",
        "while True: pass",
    ]
    with Pool(max_workers=1) as spawning:
        forks, leaked, vanished, endless = (run(spawning, cell(code, timeout=1))[0] for code in codes)
        job = CheckFormula("y = x", (cell(NET),), CheckOptions())
        assert spawning.submit(perform, job).result().status == "fails"
    assert (forks.value, leaked.value) == ("False", "False")
    assert [each.failure and each.failure.message for each in (vanished, endless)] == [
        "exited with code 3",
        "still running after 1 s",
    ]


def test_the_caller_imports_no_torch_or_matplotlib() -> None:
    code = f"""
import sys
from eqtest.execution.cell import Cell
from eqtest.execution.jobs import *
from eqtest.execution.pool import Pool
from eqtest.options import CheckOptions
cell = Cell("a", {NET!r})
with Pool(1) as pool:
    jobs = RunCells((cell,)), CheckFormula("z = 2 y", (cell,), CheckOptions()), DrawNetwork(((cell,),))
    outcomes, report, drawing = pool.map(perform, jobs)
assert report.ok and drawing.svg, report
assert not {{"torch", "numpy", "matplotlib"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


NAMES = "'sympy', 'mat' + 'plotlib.pyplot', 'mat' + 'plotlib.backends.backend_pdf'"


@pytest.mark.parametrize(
    ("code", "plots", "loaded"),
    [
        ("", False, []),
        ("# matplotlib", False, ["matplotlib.pyplot"]),
        ("", True, ["matplotlib.pyplot", "matplotlib.backends.backend_pdf"]),
    ],
)
def test_a_worker_imports_what_a_snippet_needs(code: str, plots: bool, loaded: list[str]) -> None:
    imported = f"import sys\nprint([name for name in ({NAMES}) if name in sys.modules]) {code}"
    with Pool(1) as pool:
        (outcome,) = run(pool, cell(imported, plots=plots))
        assert outcome.stdout.strip() == str(loaded)


def test_what_a_snippet_turned_out_to_need_is_there_for_the_next() -> None:
    with Pool(1) as pool:
        run(pool, cell("import importlib\nimportlib.import_module('mat' + 'plotlib.pyplot')"))
        (after,) = run(pool, cell("import sys\nprint('mat' + 'plotlib.pyplot' in sys.modules)"))
        pool.submit(perform, CheckFormula("x = x", (cell(NET),), CheckOptions())).result()
        (last,) = run(pool, cell("import sys\nprint('sympy' in sys.modules)"))
    assert (after.stdout, last.stdout) == ("True\n", "True\n")
