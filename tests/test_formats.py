"""The output formats: one set of findings, written for people and for machines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine import RESIDUAL
from eqtest import check
from eqtest.findings import Case, Checked, Findings, Place, report_cases
from eqtest.formats import FORMATS

MACROS = {"dd": (r"\frac{\partial #1}{\partial #2}", 2)}
PAGE = (
    "Text before.\r\n"
    "$$\r\n"
    "  \\dd{s_n}{s_{n-1}}   =  \\dd{h_n}{s_{n}} % the comment stays\r\n"
    "     + 1\r\n"
    "$$\r\n"
    "Text behind, without an end of line"
)
LATEX = "\\dd{s_n}{s_{n-1}}   =  \\dd{h_n}{s_{n}} % the comment stays\n     + 1"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "page, one.md").write_bytes(PAGE.encode())
    report = check(LATEX, snippet=RESIDUAL, where="n in 1..3", macros=MACROS)
    place = Place("page, one.md", (3, 4))
    checked = Checked("equ", "page, one", place, LATEX, ("net",), report)
    strange = Case("snippet \x00", "page, one.md", 1, "snippet", "50% of 100%: \x01")
    skipped = Case("equation other", "page, one.md", 6, message="not today", skipped=True)
    return Findings(str(folder), (*report_cases("equation equ", report, place, place), strange, skipped), (checked,))


def test_a_message_begins_with_the_repair_and_has_carets_under_it(findings: Findings) -> None:
    message, line, carets = findings.failures[0].message.split("\n")
    assert message.startswith("equation equ fails: with ∂h_n/∂s_{n-1} in place of ∂h_n/∂s_n, the row holds; ")
    assert "relative error" in message
    under = line[carets.index("^") : carets.rindex("^") + 1]
    assert under == r"\dd{h_n}{s_{n}}"


def test_text_has_the_place_and_the_kind(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(findings.folder)
    text = FORMATS["text"](findings)
    assert text.startswith("page, one.md:3: equation equ fails: ")
    assert "    3 tests\n    2 failures\n    1 skipped test\n" in text


def test_github_escapes(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(findings.folder)
    first, second = FORMATS["github"](findings).splitlines()
    assert first.startswith("::error file=page%2C one.md,line=3,title=eqtest.fails::equation equ fails")
    assert second.endswith("::50%25 of 100%25: \x01")


def test_junit_is_xml_whatever_messages_hold(findings: Findings) -> None:
    root = ET.fromstring(FORMATS["junit"](findings))
    found = {case.get("name"): [part.tag for part in case] for case in root.iter("testcase")}
    assert found == {
        "equation equ": ["failure"],
        "snippet \N{REPLACEMENT CHARACTER}": ["failure"],
        "equation other": ["skipped"],
    }
    assert (root.get("tests"), root.get("failures")) == ("3", "2")


def test_only_junit_needs_junitparser(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "junitparser", None)
    with pytest.raises(ImportError, match=r"pip install 'eqtest\[sphinx\]'"):
        FORMATS["junit"](findings)
    assert all(FORMATS[name](findings) for name in FORMATS if name != "junit")


def test_sarif_names_files_by_uri(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(findings.folder)
    results = json.loads(FORMATS["sarif"](findings))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert [place["artifactLocation"]["uri"] for place in places] == ["page%2C%20one.md"] * 2
    assert [place["region"]["startLine"] for place in places] == [3, 1]


@pytest.mark.parametrize("tool", [["patch", "-p0"], ["git", "apply", "-p0", "-"]])
def test_the_diff_applies_and_changes_nothing_else(
    findings: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: list[str]
) -> None:
    monkeypatch.chdir(findings.folder)
    diff = FORMATS["diff"](findings)
    page = tmp_path / "page, one.md"
    shutil.copy(Path(findings.folder, page.name), page)
    subprocess.run([*tool], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert page.read_bytes().decode() == PAGE.replace(r"\dd{h_n}{s_{n}}", r"\dd{h_n}{s_{n-1}}")


def test_a_notebook_is_mended_in_its_own_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["$$\n", *LATEX.splitlines(keepends=True), "\n$$"]}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps(book, indent=1), "utf-8")
    lines = path.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "dd{h_n}" in line)
    report = check(LATEX, snippet=RESIDUAL, where="n in 1..3", macros=MACROS)
    checked = Checked("equ", "book", Place(path.name, (at, at + 1)), LATEX, ("net",), report)
    monkeypatch.chdir(tmp_path)
    diff = FORMATS["diff"](Findings(str(tmp_path), (), (checked,)))
    subprocess.run(["patch", "-p0"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    source = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    assert source == f"$$\n{LATEX}\n$$".replace("s_{n}}", "s_{n-1}}")


def test_there_is_no_diff_where_nothing_is_to_be_mended(tmp_path: Path) -> None:
    latex = r"\frac{\partial s_n}{\partial s_{n-1}} = \frac{\partial h_n}{\partial s_{n-1}}"
    (tmp_path / "page.rst").write_text(latex, "utf-8")
    report = check(latex, snippet=RESIDUAL, where="n in 1..3", expect="fails")
    checked = Checked("equ", "page", Place("page.rst", (1,)), latex, ("net",), report)
    assert report.rows[0].repairs
    assert FORMATS["diff"](Findings(str(tmp_path), (), (checked,))) == ""
