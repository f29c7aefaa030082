"""The store: what must hit, what must miss and why, and that nothing that is wrong with it matters."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eqtest.execution.cache import Cache, Found
from eqtest.execution.cell import Cell, Failure, Outcome
from eqtest.execution.digest import file_digest
from eqtest.execution.fingerprint import Fingerprint, fingerprint
from eqtest.execution.jobs import CheckFormula, DrawNetwork, Job, RunCells
from eqtest.options import CheckOptions
from eqtest.report import Report

CODE = """\
import torch

def f(x):
    return (x +
            1)  # a comment
f(2)
"""
A, B = Cell("a", CODE), Cell("b", "f(3)")
OUTCOME = Outcome("a", value="3")
CHECK = CheckFormula("y = x", (A, B), CheckOptions(where="N in 1..3"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", tmp_path)


def ask(job: Job, name: str = "snippet a") -> Fingerprint:
    return fingerprint(name, job)


def run(code: str = CODE, **fields: Any) -> Fingerprint:
    return ask(RunCells((replace(A, code=code, **fields),)))


def test_a_result_is_found_again_by_another_process_in_another_checkout(tmp_path: Path) -> None:
    Cache(tmp_path / "here" / "cache", tmp_path / "here").keep(run(), OUTCOME)
    (tmp_path / "here").rename(tmp_path / "there")
    assert Cache(tmp_path / "there" / "cache", tmp_path / "there").find(run()).result == OUTCOME


def test_a_result_that_does_not_last_is_not_found_but_tells_why(cache: Cache) -> None:
    killed = Outcome("a", failure=Failure("killed", "killed by SIGKILL", "page.rst", 3))
    cache.keep(run(), killed, lasting=False)
    assert cache.find(run()) == Found(None, "its last run came to nothing that lasts")
    assert cache.find(run("y = 2")).why == "snippet a changed"
    cache.keep(run(), OUTCOME)
    assert cache.find(run()).result == OUTCOME


def test_nothing_is_written_before_there_is_something_to_keep(cache: Cache, tmp_path: Path) -> None:
    assert (cache.find(run()).result, cache.find(run()).why) == (None, "first time")
    cache.trim()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("# a comment", "# another one"),
        "# on top\n\n" + CODE,
        CODE.replace("    return", "        return"),
        CODE.replace("(x +\n            1)", "(x + 1)"),
        CODE.replace("(2)", "( 2 )"),
    ],
)
def test_layout_and_comments_do_not_count(cache: Cache, code: str) -> None:
    assert code != CODE
    cache.keep(run(), OUTCOME)
    assert cache.find(run(code)).result == OUTCOME


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("1)", "2)"),
        CODE.replace("f(2)", "f(2); f(3)"),
        CODE.replace("f(2)\n", ""),
        CODE.replace("\nf(2)", "\n    f(2)"),
        CODE.replace("(x +\n            1)", "x"),
        "'a text'\n" + CODE,
        "not Python",
    ],
)
def test_code_counts(cache: Cache, code: str) -> None:
    cache.keep(run(), OUTCOME)
    assert cache.find(run(code)).why == "snippet a changed"


def test_limits_of_time_do_not_count(cache: Cache) -> None:
    cache.keep(run(), OUTCOME)
    assert cache.find(run(timeout=5.0)).result == OUTCOME


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (run(params=(("N", 3),)), "snippet a changed"),
        (run(raises="ValueError"), "snippet a changed"),
        (run(files=(("data.csv", "sha256:1"),)), "data.csv added"),
        (ask(RunCells((B, A))), "snippet b added"),
        (run(memory_limit=2), f"memory limit {A.memory_limit} -> 2"),
        (ask(RunCells((A,)), name="snippet other"), "first time"),
    ],
)
def test_what_else_counts_for_a_snippet(cache: Cache, asked: Fingerprint, why: str) -> None:
    cache.keep(run(), OUTCOME)
    assert (cache.find(asked).result, cache.find(asked).why) == (None, why)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (replace(CHECK, latex="y = 2 x"), "formula changed"),
        (replace(CHECK, options=CheckOptions(where="N in 1..4")), "options changed"),
        (replace(CHECK, options=CheckOptions(where="N in 1..3", rtol=1e-6)), "options changed"),
        (replace(CHECK, cells=(A, replace(B, code="f(4)"))), "snippet b changed"),
        (replace(CHECK, cells=(A,)), "snippet b left out"),
        (replace(CHECK, cells=(B, A)), "the order of its snippets changed"),
        (DrawNetwork(((A,), (B,))), "options changed, formula left out"),
    ],
)
def test_what_counts_for_an_equation(cache: Cache, job: Job, why: str) -> None:
    report = Report("y = x", ())
    cache.keep(ask(CHECK), report)
    assert cache.find(ask(CHECK)).result == report
    assert (cache.find(ask(job)).result, cache.find(ask(job)).why) == (None, why)


def test_panels_and_options_of_drawings_count() -> None:
    jobs = DrawNetwork(((A,), (B,))), DrawNetwork(((A, B),)), DrawNetwork(((A,), (B,)), hide=("x",))
    assert len({ask(job).digest for job in jobs}) == len(jobs)


@pytest.mark.parametrize("library", ["torch", "numpy", "matplotlib", "Python", "eqtest"])
def test_versions_count(cache: Cache, library: str) -> None:
    now = run()
    before = replace(now, parts=tuple((name, "0.1" if name == library else each) for name, each in now.parts))
    assert before != now
    cache.keep(before, OUTCOME)
    assert cache.find(now).why == f"{library} 0.1 -> {dict(now.parts)[library]}"


def test_imported_modules_count(tmp_path: Path) -> None:
    helper = tmp_path / "helper.py"
    for text in ("x = 1", "x = 2"):
        helper.write_text(text)
        cache = Cache(tmp_path / "cache", tmp_path)
        why = cache.find(run()).why
        cache.keep(run(), Outcome("a", value=text), [(str(helper), file_digest(helper))])
    assert why == "helper.py changed"
    assert Cache(tmp_path / "cache", tmp_path).find(run()).result == Outcome("a", value="x = 2")
    helper.write_text("x = 1")  # as it once was
    assert Cache(tmp_path / "cache", tmp_path).find(run()).result == Outcome("a", value="x = 1")
    helper.unlink()
    assert Cache(tmp_path / "cache", tmp_path).find(run()).result is None


def test_a_failure_belongs_to_the_text_because_it_names_lines(cache: Cache) -> None:
    failing = Outcome("a", failure=Failure("exception", "NameError", "a", 1))
    cache.keep(run(), failing)
    assert cache.find(run()).result == failing
    assert cache.find(run("\n" + CODE)).why == "its text changed"


DAMAGE = {
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda _text: "",
    "changed": lambda text: text.replace('"3"', '"4"'),
    "foreign": lambda _text: "import os\nos.abort()\n",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_entry_is_a_miss_once(cache: Cache, tmp_path: Path, kind: str) -> None:
    cache.keep(run(), OUTCOME)
    (path,) = tmp_path.rglob("*.json")
    path.write_text(DAMAGE[kind](path.read_text()))
    assert (cache.find(run()).result, cache.find(run()).why) == (None, "first time")
    (trouble,) = cache.troubles
    assert str(path) in trouble
    cache.keep(run(), OUTCOME)
    assert cache.find(run()).result == OUTCOME


def test_an_entry_of_other_bytes_or_of_other_shape_is_a_miss(cache: Cache, tmp_path: Path) -> None:
    for content in (b"\xff\xfe", b"[]", b'{"parts": 3}', b"[" * 100_000):
        cache.keep(run(), OUTCOME)
        (path,) = tmp_path.rglob("*.json")
        path.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        assert cache.find(run()).result is None
    assert len(cache.troubles) == 4


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file", tmp_path)
    cache.keep(run(), OUTCOME)
    assert cache.find(run()).result is None
    assert "cannot be kept" in cache.troubles[0]


def test_the_size_is_bounded_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    asked = [run(f"{number}") for number in range(5)]
    for number, each in enumerate(asked):
        before = set(root.rglob("*.json"))
        Cache(root, tmp_path).keep(each, Outcome("a", stdout="x" * 10_000))
        (path,) = set(root.rglob("*.json")) - before
        os.utime(path, (number, number))
    assert Cache(root, tmp_path).find(asked[0]).result  # used just now
    small = Cache(root, tmp_path, size_limit=25_000)
    small.trim()
    assert [small.find(each).result is not None for each in asked] == [True, False, False, False, True]


def hammer(folder: str, turns: int) -> None:
    for turn in range(turns):
        cache = Cache(Path(folder), Path(folder), size_limit=20_000)
        for number in range(4):
            found = cache.find(run(f"{number}")).result
            assert found in (None, Outcome("a", stdout=str(number) * 5000))
            cache.keep(run(f"{number}"), Outcome("a", stdout=str(number) * 5000))
        cache.trim()
        assert cache.troubles == [], turn


def test_several_builds_share_a_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=hammer, args=(str(tmp_path), 60)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_what_a_killed_build_left_behind_goes_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path, tmp_path, size_limit=0)
    cache.keep(run(), OUTCOME)
    (entry,) = tmp_path.rglob("*.json")
    young, old = entry.with_name("young.tmp"), entry.with_name("old.tmp")
    for path in (young, old):
        path.write_text("{")
    os.utime(old, (0, 0))
    cache.trim()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [young]  # another build may be writing it
