"""Projects that use the extension from scratch: no conf.py of this book's, other themes, MathJax, Markdown, autodoc."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest


@pytest.fixture(scope="module", params=["backprop-book", "least-squares"])
def project(request, tmp_path_factory, repository):
    """A copy of a project's sources, and its name."""
    folder = tmp_path_factory.mktemp(request.param) / "source"
    shutil.copytree(repository / "tests/roots" / request.param, folder)
    return folder


@pytest.fixture(scope="module")
def verified(project, sphinx_build):
    return sphinx_build(project, project.parent / "eqtest", "-W", "--keep-going", "-j", "2", builder="eqtest")


@pytest.fixture(scope="module")
def site(project, verified, sphinx_build):
    assert verified.code == 0
    cache = f"-Deqtest_cache_dir={verified.out.parent / '.eqtest_cache'}"
    return sphinx_build(project, project.parent / "html", "-W", "--keep-going", "-j", "auto", cache)


EXPECTED = {
    "backprop-book": {"holds": 8, "fails": 1},
    "least-squares": {"holds": 3},
}


def test_every_equation_has_the_verdict_that_its_author_expects(project, verified):
    assert verified.warnings == ""
    report = json.loads((verified.out / "report.json").read_text(encoding="utf-8"))
    assert report["ok"]
    statuses = Counter(check["report"]["status"] for check in report["checks"])
    assert statuses == EXPECTED[project.parent.name.rstrip("0123456789")]


def test_the_site_shows_a_mark_for_every_checked_equation(project, site):
    assert (site.code, site.warnings) == (0, "")
    pages = [path.read_text(encoding="utf-8") for path in site.out.glob("*.html")]
    marks = sum(page.count('<details class="eqtest ') + page.count('<abbr class="eqtest-inline') for page in pages)
    assert marks == sum(EXPECTED[project.parent.name.rstrip("0123456789")].values())


SLIPS = {
    "backprop-book": ("rnn.md", r"\frac{\partial h_{k+1}}{\partial h_k}", r"\frac{\partial h_{k+2}}{\partial h_k}"),
    "least-squares": ("leastsquares.py", r"A^\top (A x - b)", r"A^\top (A x + b)"),
}


def test_a_slip_makes_the_build_red_at_its_line(project, site, sphinx_build):
    name, old, new = SLIPS[project.parent.name.rstrip("0123456789")]
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        build = sphinx_build(project, site.out, "-W", "--keep-going", "-q")
    finally:
        path.write_text(text, encoding="utf-8")
    assert build.code == 1
    assert f"{path}:{line}: WARNING: equation" in build.warnings
    assert build.warnings.count("WARNING") == 1
