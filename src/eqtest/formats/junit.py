"""JUnit's XML: a case for each row of an equation and for each snippet, a suite for each file."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from junitparser import TestCase

    from eqtest.findings import Case, Findings

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(findings: Findings) -> str:
    """Raises ``ImportError`` without junitparser, which only this format needs."""
    try:
        from junitparser import JUnitXml, TestSuite
    except ModuleNotFoundError:
        raise ImportError("the format 'junit' needs junitparser: pip install 'eqtest[sphinx]'") from None
    document = JUnitXml("eqtest")
    for path, cases in groupby(sorted(findings.cases, key=lambda case: case.path), key=lambda case: case.path):
        suite = TestSuite(path)
        suite.add_testcases([_case(findings, case) for case in cases])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return text.decode("utf-8")


def _case(findings: Findings, case: Case) -> TestCase:
    from junitparser import Failure, Skipped, TestCase

    test = TestCase(_printable(case.name), case.path)
    test._elem.set("file", relative(findings, case.path))
    test._elem.set("line", str(case.line))
    message = _printable(case.message)
    if case.failed:
        failure = Failure(message, f"eqtest.{case.subtype}")
        failure.text = message
        test.result = [failure]
    elif case.skipped:
        test.result = [Skipped(message)]
    return test


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
