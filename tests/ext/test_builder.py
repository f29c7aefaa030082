"""The checks as a test run: exit status, summary, and reports for machines."""

import importlib.resources
import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest
from small_site import FALSE, NET, TRUE


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    page = f".. math::\n   :label: equ-1\n\n   {TRUE} \\\\\n   {FALSE}\n\n.. eqtest:: equ-1\n   :snippet: net\n"
    site.write("index.rst", "Home\n====\n\n" + NET.format(name="net") + "\n" + page)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_ACTIONS", "true")
        site.first = site.build(builder="eqtest")
    return site


def test_the_exit_status_and_the_summary_tell_of_the_failure(site):
    assert site.first.returncode == 1
    assert "Eqtest summary" in site.first.stdout
    assert "    3 tests\n    1 failure\n    0 skipped tests" in site.first.stdout


def test_junit_has_one_case_for_each_row_and_snippet_at_its_true_place(site):
    cases = ET.parse(site.out / "eqtest" / "junit.xml").findall(".//testcase")
    found = {case.get("name"): (case.get("line"), [child.tag for child in case]) for case in cases}
    assert found == {
        "snippet net": (str(site.line("index.rst", "import torch")), []),
        "equation equ-1, row 1": (str(site.line("index.rst", TRUE)), []),
        "equation equ-1, row 2": (str(site.line("index.rst", FALSE)), ["failure"]),
    }
    assert {(site.root / case.get("file")).resolve() for case in cases} == {(site.docs / "index.rst").resolve()}


def test_the_report_holds_every_result(site):
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    assert report["ok"] is False
    (check,) = report["checks"]
    assert [row["status"] for row in check["report"]["rows"]] == ["holds", "fails"]
    assert report["snippets"][0]["outcome"]["value"] == "5"


def test_the_summary_has_a_line_for_each_page(site):
    lines = [line.split() for line in site.first.stdout.splitlines()]
    assert ["page", "snippets", "equations", "rows", "holds", "fails", "other", "worst", "error", "power"] in lines
    (page,) = [line for line in lines if line[:1] == ["index"]]
    assert page[1:7] == ["1", "1", "2", "1", "1", "0"]
    assert float(page[7]) < 1e-9
    refuted, variants = map(int, page[8].split("/"))
    assert 0 < refuted <= variants


def schema():
    text = importlib.resources.files("eqtest.formats").joinpath("report.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def test_the_report_is_as_its_schema_says(site):
    schema().check_schema(schema().schema)
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    schema().validate(report)
    assert report["version"] == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("cases"),
        lambda report: report.update(version=2),
        lambda report: report["checks"][0]["report"].update(status="fine"),
        lambda report: report["checks"][0]["report"]["rows"][0].pop("margin"),
        lambda report: report["snippets"][0].update(line=0),
    ],
)
def test_the_schema_refuses_other_reports(site, spoil):
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    spoil(report)
    assert not schema().is_valid(report)


def test_sarif_has_a_result_for_the_failure_at_its_place(site):
    log = json.loads((site.out / "eqtest" / "report.sarif").read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    (result,) = run["results"]
    assert (result["ruleId"], rules[result["ruleIndex"]], result["level"]) == ("eqtest.fails", "eqtest.fails", "error")
    place = result["locations"][0]["physicalLocation"]
    assert (site.root / place["artifactLocation"]["uri"]).resolve() == (site.docs / "index.rst").resolve()
    assert place["region"]["startLine"] == site.line("index.rst", FALSE)


def test_github_gets_annotations(site):
    (line,) = [line for line in site.first.stdout.splitlines() if line.startswith("::error ")]
    assert f"line={site.line('index.rst', FALSE)},col=" in line
    assert "title=eqtest.fails::equation equ-1, row 2 fails" in line


def test_a_site_without_failures_passes(site):
    site.replace("index.rst", FALSE, TRUE)
    passing = site.build(builder="eqtest")
    assert passing.returncode == 0
    assert "::error" not in passing.stdout
    assert json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))["ok"] is True
