"""A build in which nothing changed must not pay for torch: what Sphinx imports is light."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["eqtest", "eqtest.formula", "eqtest.formula.parse", "eqtest.execution.pool", "sphinx_eqtest"]
)
def test_a_light_module_loads_neither_torch_nor_matplotlib(module, repository):
    code = f"import sys, {module}; print(*sorted({{'torch', 'matplotlib', 'numpy'}} & set(sys.modules)))"
    path = os.pathsep.join([str(repository / "src"), str(repository / "ext")])
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.strip() == ""
