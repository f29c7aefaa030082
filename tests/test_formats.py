"""The output formats: one set of findings, written for people and for machines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

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
    checked = Checked("equ", "page, one", place, ("net",), report)
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
    factor = r"\dd{h_n}{s_{n}}"
    start = PAGE.splitlines()[2].index(factor) + 1  # columns count from one, the end is the character behind
    place = f"line=3,col={start},endColumn={start + len(factor)}"
    assert first.startswith(f"::error file=page%2C one.md,{place},title=eqtest.fails::equation equ fails")
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


def region(text: str, place: dict[str, int]) -> str:
    """What a SARIF region holds: its lines and columns count from one, its end is the character behind it."""
    lines = text.splitlines(keepends=True)[place["startLine"] - 1 : place.get("endLine", place["startLine"])]
    lines[-1] = lines[-1][: place["endColumn"] - 1]
    lines[0] = lines[0][place["startColumn"] - 1 :]
    return "".join(lines)


def mended(text: str, change: dict[str, Any]) -> str:
    """A text with the replacements of a SARIF artifactChange, as an editor makes them."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for each in sorted(change["replacements"], key=lambda each: each["deletedRegion"]["startLine"], reverse=True):
        place = each["deletedRegion"]
        start = starts[place["startLine"] - 1] + place["startColumn"] - 1
        end = starts[place["endLine"] - 1] + place["endColumn"] - 1
        text = text[:start] + each["insertedContent"]["text"] + text[end:]
    return text


def test_sarif_has_the_region_and_the_repair(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(findings.folder)
    failed, strange = json.loads(FORMATS["sarif"](findings))["runs"][0]["results"]
    assert region(PAGE, failed["locations"][0]["physicalLocation"]["region"]) == r"\dd{h_n}{s_{n}}"
    assert strange["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert "fixes" not in strange
    first = failed["fixes"][0]
    assert "∂h_n/∂s_{n-1} in place of ∂h_n/∂s_n" in first["description"]["text"]
    (change,) = first["artifactChanges"]
    assert change["artifactLocation"] == failed["locations"][0]["physicalLocation"]["artifactLocation"]
    assert mended(PAGE, change) == PAGE.replace(r"\dd{h_n}{s_{n}}", r"\dd{h_n}{s_{n-1}}")


LONG = "\\dd{s_n}{s_{n-1}} = \\dd{h_n}{s_{n-1}} + 1\n  + 1"
"""The last term is too much; what joins it to the others goes over the end of a line."""


def found_in(path: Path, lines: tuple[int, ...]) -> Findings:
    report = check(LONG, snippet=RESIDUAL, where="n in 1..3", macros=MACROS)
    place = Place(path.name, lines)
    return Findings(str(path.parent), tuple(report_cases("equation long", report, place, place)))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_repair_may_go_over_the_end_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, newline: str) -> None:
    monkeypatch.chdir(tmp_path)
    page = ["Before.", "", *(f"   {line}" for line in LONG.split("\n")), "", "After.", ""]
    (tmp_path / "page.rst").write_bytes(newline.join(page).encode())
    findings = found_in(tmp_path / "page.rst", (3, 4))
    expected = newline.join([*page[:3], *page[4:]])
    (result,) = json.loads(FORMATS["sarif"](findings))["runs"][0]["results"]
    assert mended(newline.join(page), result["fixes"][0]["artifactChanges"][0]) == expected
    diff = FORMATS["diff"](findings)
    subprocess.run(["git", "apply", "-p0", "-"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "page.rst").read_bytes().decode() == expected


def test_so_it_may_in_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["$$\n", *LONG.splitlines(keepends=True), "\n", "$$"]}
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": [cell], "nbformat": 4}, indent=1), "utf-8")
    at = next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if "dd{s_n}" in line)
    diff = FORMATS["diff"](found_in(path, (at, at + 1)))
    subprocess.run(["patch", "-p0"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    source = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    assert source == f"$$\n{LONG.splitlines()[0]}\n$$"


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
    place = Place(path.name, (at, at + 1))
    monkeypatch.chdir(tmp_path)
    diff = FORMATS["diff"](Findings(str(tmp_path), tuple(report_cases("equation equ", report, place, place))))
    subprocess.run(["patch", "-p0"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    source = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    assert source == f"$$\n{LATEX}\n$$".replace("s_{n}}", "s_{n-1}}")


def test_there_is_no_diff_where_nothing_is_to_be_mended(tmp_path: Path) -> None:
    latex = r"\frac{\partial s_n}{\partial s_{n-1}} = \frac{\partial h_n}{\partial s_{n-1}}"
    (tmp_path / "page.rst").write_text(latex, "utf-8")
    report = check(latex, snippet=RESIDUAL, where="n in 1..3", expect="fails")
    place = Place("page.rst", (1,))
    assert report.rows[0].repairs
    assert FORMATS["diff"](Findings(str(tmp_path), tuple(report_cases("equation equ", report, place, place)))) == ""
