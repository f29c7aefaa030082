"""SARIF 2.1.0 (OASIS), which code scanning and editors read; the rules are the subtypes of the warnings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from eqtest import __version__
from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from eqtest.findings import Case, Findings

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
    ids = [*RULES, *sorted({case.subtype for case in failures} - set(RULES))]
    rules = [{"id": f"eqtest.{name}", "shortDescription": {"text": RULES.get(name, name)}} for name in ids]
    driver = {"name": "eqtest", "version": __version__, "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(findings, case, ids.index(case.subtype)) for case in failures],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1)


def _result(findings: Findings, case: Case, rule: int) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(relative(findings, case.path))},
        "region": {"startLine": case.line},
    }
    return {
        "ruleId": f"eqtest.{case.subtype}",
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": case.message},
        "locations": [{"physicalLocation": place, "logicalLocations": [{"name": case.name}]}],
    }
