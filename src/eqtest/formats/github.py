"""Annotations of GitHub Actions: workflow commands, in their escaping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.formats.edits import Source, sources
from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from eqtest.findings import Case, Findings

_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def write(findings: Findings) -> str:
    files = sources(findings)
    return "\n".join(_annotation(findings, case, files[case.path]) for case in findings.failures)


def _annotation(findings: Findings, case: Case, source: Source) -> str:
    file = _escaped(relative(findings, case.path), _PROPERTY)
    place = f"line={case.line}{_columns(case, source)}"
    return f"::error file={file},{place},title=eqtest.{case.subtype}::{_escaped(case.message, _DATA)}"


def _columns(case: Case, source: Source) -> str:
    """From where to where on the line; GitHub takes no columns of several lines."""
    span = source.span(case.pointer, case.pointer.span) if case.pointer is not None else None
    if span is None:
        return ""
    (line, column), (last, end) = source.line_and_column(span.start), source.line_and_column(span.end)
    return f",col={column},endColumn={end}" if line == last == case.line else ""


def _escaped(text: str, signs: tuple[tuple[str, str], ...]) -> str:
    for sign, code in signs:
        text = text.replace(sign, code)
    return text
