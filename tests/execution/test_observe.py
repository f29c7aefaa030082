"""What is noted besides the result: the local modules, also those that could not be imported to their end."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eqtest.execution.cell import Cell
from eqtest.execution.digest import UNREADABLE
from eqtest.execution.jobs import DrawNetwork, RunCells, perform
from eqtest.execution.observe import Done, Refused, lasting, observe
from eqtest.execution.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    (tmp_path / "modules" / "package").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    with Pool(1) as started:
        yield started


def done(pool: Pool, code: str) -> Done:
    return pool.submit(observe, RunCells((Cell("a", code),))).result()


def found_there(noted: Done) -> dict[str, str]:
    """The files that were there, with their digests."""
    return {path: content for path, content in noted.files or () if content != UNREADABLE}


def test_local_modules_are_noted_with_their_content(pool: Pool, tmp_path: Path) -> None:
    texts = {"helper.py": "from package import part\n", "package/__init__.py": "", "package/part.py": "x = 1\n"}
    for name, text in texts.items():
        (tmp_path / "modules" / name).write_text(text)
    found = done(pool, "import helper, json, torch, wave\nhelper.part.x")
    assert found.result[0].value == "1"
    digests = {name: "sha256:" + hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    assert found_there(found) == {str(tmp_path / "modules" / name): each for name, each in digests.items()}


@pytest.mark.parametrize("text", ["1 / 0", "def f(:", "import torch; raise ImportError"])
def test_a_module_that_raises_is_noted(pool: Pool, tmp_path: Path, text: str) -> None:
    (tmp_path / "modules" / "helper.py").write_text(text)
    found = done(pool, "import helper")
    assert found.result[0].failure
    assert list(found_there(found)) == [str(tmp_path / "modules" / "helper.py")]


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("try: import late\nexcept ImportError: pass", {"late.py", "late/__init__.py"}),
        ("import wave", {"wave.py", "wave/__init__.py"}),  # of the standard library, unless there is one here
        ("import helper", {"helper/__init__.py"}),
        ("import package.part", {"package/part/__init__.py"}),
    ],
)
def test_what_would_be_imported_instead_is_noted(pool: Pool, tmp_path: Path, code: str, absent: set[str]) -> None:
    modules = tmp_path / "modules"
    for name in "helper.py", "package/__init__.py", "package/part.py":
        (modules / name).touch()
    noted = [Path(path) for path, content in done(pool, code).files or () if content == UNREADABLE]
    assert {path.relative_to(modules).as_posix() for path in noted if path.is_relative_to(modules)} >= absent
    assert modules / "helper.py" not in noted


READS = """
import pathlib
folder = pathlib.Path(__file__).parent
value = (folder / "data.csv").read_text() + (folder / "below" / "more.txt").read_bytes().decode()
(folder / "left.txt").write_text("of this run")
(folder / "left.txt").read_text()
pathlib.Path("/proc/self/stat").read_text()
try:
    (folder / "late.txt").read_text()
except FileNotFoundError:
    pass
"""


def test_what_a_module_reads_from_its_folder_is_noted(pool: Pool, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    (modules / "below").mkdir()
    texts = {"helper.py": READS, "data.csv": "1,", "below/more.txt": "2"}
    for name, text in {**texts, "unread.csv": "3"}.items():
        (modules / name).write_text(text)
    found = done(pool, "import helper\nhelper.value")
    assert found.result[0].value == "'1,2'"
    digests = {name: "sha256:" + hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    assert found_there(found) == {str(modules / name): each for name, each in digests.items()}
    assert dict(found.files or ())[str(modules / "late.txt")] == UNREADABLE


def test_a_module_is_read_afresh_by_every_job(pool: Pool, tmp_path: Path) -> None:
    for value in "123":  # the same size, within a second: bytecode would be taken for current
        (tmp_path / "modules" / "helper.py").write_text(f"x = {value}")
        assert done(pool, "import helper\nhelper.x").result[0].value == value


def test_what_another_file_would_mend_does_not_last(pool: Pool) -> None:
    missing, opened, wrong = (
        done(pool, code).result[0] for code in ("import helper", "open('data.csv')", "import json; json.nothing")
    )
    assert [lasting(each) for each in (missing, opened, wrong)] == [False, False, True]


def test_errors_are_refusals() -> None:
    found = observe(DrawNetwork(((Cell("a", "x = 1"),),)))
    assert isinstance(found.result, Refused)
    assert (found_there(found), lasting(found.result)) == ({}, True)


def test_nothing_of_it_remains() -> None:
    before = list(sys.meta_path)
    observe(RunCells((Cell("a", "x = 1"),)))
    assert sys.meta_path == before


def test_a_job_sees_the_files_that_it_declares_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    for name in "docs/seen.txt", "docs/data/seen.txt", "above.txt", "docs/unseen.txt", "docs/unseen.py":
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    code = "import pathlib\nread = lambda name: pathlib.Path(name).read_text()\n"
    files = tuple((name, "sha256:1") for name in ("seen.txt", "data/seen.txt", "../above.txt", "vanished.txt"))
    with Pool(1, folder=folder) as pool:
        seen = pool.submit(
            observe,
            RunCells(
                (
                    Cell(
                        "a",
                        code + "[*map(read, names)]".replace("names", str([name for name, _content in files[:3]])),
                        files=files,
                    ),
                )
            ),
        ).result()
        unseen, module = (done(pool, each).result[0] for each in ("open('unseen.txt')", "import unseen"))
    assert seen.result[0].value == "['docs/seen.txt', 'docs/data/seen.txt', 'above.txt']"
    assert found_there(seen) == {}  # they are part of the question
    assert "No such file or directory: 'unseen.txt'" in unseen.failure.message
    assert module.failure.message == "ModuleNotFoundError: No module named 'unseen'"


def test_what_a_job_writes_is_gone_when_it_is_over(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1")
    code = "import pathlib, tempfile\n{}\nprint(pathlib.Path().resolve(), tempfile.mkdtemp())"
    writes = code.format("for name in 'data.csv', 'left.txt': pathlib.Path(name).write_text('2')")
    cells = Cell("a", writes, files=(("data.csv", "sha256:1"),)), Cell("b", "import os\nos.listdir()")
    with Pool(1, folder=tmp_path) as pool:
        wrote, looked = pool.submit(perform, RunCells(cells)).result()
        (other,) = pool.submit(perform, RunCells(cells[1:])).result()
    assert looked.value in ("['data.csv', 'left.txt']", "['left.txt', 'data.csv']")
    assert other.value == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
    assert (tmp_path / "data.csv").read_text() == "1"
    assert not any(Path(path).exists() for path in wrote.stdout.split())
