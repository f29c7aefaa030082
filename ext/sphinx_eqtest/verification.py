"""Once all pages are read: run what has to be run, keep the results, and report every failure, on every build."""

from __future__ import annotations

import functools
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from docutils import nodes
from sphinx.util import logging

from sphinx_eqtest.coverage import coverage_cases, entries, skip_cases, skips_of
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.plan import make_plan
from sphinx_eqtest.results import result_digest
from sphinx_eqtest.run import answer
from sphinx_eqtest.verdicts import cases
from sphinx_eqtest.warn import warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.domains.math import MathDomain
    from sphinx.environment import BuildEnvironment

    from eqtest.network.drawing import Drawing
    from sphinx_eqtest.coverage import Entry
    from sphinx_eqtest.records import Figure, Plot

logger = logging.getLogger(__name__)


def verify(app: Sphinx, env: BuildEnvironment) -> None:
    """Handler of ``env-updated``."""
    domain = EqtestDomain.of(env)
    if app.config.eqtest_mode == "off":
        logger.info("eqtest_mode is 'off': no snippet is run and no equation is checked")
        return
    examine(domain, app)
    domain.cases += coverage_cases(domain, app)
    domain.cases.sort(key=lambda case: (case.path, case.line))
    for figure in domain.drawn():
        _write_drawing(domain, figure, Path(app.doctreedir))
    said = {case for name, page in domain.pages.items() if name in domain.read for case in page.refusals}
    for case in domain.cases:
        if case.failed and case not in said:
            warn(case, Path(app.srcdir))


def changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Handler of ``env-get-updated``, by when all numbers are given.

    Returns the documents that show other results than when they were written.
    """
    domain = EqtestDomain.of(env)
    found = _changed(domain, checked=app.config.eqtest_mode != "off")
    return sorted(domain.pages) if app.config.eqtest_mode == "force" else found


def examine(domain: EqtestDomain, app: Sphinx) -> None:
    """Run and check what the pages say; the answers and cases of the domain are those of this call."""
    plan = make_plan(domain, app.config)
    domain.answers = answer(plan, app)
    domain.cases = [*cases(domain, plan), *skip_cases(domain)]


def drawing_path(drawing: Drawing, figure: Figure | Plot, doctreedir: Path) -> Path:
    """Where a figure's drawing is, but for the suffix: in the build folder, under the digest of what it shows."""
    return doctreedir / "eqtest" / result_digest(drawing)[-16:] / figure.stem


def _write_drawing(domain: EqtestDomain, figure: Figure | Plot, doctreedir: Path) -> None:
    drawing = domain.drawing(figure)
    if drawing:
        path = drawing_path(drawing, figure, doctreedir)
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, content in (".svg", drawing.svg.encode()), (".pdf", drawing.pdf):
            file = path.with_name(path.name + suffix)
            if not file.exists() or file.read_bytes() != content:
                file.write_bytes(content)


def _changed(domain: EqtestDomain, *, checked: bool) -> list[str]:
    """Note what every document shows, and tell which of them show something else than before."""

    @functools.cache
    def digest(id: str) -> str:
        return result_digest(domain.result(id))

    shown: defaultdict[str, list[object]] = defaultdict(list)
    for snippet in domain.snippets():
        shown[snippet.docname].append(digest(snippet.id))
    for figure in domain.figures():
        shown[figure.docname].append(digest(figure.id))
    pages = {snippet.name: snippet.docname for snippet in domain.snippets()}
    labelled = domain.equations()
    for check in domain.checks() if checked else ():
        if equation := check.inline or labelled.get(check.label):
            links = [pages.get(name) for name in check.snippets]
            shown[equation.docname].append((check.label, digest(check.id), links))
    for docname, page in domain.pages.items():
        if skips := skips_of(domain, docname):
            shown[docname].append(sorted((label, skip.reason) for label, skip in skips.items()))
        if page.summary:
            shown[docname].append([_summed_up(domain, entry, digest) for entry in entries(domain)])
    before, domain.data["shown"] = domain.data["shown"], dict(shown)
    return sorted(docname for docname in domain.env.found_docs if before.get(docname) != shown.get(docname))


def _summed_up(domain: EqtestDomain, entry: Entry, digest: Callable[[str], str]) -> object:
    """All that a summary says of an equation, its number and the title of its page included."""
    docname, label = entry.equation.docname, entry.equation.label
    numbers = domain.env.toc_fignumbers.get(docname, {}).get("displaymath", {}).get(nodes.make_id(f"equation-{label}"))
    counted = cast("MathDomain", domain.env.get_domain("math")).get_equation_number_for(label)
    title = domain.env.titles[docname].astext()
    results = [digest(check.id) for check in entry.checks]
    return title, label or entry.equation.latex, numbers, counted, entry.reason, results
