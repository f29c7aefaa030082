"""Every page with snippets as a script and as a notebook that need nothing but torch and what the snippets import.

Snippets come in the order of the page. One that does not go on from what has run so far starts anew, with the
snippets that it continues before it and the seed with which they ran. Behind them stand the equations that are checked
with them, as assertions in plain Python as far as they can be written so.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.locale import get_translation

from eqtest.assertions import PRELUDE
from eqtest.execution.cell import Cell
from eqtest.report import Report
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.results import failed
from sphinx_eqtest.snippets import Snippets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config

    from sphinx_eqtest.records import Equation

_ = get_translation("sphinx_eqtest")

FOLDER = "_takeaway"
_START = "import torch\n\ntorch.set_default_dtype(torch.float64)"
_SEEDS = {
    "torch": "torch.set_default_dtype(torch.float64)\ntorch.manual_seed(0)",
    "random": "random.seed(0)",
    "numpy": "numpy.random.seed(0)",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A cell of the notebook: code, or words in Markdown."""

    text: str
    code: bool = True


Equations = Mapping[tuple[Cell, ...], Sequence[Part]]
"""By the chain of snippets with which they are checked."""


def takeaway(domain: EqtestDomain, snippets: Snippets, equations: Equations, docname: str) -> list[Part]:
    """The parts of a page; none when it has no snippet that runs."""
    own = [snippet for snippet in domain.pages[docname].snippets if not failed(domain.result(snippet.id))]
    chains = [cells for snippet in own if (cells := snippets.chain([snippet.name]))]
    if not chains:
        return []
    parts = [Part(f"# {domain.env.titles[docname].astext()}", code=False), Part(_START), Part(PRELUDE.rstrip())]
    run: tuple[Cell, ...] = ()
    for cells in chains:
        goes_on = bool(run) and cells[: len(run)] == run
        if not goes_on:
            parts.append(Part(_seeds(cells)))
        parts += [Part(_cell_code(cell)) for cell in cells[len(run) if goes_on else 0 :]]
        parts += equations.get(cells, ())
        run = cells
    return parts


def _seeds(cells: tuple[Cell, ...]) -> str:
    """The seeds with which a chain starts, of the generators that it may use, and the dtype that another may change."""
    code = "\n".join(cell.code for cell in cells)
    used = [name for name in _SEEDS if name == "torch" or re.search(rf"\b{name}\b", code)]
    return "\n".join([*(f"import {name}" for name in used), *(_SEEDS[name] for name in used)])


def _cell_code(cell: Cell) -> str:
    params = [f"{name} = {value}" for name, value in cell.params]
    code = cell.code
    if cell.plots and re.search(r"\bplt\.", code):
        code += "\nplt.show()"
    if cell.raises:
        code = f"try:\n{textwrap.indent(code, '    ')}\nexcept {cell.raises} as error:\n    print(repr(error))"
    return "\n".join([*params, code])


def _equations(domain: EqtestDomain, snippets: Snippets) -> Equations:
    """Those of all pages."""
    found: defaultdict[tuple[Cell, ...], list[Part]] = defaultdict(list)
    labelled = domain.equations()
    for check in domain.checks():
        report, equation = domain.result(check.id), check.inline or labelled.get(check.label)
        cells = snippets.chain(check.snippets)
        if cells and isinstance(report, Report) and equation is not None:
            found[cells] += _equation(equation, report)
    return found


def _equation(equation: Equation, report: Report) -> Iterator[Part]:
    lines = [row.assertion for row in report.checked_rows if row.assertion]
    if lines:
        yield Part(f"$$\n{equation.latex.strip()}\n$$", code=False)
        left = len(report.checked_rows) - len(lines)
        note = [f"# rows without a plain form: {left}"] if left else []
        yield Part("\n".join([*lines, *note]))


def script(parts: list[Part]) -> str:
    """A Python script; words are comments."""
    texts = [
        part.text if part.code else textwrap.indent(part.text.removeprefix("# "), "# ", lambda _line: True)
        for part in parts
    ]
    return "\n\n".join(texts) + "\n"


def notebook(parts: list[Part]) -> str:
    """A notebook of format 4.5."""
    cells = [_notebook_cell(number, part) for number, part in enumerate(parts)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _notebook_cell(number: int, part: Part) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code" if part.code else "markdown", "id": f"cell-{number}", "metadata": {}}
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if part.code else {}
    return {**cell, **code, "source": part.text.splitlines(keepends=True)}


def write_takeaways(app: Sphinx, error: Exception | None) -> None:
    """Handler of ``build-finished``: the files of all pages, where they are not there already."""
    if error is not None or app.builder.format != "html" or app.config.eqtest_mode == "off":
        return
    domain = EqtestDomain.of(app.env)
    snippets = Snippets(domain.snippets(), app.config, Path(app.srcdir))
    equations = _equations(domain, snippets)
    for docname in domain.pages:
        if parts := takeaway(domain, snippets, equations, docname):
            for suffix, text in (".py", script(parts)), (".ipynb", notebook(parts)):
                path = Path(app.outdir, FOLDER, docname + suffix)
                if not path.is_file() or path.read_text(encoding="utf-8") != text:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")


def offer_takeaway(app: Sphinx, docname: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Handler of ``html-page-context``: links at the foot of every page that has snippets which ran."""
    domain = EqtestDomain.of(app.env)
    page = domain.pages.get(docname)
    if app.config.eqtest_mode == "off" or page is None or all(failed(domain.result(each.id)) for each in page.snippets):
        return
    path = context["pathto"](f"{FOLDER}/{docname}", 1)
    links = [f'<a href="{path}{suffix}" download>{suffix}</a>' for suffix in (".py", ".ipynb")]
    if repository := app.config.eqtest_repository:
        name, _at, branch = repository.partition("@")
        address = (
            f"https://colab.research.google.com/github/{name}/blob/{branch or 'gh-pages'}/{FOLDER}/{docname}.ipynb"
        )
        links.append(f'<a href="{address}">Colab</a>')
    words = _("Take the code of this page with you, its equations as assertions:")
    context["body"] += f'<p class="eqtest-takeaway no-search">{words} {" · ".join(links)}</p>\n'


def leave_out(_app: Sphinx, config: Config) -> None:
    """Handler of ``config-inited``: with its output in the source folder, a site would read the notebooks as pages."""
    config.exclude_patterns = [*config.exclude_patterns, f"**/{FOLDER}"]


def setup(app: Sphinx) -> None:
    app.connect("config-inited", leave_out)
    app.add_config_value("eqtest_repository", "", "html", frozenset({str}))
    app.connect("html-page-context", offer_takeaway)
    app.connect("build-finished", write_takeaways)
