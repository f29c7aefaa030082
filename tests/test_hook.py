"""The hook for pre-commit, run by pre-commit in a repository of a user's."""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGE = """\
Page
====

.. torch:: net

   import torch

   x = torch.randn(3, requires_grad=True)
   y = 2 * x

.. math:: y = 2 x
   :label: doubled

.. eqtest:: doubled
   :snippet: net
"""


@pytest.fixture(scope="module")
def hook() -> dict[str, object]:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return hook


def test_the_hook_names_an_entry_point(hook: dict[str, object]) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts[str(hook["entry"]).split()[0]].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert hook["id"] == "eqtest"
    assert hook["language"] == "python"


@pytest.fixture
def commit(tmp_path: Path, hook: dict[str, object]):
    """``commit("page.rst")`` stages files and commits them, with the hook as pre-commit has it.

    Only where the program comes from is another: from here, so that nothing has to be fetched.
    """
    python = shlex.join(["env", f"PYTHONPATH={ROOT / 'src'}:{ROOT / 'ext'}", sys.executable, "-m", "eqtest"])
    here = {name: value for name, value in hook.items() if name != "additional_dependencies"}
    config = {"repos": [{"repo": "local", "hooks": [here | {"language": "system", "entry": python}]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PRE_COMMIT_COLOR": "never"}
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | own | names

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    assert run("git", "init", "-q").returncode == 0
    installed = run(sys.executable, "-m", "pre_commit", "install")
    assert installed.returncode == 0, installed.stdout + installed.stderr

    def commit(*files: str) -> subprocess.CompletedProcess[str]:
        run("git", "add", *files)
        return run("git", "commit", "-q", "-m", "pages")

    return commit


def test_a_wrong_formula_is_not_committed_and_other_files_are_not_looked_at(commit, tmp_path: Path) -> None:
    (tmp_path / "page.rst").write_text(PAGE, encoding="utf-8")
    done = commit(".pre-commit-config.yaml", "page.rst")
    assert done.returncode == 0, done.stderr
    (tmp_path / "page.rst").write_text(PAGE.replace("y = 2 x", "y = 3 x"), encoding="utf-8")
    refused = commit("page.rst")
    assert refused.returncode == 1
    line = PAGE[: PAGE.index("y = 2 x")].count("\n") + 1
    assert f"page.rst:{line}: equation doubled fails: " in refused.stdout + refused.stderr
    (tmp_path / "page.rst").write_text(PAGE, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("y = 3 x\n", encoding="utf-8")
    done = commit("page.rst", "notes.txt")
    assert (done.returncode, "no files to check" in done.stdout + done.stderr) == (0, True)
