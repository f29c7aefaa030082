"""Mistakes of an author's are reported at their place on every build, and what follows from edits on the next."""

import json

import pytest
from small_site import NET, TRUE, warnings

CHECKS = f"""
Checks
======

.. math:: {TRUE}
   :label: equ-Twice

.. eqtest:: equ-Twice equ-Away
   :snippet: net

.. eqtest:: equ-Away
   :snippet: net
   :symbols: L: 1 +

.. eqtest:: equ-Renamed
   :snippet: net
"""

OTHER = f"""
Other
=====

.. math:: {TRUE}
   :label: equ-Twice

.. math:: {TRUE}
   :label: equ-Away
"""

RENAMED = f"""
Renamed
=======

.. math:: {TRUE}
   :label: equ-Renamed
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.replace("conf.py", '"myst_parser"', '"myst_nb"')
    site.write("index.rst", "Home\n====\n\n.. toctree::\n   :glob:\n\n   *\n", NET.format(name="net"))
    for name, text in ("checks.rst", CHECKS), ("other.rst", OTHER), ("old.rst", RENAMED):
        site.write(name, text)
    (site.docs / "broken.ipynb").write_text('{"cells": [\n  {"cell_type": "markdown",\n', encoding="utf-8")
    (site.docs / "empty.ipynb").write_text(json.dumps({"nbformat": 4}), encoding="utf-8")
    (site.docs / "latin.rst").write_bytes("Latin\n=====\n\nCaf\xe9\n".encode("latin-1"))
    site.first = site.build()
    site.second = site.build()
    return site


def own(log):
    """The warnings of ours in a log."""
    return sorted(each for each in warnings(log) if each.rstrip().endswith("]") and "[eqtest." in each)


def at(site, page, line, subtype):
    place = f"{site.docs / page}:{line}: WARNING: "
    return [each for each in own(site.second.stderr) if each.startswith(place) and f"[eqtest.{subtype}]" in each]


def test_the_second_build_says_the_same_as_the_first(site):
    assert own(site.first.stderr) == own(site.second.stderr)
    assert len(own(site.second.stderr)) == 5
    assert "Traceback" not in site.first.stderr + site.second.stderr
    assert (site.first.returncode, site.second.returncode) == (0, 0)


def test_a_label_on_two_pages(site):
    (found,) = at(site, "other.rst", site.line("other.rst", TRUE), "label")
    assert f"taken by the equation at checks.rst:{site.line('checks.rst', TRUE)}" in found


def test_a_symbol_that_is_no_python(site):
    (found,) = at(site, "checks.rst", site.line("checks.rst", ":symbols:") - 2, "where")
    assert "'1 +'" in found


def test_files_that_are_no_notebooks(site):
    (broken,) = at(site, "broken.ipynb", 3, "file")
    assert "broken.ipynb is no notebook: " in broken
    (empty,) = at(site, "empty.ipynb", 1, "file")
    assert "it has no list of cells" in empty


def test_a_file_that_is_not_utf_8(site):
    (found,) = at(site, "latin.rst", 4, "file")
    assert "latin.rst is not UTF-8: byte 0xe9 in line 4; save it as UTF-8" in found


def test_what_is_mended_or_broken_is_noticed_by_the_next_build(site):
    site.write("other.rst", "Other\n=====\n")
    (site.docs / "old.rst").rename(site.docs / "new.rst")
    (site.docs / "latin.rst").write_text("Latin\n=====\n", encoding="utf-8")
    (site.docs / "broken.ipynb").unlink()
    (site.docs / "empty.ipynb").unlink()
    for _build in "third", "fourth":
        log = site.build().stderr
        found = own(log)
        lines = [site.line("checks.rst", "eqtest:: equ-Twice"), site.line("checks.rst", ":symbols:") - 2]
        places = [f"{site.docs / 'checks.rst'}:{line}: WARNING: equation equ-Away: no equation" for line in lines]
        assert len(found) == 2, log
        assert all(any(each.startswith(place) for each in found) for place in places), log
