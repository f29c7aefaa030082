"""The hook for pre-commit starts the program that the package installs."""

import importlib
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_the_hook_names_an_entry_point() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts[hook["entry"].split()[0]].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert hook["id"] == "eqtest"
    assert hook["language"] == "python"
