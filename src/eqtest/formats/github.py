"""Annotations of GitHub Actions: workflow commands, in their escaping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from eqtest.findings import Case, Findings

_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def write(findings: Findings) -> str:
    return "\n".join(_annotation(findings, case) for case in findings.failures)


def _annotation(findings: Findings, case: Case) -> str:
    file = _escaped(relative(findings, case.path), _PROPERTY)
    return f"::error file={file},line={case.line},title=eqtest.{case.subtype}::{_escaped(case.message, _DATA)}"


def _escaped(text: str, signs: tuple[tuple[str, str], ...]) -> str:
    for sign, code in signs:
        text = text.replace(sign, code)
    return text
