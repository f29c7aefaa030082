"""``sphinx-build -b eqtest``: the checks as a test run, with a summary and reports for machines."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders import Builder
from sphinx.util import logging

from eqtest.execution.cell import Outcome
from eqtest.report import Report
from sphinx_eqtest.coverage import coverage, entries
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.results import FROM_CACHE

if TYPE_CHECKING:
    from collections.abc import Set

    from docutils import nodes
    from sphinx.application import Sphinx

    from sphinx_eqtest.records import Case

logger = logging.getLogger(__name__)


class EqtestBuilder(Builder):
    """Writes no pages: what has been verified is summed up, and any failure is exit status 1."""

    name = "eqtest"
    epilog = "Every check is in %(outdir)s/report.json and %(outdir)s/junit.xml."

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
        domain = EqtestDomain.of(self.env)
        failures = [case for case in domain.cases if case.failed]
        (self.outdir / "report.json").write_text(_report(domain), encoding="utf-8")
        _junit(domain.cases, Path(self.srcdir)).write(self.outdir / "junit.xml", encoding="utf-8", xml_declaration=True)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for case in failures:
                logger.info("%s", _annotation(case, Path(self.srcdir)))
        logger.info("%s", _summary(domain.cases))


def _summary(cases: list[Case]) -> str:
    failures = [case for case in cases if case.failed]
    skipped = [case for case in cases if case.skipped]
    lines = ["", "Eqtest summary", "=============="]
    for count, noun in (len(cases), "test"), (len(failures), "failure"), (len(skipped), "skipped test"):
        lines.append(f"{count:5} {noun}{'s' * (count != 1)}")
    return "\n".join([*lines, *(f"    {case.path}:{case.line}: {case.name} [{case.subtype}]" for case in failures)])


def _report(domain: EqtestDomain) -> str:
    equations = domain.equations()
    checks = []
    for check in domain.checks():
        equation, report = check.inline or equations.get(check.label), domain.result(check.id)
        checks.append(
            {
                "label": check.label,
                "docname": equation.docname if equation else None,
                "path": equation.place.path if equation else check.place.path,
                "line": (equation or check).place.line(),
                "snippets": check.snippets,
                **_origin(domain, check.id),
                "report": json.loads(report.to_json()) if isinstance(report, Report) else None,
            }
        )
    snippets = []
    for snippet in domain.snippets():
        outcome = domain.result(snippet.id)
        values = dataclasses.asdict(outcome) if isinstance(outcome, Outcome) else None
        if values:
            values["figures"] = len(values["figures"])
        snippets.append(
            {
                "name": snippet.name,
                "docname": snippet.docname,
                "path": snippet.place.path,
                "line": snippet.place.line(),
                **_origin(domain, snippet.id),
                "outcome": values,
            }
        )
    covered = coverage(entries(domain))
    content: dict[str, Any] = {
        "ok": not any(case.failed for case in domain.cases),
        "coverage": {**dataclasses.asdict(covered), "ratio": covered.ratio},
        "skips": [
            {"label": skip.label, "reason": skip.reason, "path": skip.place.path, "line": skip.place.line()}
            for skip in domain.skips()
        ],
        "checks": checks,
        "snippets": snippets,
        "cases": [dataclasses.asdict(case) for case in domain.cases],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _origin(domain: EqtestDomain, id: str) -> dict[str, Any]:
    """Whether a result comes from the cache, and why not; neither where there is no result."""
    origin = domain.answers.origins.get(id)
    return {"cached": origin == FROM_CACHE if origin is not None else None, "why": origin or None}


def _junit(cases: list[Case], srcdir: Path) -> ET.ElementTree[ET.Element]:
    failures, skipped = sum(case.failed for case in cases), sum(case.skipped for case in cases)
    suite = ET.Element("testsuite", name="eqtest", tests=str(len(cases)), failures=str(failures), skipped=str(skipped))
    for case in cases:
        file, line = _relative(srcdir / case.path), str(case.line)
        test = ET.SubElement(suite, "testcase", classname=case.path, name=_printable(case.name), file=file, line=line)
        message = _printable(case.message)
        if case.failed:
            ET.SubElement(test, "failure", type=f"eqtest.{case.subtype}", message=message).text = message
        elif case.skipped:
            ET.SubElement(test, "skipped", message=message)
    root = ET.Element("testsuites")
    root.append(suite)
    return ET.ElementTree(root)


def _annotation(case: Case, srcdir: Path) -> str:
    """A workflow command of GitHub Actions, in its escaping."""
    message = case.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    file = _relative(srcdir / case.path)
    for sign, code in ("%", "%25"), (":", "%3A"), (",", "%2C"):
        file = file.replace(sign, code)
    return f"::error file={file},line={case.line},title=eqtest.{case.subtype}::{message}"


def _relative(path: Path) -> str:
    """A path from the folder in which the build was started, as CI systems expect it."""
    return Path(os.path.relpath(path)).as_posix()


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\N{REPLACEMENT CHARACTER}", text)


def fail(app: Sphinx, _exception: Exception | None) -> None:
    """Handler of ``build-finished``: the exit status of a build with failures is 1."""
    if isinstance(app.builder, EqtestBuilder) and any(case.failed for case in EqtestDomain.of(app.env).cases):
        app.statuscode = 1


def setup(app: Sphinx) -> None:
    app.add_builder(EqtestBuilder)
    app.connect("build-finished", fail)
