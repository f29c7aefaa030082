"""``python -m eqtest PAGE``: one page, without a build of its site."""

import json
import os
import subprocess
import sys

import pytest
from small_site import FALSE, NET, TRUE

from eqtest.__main__ import main

RST = (
    NET.format(name="net")
    + f"""
.. math:: {TRUE}
   :label: equ-True

.. math::
   :label: equ-False

   {FALSE}

.. math:: a = b
   :label: equ-Unchecked

.. eqtest:: equ-True equ-False
   :snippet: net
"""
)

MARKDOWN = f"""# Page

```{{torch}} net
import torch
w = [torch.randn(3, 3, requires_grad=True) for _ in range(2)]
x = torch.randn(3, requires_grad=True)
h = torch.tanh(w[0] @ x)
y = torch.tanh(w[1] @ h)
L = y.square().sum() / 2
```

$$
{FALSE}
$$ (equ-False)

```{{eqtest}} equ-False
:snippet: net
```
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """``run(*arguments)`` in a folder of its own -> exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main([*arguments, "--timeout", "60"])
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def line_of(path, words):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_a_page_of_restructuredtext(run, tmp_path):
    page = tmp_path / "page.rst"
    page.write_text("Page\n====\n\n" + RST, encoding="utf-8")
    code, out, err = run("page.rst")
    assert (code, err) == (1, "")
    assert out.startswith(f"page.rst:{line_of(page, FALSE)}: equation equ-False fails: with ")
    assert "    3 tests\n    1 failure\n" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.rst"]


def test_one_label_and_a_diff_that_mends_the_page(run, tmp_path):
    page = tmp_path / "page.rst"
    page.write_text("Page\n====\n\n" + RST, encoding="utf-8")
    assert run("page.rst", "--label", "equ-True")[0] == 0
    _, diff, _ = run("page.rst", "--fix-preview")
    subprocess.run(["patch", "-p0"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    code, out, _ = run("page.rst")
    assert code == 0, out


def test_the_list_says_what_is_checked(run, tmp_path):
    page = tmp_path / "page.rst"
    page.write_text("Page\n====\n\n" + RST, encoding="utf-8")
    code, out, _ = run("page.rst", "--list")
    places = {words: line_of(page, words) for words in (TRUE, FALSE, "a = b")}
    assert code == 0
    assert out.splitlines() == [
        f"page.rst:{places[TRUE]}: equ-True (checked)",
        f"page.rst:{places[FALSE]}: equ-False (checked)",
        f"page.rst:{places['a = b']}: equ-Unchecked (not checked)",
    ]


def test_markdown_and_a_notebook_in_a_folder(run, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(MARKDOWN, encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": part.splitlines(keepends=True)}
        for number, part in enumerate(MARKDOWN.split("\n\n"))
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "docs" / "book.ipynb").write_text(json.dumps(book, indent=1), encoding="utf-8")
    for cell in cells:
        cell["source"] = "".join(cell["source"])  # which the format allows too
    (tmp_path / "docs" / "strings.ipynb").write_text(json.dumps(book, indent=1), encoding="utf-8")
    code, out, err = run("docs", "--format=json")
    assert (code, err) == (1, "")
    report = json.loads(out)
    failed = {(case["path"], case["line"]) for case in report["cases"] if case["subtype"] == "fails"}
    inside = json.dumps(FALSE)[1:-1]
    assert failed == {
        ("docs/page.md", line_of(tmp_path / "docs" / "page.md", FALSE)),
        ("docs/book.ipynb", line_of(tmp_path / "docs" / "book.ipynb", inside)),
        ("docs/strings.ipynb", line_of(tmp_path / "docs" / "strings.ipynb", inside)),
    }


def test_a_page_of_a_project_finds_what_stands_on_others(run, tmp_path):
    conf = 'extensions = ["sphinx_eqtest"]\neqtest_macros = {"half": r"\\frac{1}{2}"}\n'
    (tmp_path / "conf.py").write_text(conf, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    net = NET.format(name="net")
    (tmp_path / "docs" / "index.rst").write_text("Home\n====\n\n.. toctree::\n\n   one\n   two\n", encoding="utf-8")
    (tmp_path / "docs" / "one.rst").write_text(f"One\n===\n\n{net}\n.. torch:: bad\n\n   1 / 0\n", encoding="utf-8")
    page = "Two\n===\n\n.. math:: \\half L = L - \\half L\n   :label: a\n\n.. eqtest:: a\n   :snippet: net\n"
    (tmp_path / "docs" / "two.rst").write_text(page, encoding="utf-8")
    code, out, err = run("docs/two.rst")
    assert (code, err) == (0, ""), out


def test_what_cannot_be_checked_is_said(run, tmp_path):
    (tmp_path / "page.rst").write_text("Page\n====\n\n.. eqtest:: nowhere\n   :snippet: net\n", encoding="utf-8")
    code, out, _ = run("page.rst")
    assert code == 2
    message = "no equation has the label 'nowhere'; give it ':label: nowhere', or take the check away"
    assert out.startswith(f"page.rst:4: equation nowhere: {message} [label]")
    assert run("page.rst", "--label", "other")[0] == 2
    code, _, err = run("absent.rst")
    assert (code, err) == (2, "eqtest: there is no file absent.rst\n")


def test_a_page_that_its_project_does_not_read(tmp_path, repository):
    (tmp_path / "conf.py").write_text('extensions = ["sphinx_eqtest"]\n', encoding="utf-8")
    (tmp_path / "page.md").write_text("# Page\n", encoding="utf-8")
    path = os.pathsep.join([str(repository / "src"), str(repository / "ext")])
    command = [sys.executable, "-m", "eqtest", "page.md"]  # by itself: MyST-NB changes the defaults of Sphinx
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    said = f"page.md is no page of {tmp_path}/conf.py, which has pages .rst; with 'myst_parser' in its extensions it"
    assert (done.returncode, done.stderr) == (2, f"eqtest: {said} would be\n")
