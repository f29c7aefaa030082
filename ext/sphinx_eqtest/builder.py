"""``sphinx-build -b eqtest``: the checks as a test run, with a summary and reports for machines."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from sphinx.builders import Builder
from sphinx.util import logging

from eqtest.execution.cell import Outcome
from eqtest.findings import Checked, Findings, Ran
from eqtest.report import Report
from sphinx_eqtest.coverage import coverage, entries
from sphinx_eqtest.domain import EqtestDomain

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from docutils import nodes
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

FILES = {"report.json": "json", "junit.xml": "junit", "report.sarif": "sarif"}
"""What the builder writes, and in which format."""


class EqtestBuilder(Builder):
    """Writes no pages: what has been verified is summed up, and any failure is exit status 1."""

    name = "eqtest"
    epilog = f"Every check is in %(outdir)s: {', '.join(FILES)}."

    def get_outdated_docs(self) -> Set[str]:
        return set()

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:  # noqa: ARG002
        return ""

    def write_documents(self, docnames: Set[str]) -> None:
        """There is nothing to write page by page."""

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Nor in Sphinx 7, which asks for this."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Nor in Sphinx 7, which asks for this."""

    def finish(self) -> None:
        # builds of other kinds, which load this module too, do without the formats
        from eqtest.formats import FORMATS
        from eqtest.formats.text import summary

        findings = find(EqtestDomain.of(self.env))
        for file, form in FILES.items():
            (self.outdir / file).write_text(FORMATS[form](findings), encoding="utf-8")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            logger.info("%s", FORMATS["github"](findings))
        logger.info("%s", summary(findings))


def find(domain: EqtestDomain) -> Findings:
    """What the verification of this build came to."""
    covered = coverage(entries(domain))
    return Findings(
        folder=str(domain.env.srcdir),
        cases=tuple(domain.cases),
        checks=tuple(_checks(domain)),
        snippets=tuple(_snippets(domain)),
        skips=tuple(domain.skips()),
        coverage={**dataclasses.asdict(covered), "ratio": covered.ratio},
    )


def _checks(domain: EqtestDomain) -> Iterator[Checked]:
    equations = domain.equations()
    for check in domain.checks():
        equation, report = check.inline or equations.get(check.label), domain.result(check.id)
        yield Checked(
            label=check.label,
            page=equation.docname if equation else check.docname,
            place=(equation or check).place,
            snippets=check.snippets,
            report=report if isinstance(report, Report) else None,
            why=domain.answers.origins.get(check.id),
        )


def _snippets(domain: EqtestDomain) -> Iterator[Ran]:
    for snippet in domain.snippets():
        outcome = domain.result(snippet.id)
        yield Ran(
            snippet.name,
            snippet.docname,
            snippet.place,
            outcome if isinstance(outcome, Outcome) else None,
            domain.answers.origins.get(snippet.id),
        )


def fail(app: Sphinx, _exception: Exception | None) -> None:
    """Handler of ``build-finished``: the exit status of a build with failures is 1."""
    if isinstance(app.builder, EqtestBuilder) and any(case.failed for case in EqtestDomain.of(app.env).cases):
        app.statuscode = 1


def setup(app: Sphinx) -> None:
    app.add_builder(EqtestBuilder)
    app.connect("build-finished", fail)
