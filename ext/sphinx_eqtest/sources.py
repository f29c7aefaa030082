"""Files that are not what their names say: reported at their line, on every build, and read as far as they can be."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.errors import unreadable
from eqtest.findings import Case
from sphinx_eqtest.domain import EqtestDomain

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_EMPTY_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def leave_out(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Handler of ``env-before-read-docs``: a file that is not UTF-8 would end the build."""
    for docname in list(docnames):
        path = Path(env.doc2path(docname))
        try:
            path.read_text("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            EqtestDomain.of(env).page(docname).mistakes = [_case(app, path, line, unreadable(path.name, error))]
            docnames.remove(docname)
            env.project.docnames.discard(docname)
        except OSError:
            pass  # Sphinx says so


def look(app: Sphinx, docname: str, content: list[str]) -> None:
    """Handler of ``source-read``: what is no notebook would end the build."""
    path = Path(app.env.doc2path(docname))
    found = _not_json(content[0]) if path.suffix == ".ipynb" else None
    if found is not None:
        line, message = found
        EqtestDomain.of(app.env).page(docname).mistakes.append(_case(app, path, line, f"{path.name} {message}"))
        content[0] = _EMPTY_NOTEBOOK


def _case(app: Sphinx, path: Path, line: int, message: str) -> Case:
    name = Path(os.path.relpath(path, app.srcdir)).as_posix()
    return Case(f"file {name}", name, line, "file", message)


def _not_json(text: str) -> tuple[int, str] | None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, f"is no notebook: {error.msg} (column {error.colno})"
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        return 1, "is no notebook: it has no list of cells"
    return None


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", leave_out)
    app.connect("source-read", look)
