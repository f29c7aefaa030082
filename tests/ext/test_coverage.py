"""What is not checked, and why: skips, the least share of checked equations, and the summary of the whole book."""

import json

import pytest
from small_site import CONF, FALSE, NET, TRUE

INDEX = """
Contents
========

.. toctree::

   theory
   summary
"""

THEORY = rf"""
Theory
======

.. math:: {TRUE}
   :label: equ-True

.. math:: {FALSE}
   :label: equ-False

.. math:: a \sim b
   :label: equ-Likely

.. math:: c = d
   :label: equ-Forgotten

.. math::
   \frac{{\partial L}}{{\partial y}} = y^\top \\
   \frac{{\partial L}}{{\partial y}} = 3 y^\top
   :label: equ-Half

.. eqtest-context::
   :snippet: net

.. eqtest:: equ-True

.. eqtest:: equ-False
   :expect: fails

.. eqtest:: equ-Half
   :rows: 1

.. eqtest-skip:: equ-Likely

   A distribution,
   not an equality.

Inline :eqtest:`\frac{{\partial L}}{{\partial y}} = y^\top`.
"""

SUMMARY = """
Summary
=======

.. eqtest-summary::
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.rst", INDEX, NET.format(name="net"))
    site.write("theory.rst", THEORY)
    site.write("summary.rst", SUMMARY)
    site.first = site.build("-W", "-n", "-j", "2")
    return site


def table(site):
    rows = site.html("summary").select("table.eqtest-summary tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in rows]


def test_every_equation_is_in_the_table_in_reading_order(site):
    assert (site.first.stderr, site.first.returncode) == ("", 0)
    rows = table(site)
    assert [row[0] for row in rows[:5]] == ["(1)", "(2)", "(3)", "(4)", "(5)"]
    assert {row[-1] for row in rows} == {"Theory"}
    verdicts = [row[1] for row in rows]
    assert verdicts[:2] == ["✓ verified", "✓ known to be false, and checked to be"]
    assert verdicts[2:] == ["not checked, on purpose", "not checked", "✓ verified", "✓ verified"]
    assert float(rows[0][3]) < 1e-12 < float(rows[0][4])  # worst error, margin
    refuted, tried = map(int, rows[0][5].split("/"))
    assert 0 < refuted <= tried
    assert rows[2][2:-1] == ["–"] * 4


def test_numbers_and_inline_formulas_are_links_to_where_they_stand(site):
    links = [row.find("a")["href"] for row in site.html("summary").select("table.eqtest-summary tbody tr")]
    assert links[0] == "theory.html#equation-equ-true"
    page, _, anchor = links[5].partition("#")
    assert page == "theory.html"
    assert site.html("theory").find(id=anchor).get_text().startswith(r"\(\frac{\partial L}")


def test_figures_of_the_whole_book_stand_at_the_top(site):
    first, rows, variants = [item.get_text() for item in site.html("summary").h1.find_next("ul").find_all("li")]
    assert first == "Labelled equations: 5, checked: 3 (60%); inline formulas: 1"
    assert rows.startswith("Rows compared: 4; assignments times random points: 1")
    assert variants.startswith("Wrong variants refuted: ")


def test_what_is_not_checked_is_listed_with_the_reason(site):
    left = site.html("summary").find("p", class_="rubric").find_next("ul")
    lines = [item.get_text() for item in left.find_all("li")]
    assert lines == [
        "(3) A distribution, not an equality.",
        "(4) no check names it",
        "(5) Row 2: left out by the option rows",
    ]


def test_a_skipped_equation_says_so_under_itself(site):
    mark = site.html("theory").find("div", id="equation-equ-likely").find_next("details")
    assert mark.summary.get_text() == "not checked"
    assert mark.p.get_text() == "A distribution, not an equality."


def test_the_report_has_coverage_and_skips(site):
    assert site.build(builder="eqtest").returncode == 0
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    assert report["coverage"] == {
        "checked": ["equ-True", "equ-False", "equ-Half"],
        "skipped": ["equ-Likely"],
        "unchecked": ["equ-Forgotten"],
        "ratio": 0.6,
    }
    (skip,) = report["skips"]
    assert (skip["label"], skip["reason"]) == ("equ-Likely", "A distribution, not an equality.")
    assert skip["line"] == site.line("theory.rst", "eqtest-skip")


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_other_builders_take_the_summary(site, builder):
    run = site.build("-W", builder=builder)
    assert (run.stderr, run.returncode) == ("", 0)


def test_the_summary_is_written_again_when_a_result_changes_and_only_then(make_site):
    site = make_site()
    site.write("index.rst", INDEX, NET.format(name="net"))
    site.write("theory.rst", THEORY)
    site.write("summary.rst", SUMMARY)
    site.build()
    page = site.out / "html" / "summary.html"
    page.write_text("kept", encoding="utf-8")
    site.replace("theory.rst", "Theory\n======", "Theory\n======\n\nMore words.")
    assert site.build("-W").returncode == 0
    assert page.read_text(encoding="utf-8") == "kept"
    site.replace("theory.rst", "not an equality", "no equality")
    site.build()
    assert "no equality" in page.read_text(encoding="utf-8")
    page.write_text("kept", encoding="utf-8")
    site.replace("theory.rst", ":rows: 1", ":rows: 1\n   :trials: 2")
    site.build()
    assert "kept" not in page.read_text(encoding="utf-8")[:10]


def test_too_little_coverage_is_a_warning_on_every_build(site):
    site.write("conf.py", CONF, "eqtest_min_coverage = 0.9")
    try:
        for _ in range(2):
            log = site.build().stderr
            assert site.warning("conf.py", "eqtest_min_coverage", "coverage")(log)
            assert "3 of 5 labelled equations are checked (60%)" in log
            assert "not checked: equ-Forgotten, equ-Likely (skipped)" in log
        site.replace("conf.py", "0.9", "0.6")
        assert site.build("-W").stderr == ""
        site.replace("conf.py", "0.6", "6")
        assert site.warning("conf.py", "eqtest_min_coverage", "config")(site.build().stderr)
    finally:
        site.write("conf.py", CONF)


def test_mistakes_in_skips_are_warnings_at_their_lines(make_site):
    site = make_site()
    skips = """
        .. eqtest-skip:: equ-Treu
           :reason: a slip

        .. eqtest-skip:: equ-True
           :reason: checked all the same

        .. eqtest-skip:: equ-Likely
    """
    site.write("index.rst", NET.format(name="net"), THEORY.replace("equ-Likely\n\n   A dist", "equ-Half\n\n   A dist"))
    site.write("other.rst", ":orphan:\n", "Other\n=====", skips)
    for log in site.build().stderr, site.build().stderr:
        assert site.warning("other.rst", "equ-Treu", "label")(log)
        assert "no equation has the label 'equ-Treu'; did you mean 'equ-True'" in log
        assert site.warning("other.rst", "equ-True", "skip")(log)
        assert site.warning("other.rst", "equ-Likely", "skip")(log)
        assert site.warning("index.rst", "eqtest-skip:: equ-Half", "skip")(log)
        assert log.count("WARNING") == 4
