"""What `pip install` of the built package gives a new user: in an empty folder, without this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def built(tmp_path_factory, repository) -> Path:
    """A folder with a wheel and a source distribution."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(repository)]
    subprocess.run(command, check=True, capture_output=True, cwd=out)
    return out


@pytest.fixture(scope="module")
def run(tmp_path_factory, built):
    """``run("-m", "sphinx", …)``: Python in an empty folder, where only the wheel's files are importable."""
    target, folder = tmp_path_factory.mktemp("site-packages"), tmp_path_factory.mktemp("user")
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(target)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    run.folder, run.target = folder, target
    return run


def tracked(repository: Path) -> set[str]:
    """The files of the packages, as their imports name them."""
    found = set()
    for root, package in (("src", "eqtest"), ("ext", "sphinx_eqtest")):
        for path in (repository / root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(path.relative_to(repository / root).as_posix())
    return found


def test_wheel_and_source_distribution_hold_every_file_of_the_packages(built, repository):
    (wheel,), (source,) = built.glob("*.whl"), built.glob("*.tar.gz")
    files = tracked(repository)
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == files
    with tarfile.open(source) as archive:
        kept = {re.sub(r"^[^/]+/(src/|ext/)?", "", name) for name in archive.getnames()}
    assert files <= kept
    assert {"eqtest/py.typed", "sphinx_eqtest/py.typed", "eqtest/formula/grammar.lark"} <= files


def test_the_type_hints_of_the_installed_package_are_seen(run):
    (run.folder / "use.py").write_text(
        "from eqtest import check\n\nreport = check('a = a', snippet='a = 1')\nreveal_type(report)\nreport.nothing\n",
        encoding="utf-8",
    )
    checked = run("-m", "mypy", "--strict", "use.py")
    assert 'Revealed type is "eqtest.report.Report"' in checked.stdout
    assert '"Report" has no attribute "nothing"' in checked.stdout
    assert "missing library stubs" not in checked.stdout


def test_the_quick_start_shows_a_new_user_both_verdicts(run, repository):
    """Ten lines, one right and one wrong formula, from nothing but the wheel and Sphinx."""
    guide = (repository / "docs/eqtest/en/quickstart.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"^\.\. code-block:: (\w+)\n\n((?: {3}.*\n|\n)+)", guide, re.MULTILINE)
    (conf,) = (re.sub(r"^ {3}", "", text, flags=re.MULTILINE) for language, text in blocks if language == "python")
    (page,) = (re.sub(r"^ {3}", "", text, flags=re.MULTILINE) for language, text in blocks if language == "rst")
    (run.folder / "conf.py").write_text(conf, encoding="utf-8")
    (run.folder / "index.rst").write_text(page, encoding="utf-8")
    build = run("-m", "sphinx", "--no-color", "-b", "html", ".", "_build/html")
    assert build.returncode == 0
    (warning,) = re.findall(r"^.*WARNING: .*$", build.stderr, re.MULTILINE)
    line = next(number for number, text in enumerate(page.splitlines(), 1) if r"= 2 \frac" in text)
    assert warning.startswith(f"{run.folder / 'index.rst'}:{line}: WARNING: equation ")
    assert build.stderr.rstrip().endswith("[eqtest.fails]")  # below the carets
    html = (run.folder / "_build/html/index.html").read_text(encoding="utf-8")
    assert re.findall(r"<summary>(.)", html) == ["✓", "✗"]
    assert run("-m", "sphinx", "-q", "-b", "eqtest", ".", "_build/eqtest").returncode == 1


def test_both_languages_begin_with_the_same_page(repository):
    english, chinese = (
        (repository / "docs/eqtest" / page).read_text(encoding="utf-8") for page in ("en/quickstart.rst", "index.rst")
    )
    for block in re.findall(r"^\.\. code-block:: (?:console|python|rst)\n\n(?: {3}.*\n|\n)+", english, re.MULTILINE):
        assert block in chinese


def test_the_installed_package_checks_a_formula_from_the_command_line(run):
    (run.folder / "net.py").write_text("import torch\n\nx = torch.randn(3)\ny = 2 * x\n", encoding="utf-8")
    for formula, status in ("y = 2 x", 0), ("y = 3 x", 1):
        (run.folder / "formula.tex").write_text(formula, encoding="utf-8")
        assert run("-m", "eqtest", "formula.tex", "--snippet", "net.py").returncode == status
