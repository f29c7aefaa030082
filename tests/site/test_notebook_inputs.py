"""Notebooks run again when what they import has changed, and only then."""

from __future__ import annotations

import pytest

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["myst_nb", "notebook_inputs"]
nb_execution_mode, nb_execution_show_tb = "cache", True
notebook_inputs = ["helper.py"]
notebook_packages = ["sphinx"]
"""
PAGE = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---
# Title

```{{code-cell}}
from helper import value

{code}
```
"""


@pytest.fixture
def site(tmp_path, repository, sphinx_build):
    root = tmp_path / "source"
    root.mkdir()
    (root / "conf.py").write_text(CONF.format(ext=str(repository / "ext")), encoding="utf-8")

    def build(value: str, code: str = "print(value)", *options: str):
        (root / "helper.py").write_text(f"value = {value!r}\n", encoding="utf-8")
        page = PAGE.format(code=code)
        if not (root / "index.md").exists() or (root / "index.md").read_text(encoding="utf-8") != page:
            (root / "index.md").write_text(page, encoding="utf-8")
        result = sphinx_build(root, tmp_path / "out", *options)
        return result, (result.out / "index.html").read_text(encoding="utf-8")

    return build


def test_a_changed_import_is_seen_and_an_unchanged_one_is_not_run_again(site):
    first, page = site("first")
    assert "first" in page
    assert "Executing notebook" in first.log
    _, page = site("second")
    assert "second" in page
    assert "first" not in page
    same, _ = site("second")
    assert "Executing notebook" not in same.log
    back, page = site("first")
    assert "first" in page
    assert "Executing notebook" not in back.log  # its result has been kept


def test_a_failing_notebook_is_a_warning_on_every_build_until_mended(site):
    for _ in range(2):
        failing, _page = site("x", "1 / 0", "-W", "--keep-going")
        assert failing.code == 1
        assert "ZeroDivisionError" in failing.warnings
    mended, page = site("x", "print(value * 3)", "-W")
    assert mended.code == 0
    assert "xxx" in page
