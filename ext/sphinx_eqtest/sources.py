"""Files that are not what their names say: reported at their line, on every build, and read as far as they can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.documents.latex import unreadable
from eqtest.findings import Case
from sphinx_eqtest.domain import EqtestDomain

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_EMPTY_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def look(app: Sphinx, docname: str, content: list[str]) -> None:
    """Handler of ``source-read``."""
    path = Path(app.env.doc2path(docname))
    found = _not_utf8(path) or (_not_json(content[0]) if path.suffix == ".ipynb" else None)
    if found is None:
        return
    line, message = found
    name = path.relative_to(app.srcdir).as_posix() if path.is_relative_to(app.srcdir) else path.name
    case = Case(f"file {name}", name, line, "file", f"{path.name} {message}")
    EqtestDomain.of(app.env).page(docname).mistakes.append(case)
    if path.suffix == ".ipynb":
        content[0] = _EMPTY_NOTEBOOK  # what reads notebooks would end the build


def _not_utf8(path: Path) -> tuple[int, str] | None:
    try:
        path.read_text("utf-8")
    except UnicodeDecodeError as error:
        return error.object.count(b"\n", 0, error.start) + 1, unreadable("", error).strip()
    except OSError:
        return None  # Sphinx says so
    return None


def _not_json(text: str) -> tuple[int, str] | None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, f"is no notebook: {error.msg} (column {error.colno})"
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        return 1, "is no notebook: it has no list of cells"
    return None


def setup(app: Sphinx) -> None:
    app.connect("source-read", look)
