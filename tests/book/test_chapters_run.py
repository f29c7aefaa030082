"""The scripts that readers take away from the chapters run from top to bottom, without this repository."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CHAPTERS = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN"


@pytest.mark.parametrize(("name", "least"), [("ResidualUnit", 20), ("SkipConnection", 4), ("IdentityMapping", 4)])
def test_a_chapter_runs_by_itself(book, name, least, tmp_path):
    script = book.out / "_takeaway" / CHAPTERS / f"{name}.py"
    assert script.read_text(encoding="utf-8").count("\nassert ") >= least
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"MPLBACKEND": "Agg"}
    run = subprocess.run(
        [sys.executable, "-I", str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
