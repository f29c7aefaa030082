"""The scripts and notebooks that readers take from the chapters run from top to bottom, without this repository."""

from __future__ import annotations

import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

CHAPTERS = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN"


@pytest.fixture
def environment():
    """Of a machine that does not have this repository and shows no windows; one thread, as in the build."""
    here = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return here | {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize(("name", "least"), [("ResidualUnit", 20), ("SkipConnection", 4), ("IdentityMapping", 4)])
def test_the_script_of_a_chapter_runs_by_itself(book, environment, name, least, tmp_path):
    script = book.out / "_takeaway" / CHAPTERS / f"{name}.py"
    assert script.read_text(encoding="utf-8").count("\nassert ") >= least
    run = subprocess.run(
        [sys.executable, "-I", str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(("name", "least"), [("ResNetStructure", 2), ("ResNetUnits", 2), ("ResNetArchitecture", 0)])
def test_the_notebook_of_a_chapter_runs_by_itself(book, environment, name, least, tmp_path):
    notebook = nbformat.read(book.out / "_takeaway" / CHAPTERS / f"{name}.ipynb", as_version=4)
    assert sum(cell.source.startswith("assert ") for cell in notebook.cells) >= least
    NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}).execute(env=environment)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
