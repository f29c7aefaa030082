"""SARIF 2.1.0 (OASIS), which code scanning and editors read; the rules are the subtypes of the warnings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from eqtest import __version__
from eqtest.formats.edits import Source, sources
from eqtest.formats.paths import relative
from eqtest.span import Span

if TYPE_CHECKING:
    from eqtest.findings import Case, Findings, Pointer
    from eqtest.report import Repair

RULES = {
    "syntax": "The formula is not in the language of formulas.",
    "unsupported": "The formula uses what is outside the language.",
    "unbound": "A symbol means nothing in the snippet, or several things.",
    "ellipsis": "Dots whose terms cannot be found, or that a printed term does not fit.",
    "where": "A mistake in 'where' or 'ranges'.",
    "option": "A mistake in another option.",
    "label": "No equation has the label.",
    "snippet": "The snippet fails, or there is none of that name.",
    "timeout": "The snippet or the check took too long.",
    "fails": "The formula does not hold.",
    "shape": "The shapes of factors or sides do not fit, so the formula does not hold.",
    "vacuous": "Both sides are always zero, or the same expression.",
    "undefined": "The formula is defined at none of the assignments.",
    "expect": "The formula is expected to fail, and does not.",
    "skip": "An equation is skipped without a reason, or although it is checked.",
    "coverage": "Too few equations are checked.",
    "figure": "The network cannot be drawn.",
    "file": "The file cannot be read.",
    "error": "The check could not be made.",
}
"""Every documented subtype of a failure, in words."""


def write(findings: Findings) -> str:
    failures = findings.failures
    files = sources(findings)
    ids = [*RULES, *sorted({case.subtype for case in failures} - set(RULES))]
    rules = [{"id": f"eqtest.{name}", "shortDescription": {"text": RULES.get(name, name)}} for name in ids]
    driver = {"name": "eqtest", "version": __version__, "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(findings, case, ids.index(case.subtype), files[case.path]) for case in failures],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1)


def _result(findings: Findings, case: Case, rule: int, source: Source) -> dict[str, Any]:
    file = {"uri": quote(relative(findings, case.path))}
    pointer = case.pointer
    span = source.span(pointer, pointer.span) if pointer is not None else None
    place = {"artifactLocation": file, "region": _region(source, span) if span else {"startLine": case.line}}
    result = {
        "ruleId": f"eqtest.{case.subtype}",
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": case.message},
        "locations": [{"physicalLocation": place, "logicalLocations": [{"name": case.name}]}],
    }
    fixes = [_fix(file, repair, source, pointer) for repair in pointer.repairs] if pointer is not None else []
    return result | ({"fixes": found} if (found := [fix for fix in fixes if fix]) else {})


def _fix(file: dict[str, str], repair: Repair, source: Source, pointer: Pointer) -> dict[str, Any]:
    """One way to mend it; empty where it cannot be written in the file."""
    edits = source.edits(pointer, repair)
    written = [
        {"deletedRegion": _region(source, Span(edit.start, edit.end)), "insertedContent": {"text": edit.text}}
        for edit in edits
    ]
    changes = [{"artifactLocation": file, "replacements": written}]
    return {"description": {"text": repair.description}, "artifactChanges": changes} if edits else {}


def _region(source: Source, span: Span) -> dict[str, int]:
    (line, column), (last, end) = source.line_and_column(span.start), source.line_and_column(span.end)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": end}
