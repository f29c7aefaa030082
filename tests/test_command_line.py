"""``python -m eqtest``: exit status, JSON, and files that are not there."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import RESIDUAL
from eqtest.__main__ import main

TRUE = r"\frac{\partial s_n}{\partial s_{n-1}} = \frac{\partial h_n}{\partial s_{n-1}} + 1"
FALSE = r"\frac{\partial s_n}{\partial s_{n-1}} = \frac{\partial h_n}{\partial s_{n-1}}"
VACUOUS = r"\frac{\partial h_1}{\partial w_3} = 0"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """``run(latex, *options)`` -> exit status, standard output, standard error."""

    def run(latex: str, *options: str) -> tuple[int, str, str]:
        (tmp_path / "formula.tex").write_text(latex, "utf-8")
        (tmp_path / "net.py").write_text(RESIDUAL, "utf-8")
        arguments = [str(tmp_path / "formula.tex"), "--snippet", str(tmp_path / "net.py"), *options]
        code = main(arguments)
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


@pytest.mark.parametrize(
    ("latex", "options", "code"),
    [
        (TRUE, ("--where", "n in 1..3"), 0),
        (FALSE, ("--where", "n in 1..3"), 1),
        (FALSE, ("--where", "n in 1..3", "--expect", "fails"), 0),
        (TRUE, ("--where", "n in 1..3", "--expect", "fails"), 1),
        (VACUOUS, (), 1),
        (r"s_m = s_1", (), 2),
        (r"\foo = 1", (), 2),
        ("y = q", (), 2),
        (TRUE, ("--where", "n in 3..1"), 2),
        (TRUE, ("--where", "n in 7..8"), 2),
        (TRUE, ("--where", "n in 1..3", "--rtol", "7"), 2),
        (TRUE, ("--symbol", "nonsense"), 2),
        (r"{\cal S}_1 = s_1 + 0", ("--symbol", r"{\cal S}_<l>: s[l]"), 0),
    ],
)
def test_exit_status(run, latex: str, options: tuple[str, ...], code: int) -> None:  # type: ignore[no-untyped-def]
    found, out, err = run(latex, *options)
    assert found == code, out + err
    assert out or err


def test_what_is_printed(run) -> None:  # type: ignore[no-untyped-def]
    _, out, err = run(FALSE, "--where", "n in 1..3")
    assert out.startswith("fails")
    assert "repair:" in out
    assert err == ""


def test_json(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(TRUE, "--where", "n in 1..3", "--json", "--trials", "1")
    data = json.loads(out)
    assert (code, data["status"], data["assignments"]) == (0, "holds", 3)
    code, out, _ = run(r"\foo", "--json")
    assert (code, json.loads(out)["status"]) == (2, "error")


@pytest.mark.parametrize("missing", ["formula", "snippet"])
def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    there, absent = tmp_path / "there", tmp_path / "absent.tex"
    there.write_text("a = 1")
    formula, snippet = (absent, there) if missing == "formula" else (there, absent)
    assert main([str(formula), "--snippet", str(snippet)]) == 2
    err = capsys.readouterr().err
    assert "absent.tex" in err
    assert "Traceback" not in err


def test_a_file_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f").write_bytes(b"\xff\xfe")
    assert main([str(tmp_path / "f"), "--snippet", str(tmp_path / "f")]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["f.tex"], ["f.tex", "--snippet", "n.py", "--layout", "sideways"]])
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m eqtest" in capsys.readouterr().err


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.py").write_text("a, b = 1.0, 1.0")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a = b"))
    assert main(["-", "--snippet", str(tmp_path / "net.py")]) == 0
    assert capsys.readouterr().out.startswith("holds")


def test_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(RESIDUAL)
    (tmp_path / "formula.tex").write_text(FALSE)
    source = Path(__file__).parents[1] / "src"
    command = [sys.executable, "-m", "eqtest", "formula.tex", "--snippet", "net.py", "--where", "n = 2"]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "row 1 (line 1): fails" in done.stdout
