"""``report.json``: everything. Its schema, ``report.schema.json``, stands beside this module."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from eqtest import __version__

if TYPE_CHECKING:
    from eqtest.findings import Case, Checked, Findings, Ran

VERSION = 1
"""Of the schema: a reader of version 1 can rely on what version 1 requires; what is added does not change it."""


def write(findings: Findings) -> str:
    content: dict[str, Any] = {
        "version": VERSION,
        "eqtest": __version__,
        "ok": not findings.failures,
        "coverage": findings.coverage,
        "skips": [
            {"label": skip.label, "reason": skip.reason, "path": skip.place.path, "line": skip.place.line()}
            for skip in findings.skips
        ],
        "checks": [_check(each) for each in findings.checks],
        "snippets": [_snippet(each) for each in findings.snippets],
        "cases": [_case(case) for case in findings.cases],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)


def _case(case: Case) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(case).items() if name != "pointer"}


def _check(check: Checked) -> dict[str, Any]:
    return {
        "label": check.label,
        "docname": check.page,
        "path": check.place.path,
        "line": check.place.line(),
        "snippets": check.snippets,
        **_origin(check.why),
        "report": json.loads(check.report.to_json()) if check.report is not None else None,
    }


def _snippet(snippet: Ran) -> dict[str, Any]:
    outcome = dataclasses.asdict(snippet.outcome) if snippet.outcome is not None else None
    if outcome is not None:
        outcome["figures"] = len(outcome["figures"])
    return {
        "name": snippet.name,
        "docname": snippet.page,
        "path": snippet.place.path,
        "line": snippet.place.line(),
        **_origin(snippet.why),
        "outcome": outcome,
    }


def _origin(why: str | None) -> dict[str, Any]:
    """Whether a result comes from the cache, and why not; neither where there is no result."""
    return {"cached": None if why is None else not why, "why": why or None}
