"""Code cells of notebooks as snippets: those that MyST-NB shows and that have a tag ``eqtest-NAME``.

The cells of one name are one snippet, in the order of the page; a cell with two such tags is part of two. Those that
have the tag ``parameters`` (papermill's) too hold its integers, which a check may give other values.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes

from eqtest.findings import Case, Place
from sphinx_eqtest.records import Snippet

if TYPE_CHECKING:
    from sphinx_eqtest.places import Sources
    from sphinx_eqtest.records import Page

TAG = "eqtest-"
_PARAMETERS = "parameters"
_PARAM = re.compile(r"[^\W\d]\w* *= *-?\d+")
_MAGIC = re.compile(r"^[%!].*", re.MULTILINE)
"""Lines of IPython's, which Python does not know."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a cell gives to a snippet: code, or parameters, or a mistake."""

    place: Place
    code: str = ""
    params: tuple[str, ...] = ()
    mistake: str = ""
    line: int = 1
    """Of the mistake, within the cell."""


def record_cells(page: Page, docname: str, document: nodes.document, sources: Sources) -> None:
    """Record the snippets that are code cells of a document, and what is wrong with them."""
    tagged: dict[str, list[nodes.container]] = {}
    for cell in document.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            for name in dict.fromkeys(tag.removeprefix(TAG) for tag in _tags(cell) if tag.startswith(TAG)):
                tagged.setdefault(name, []).append(cell)
    for name, cells in tagged.items():
        anchor = nodes.make_id(f"torch-{name}")
        cells[0]["ids"].append(anchor)
        parts = [_part(cell, sources) for cell in cells]
        page.snippets.append(_snippet(name, docname, anchor, parts))
        for part in parts:
            if part.mistake:
                line = part.place.line(part.line)
                page.mistakes.append(
                    Case(f"snippet {name}", part.place.path, line, "option", f"snippet {name}: {part.mistake}")
                )


def _tags(cell: nodes.container) -> list[str]:
    return [str(tag) for tag in cell["cell_metadata"].get("tags") or ()]


def _snippet(name: str, docname: str, anchor: str, parts: list[_Part]) -> Snippet:
    written = [part for part in parts if part.code] or parts[:1]
    return Snippet(
        id=f"{docname}:cell:{name}",
        docname=docname,
        name=name,
        code="\n".join(part.code for part in written),
        place=Place(parts[0].place.path, tuple(line for part in written for line in part.place.lines)),
        anchor=anchor,
        params=", ".join(each for part in parts for each in part.params),
        sound=not any(part.mistake for part in parts),
    )


def _part(cell: nodes.container, sources: Sources) -> _Part:
    block = next((node for node in cell.findall(nodes.literal_block) if _is_code(node)), None)
    text = block.astext() if block is not None else ""
    place = sources.place(text, cell.source, (cell.line or 2) - 1)  # MyST-NB counts one too many
    if block is None:
        return _Part(place, mistake="the code of the cell is taken out of the page; to fold it, use the tag hide-input")
    if _PARAMETERS not in _tags(cell):
        return _Part(place, _MAGIC.sub("", text))
    try:
        return _Part(place, params=_params(text))
    except SyntaxError as error:
        return _Part(
            place, mistake=f"a cell of parameters has lines 'name = integer': {error.msg}", line=error.lineno or 1
        )


def _is_code(node: nodes.Node) -> bool:
    return isinstance(node.parent, nodes.container) and node.parent.get("nb_element") == "cell_code_source"


def _params(text: str) -> tuple[str, ...]:
    """``("N = 3", "p = 1")``. Raises ``SyntaxError`` at what is no assignment of an integer."""
    params = []
    for statement in ast.parse(text).body:
        written = ast.get_source_segment(text, statement) or ""
        assignment = _PARAM.fullmatch(written)
        if assignment is None:
            raise SyntaxError(f"{written.splitlines()[0]!r} is none", (None, statement.lineno, None, None))
        params.append(written)
    return tuple(params)
