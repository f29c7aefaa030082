"""The cache of notebooks is there before any page is read, so that no two readers make it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import SphinxBuild

CONF = """
extensions = ["myst_nb", "notebook_cache"]
nb_execution_mode = "{mode}"

def setup(app):
    app.connect("source-read", lambda app, docname, source: print(
        docname, "is read;", sorted(path.name for path in app.outdir.parent.glob(".jupyter_cache/*")), flush=True
    ))
"""
NOTEBOOK = """\
---
file_format: mystnb
kernelspec:
  name: python3
---
# Notebook {0}

```{{code-cell}}
6 * 7  # of notebook {0}
```
"""


def write(folder: Path, mode: str, notebooks: int) -> None:
    folder.mkdir()
    (folder / "conf.py").write_text(CONF.format(mode=mode))
    toctree = "".join(f"   notebook{number}\n" for number in range(notebooks))
    (folder / "index.rst").write_text(f"Home\n====\n\n.. toctree::\n\n{toctree}" if notebooks else "Home\n====\n")
    for number in range(notebooks):
        (folder / f"notebook{number}.md").write_text(NOTEBOOK.format(number))


@pytest.mark.parametrize(("mode", "made"), [("cache", True), ("off", False)])
def test_the_cache_is_made_before_the_first_page_is_read(
    tmp_path: Path, sphinx_build: Callable[..., SphinxBuild], mode: str, made: bool
) -> None:
    write(tmp_path / "docs", mode, 0)
    build = sphinx_build(tmp_path / "docs", tmp_path / "out" / "html", "-W")
    assert (build.code, build.warnings) == (0, "")
    assert ("index is read; ['__version__.txt', 'global.db']" if made else "index is read; []") in build.log
    if made:
        with sqlite3.connect(tmp_path / "out" / ".jupyter_cache" / "global.db") as database:
            tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        assert {"settings", "nbcache", "nbproject"} <= tables


def test_notebooks_that_are_read_at_the_same_time_run(tmp_path: Path, sphinx_build: Callable[..., SphinxBuild]) -> None:
    write(tmp_path / "docs", "cache", 6)  # Sphinx reads up to five in one process
    build = sphinx_build(tmp_path / "docs", tmp_path / "out" / "html", "-W", "-j", "2")
    assert build.code == 0, build.warnings
    assert all("42" in (build.out / f"notebook{number}.html").read_text(encoding="utf-8") for number in range(6))
