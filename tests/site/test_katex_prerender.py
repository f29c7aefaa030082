"""The mathematics of the site: formulas are HTML when the page leaves the builder."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from pathlib import Path

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["katex_prerender"]
katex_dist = {dist!r}
html_math_renderer = "katex"
numfig = math_numfig = True
"""

PAGE = r"""
Title
=====

Inline :math:`a_1 < b`.

.. math:: E = m c^2
   :label: energy

.. math::

   a &= b \\
   c &= d

   e = f

See :eq:`energy`.
"""


@pytest.fixture
def root(tmp_path: Path, repository: Path) -> Path:
    """A one-page source folder."""
    source = tmp_path / "source"
    source.mkdir()
    conf = CONF.format(ext=str(repository / "ext"), dist=str(repository / "node_modules/katex/dist"))
    (source / "conf.py").write_text(conf, encoding="utf-8")
    (source / "index.rst").write_text(PAGE, encoding="utf-8")
    return source


def page(out: Path) -> BeautifulSoup:
    return BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_formulas_are_html_and_mathml(root, tmp_path, sphinx_build):
    build = sphinx_build(root, tmp_path / "out", "-W", "-n")
    assert build.code == 0, build.warnings
    formulas = page(build.out).select(".math .katex")
    texs = [formula.select_one("math annotation").text for formula in formulas]
    assert texs == [
        "a_1 < b",
        "E = m c^2",
        "\\begin{gathered}\\begin{split}a &= b \\\\\nc &= d\\end{split}\\\\e = f\\end{gathered}",
    ]
    assert all(formula.select_one(".katex-html .mord") for formula in formulas)


def test_a_labelled_display_has_its_number_and_its_anchor(root, tmp_path, sphinx_build):
    soup = page(sphinx_build(root, tmp_path / "out").out)
    display = soup.select_one("div.math#equation-energy")
    assert display.select_one(".eqno").text.startswith("(1)")
    assert display.select_one(".eqno a.headerlink")["href"] == "#equation-energy"
    assert soup.select_one("a[href='#equation-energy']:not(.headerlink)").text == "(1)"


def test_what_a_page_loads_is_in_the_site(root, tmp_path, sphinx_build):
    out = sphinx_build(root, tmp_path / "out").out
    assert page(out).select_one("link[rel=stylesheet][href*='katex/katex.min.css']")
    stylesheet = out / "_static/katex/katex.min.css"
    fonts = set(re.findall(r"url\(([^):]*)\)", stylesheet.read_text(encoding="utf-8")))
    assert fonts
    assert all((stylesheet.parent / font).is_file() for font in fonts)


def test_an_unreadable_formula_is_a_warning_on_every_build_until_mended(root, tmp_path, sphinx_build):
    index = root / "index.rst"
    index.write_text(PAGE.replace("a_1 < b", r"\frac{a}{b} + \nosuch{x}"), encoding="utf-8")
    for _ in range(2):
        build = sphinx_build(root, tmp_path / "out", "-W")
        assert build.code == 1
        assert f"{index}:5: WARNING: Undefined control sequence: \\nosuch at \\nosuch{{x}}" in build.warnings
    assert r"\frac{a}{b} + \nosuch{x}" in page(build.out).select_one("code.unreadable").text
    index.write_text(PAGE, encoding="utf-8")
    assert sphinx_build(root, tmp_path / "out", "-W").code == 0


def test_the_macros_of_the_document_are_read(root, tmp_path, sphinx_build):
    with (root / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('katex_macros = {"RR": r"\\mathbb{R}", r"\\half": r"\\frac{#1}{2}"}\n')
    (root / "index.rst").write_text(r"x :math:`x \in \RR` :math:`\half{y}`", encoding="utf-8")
    build = sphinx_build(root, tmp_path / "out", "-W")
    assert build.code == 0, build.warnings
    real, half = page(build.out).select(".math math")
    assert real.select_one("mi[mathvariant=double-struck]").text == "R"
    assert half.select_one("mfrac").text == "y2"


def test_a_build_without_katex_says_what_to_do(root, tmp_path, sphinx_build):
    build = sphinx_build(root, tmp_path / "out", "-D", f"katex_dist={tmp_path / 'nowhere'}")
    assert build.code == 2
    assert re.search(r"KaTeX is not in .*nowhere .*: `make html` installs it", build.warnings)


def test_fonts_hold_the_characters_that_the_site_shows(root, tmp_path, sphinx_build):
    def characters() -> dict[str, set[int]]:
        out = sphinx_build(root, tmp_path / "out", "-W").out
        stylesheet = out / "_static/katex/katex.min.css"
        faces = re.findall(r"font-family:(\w+)[^}]*?src:url\(([^)]*)\)", stylesheet.read_text(encoding="utf-8"))
        found: dict[str, set[int]] = {}
        for family, address in faces:
            _kind, embedded, data = address.partition("base64,")
            font = base64.b64decode(data) if embedded else (stylesheet.parent / address).read_bytes()
            found.setdefault(family, set()).update(TTFont(io.BytesIO(font)).getBestCmap())
        return found

    before = characters()
    assert {ord("a"), ord("E"), ord("2")} <= before["KaTeX_Math"] | before["KaTeX_Main"]
    assert ord("∴") not in before["KaTeX_AMS"]
    (root / "other.rst").write_text(":orphan:\n\nOther\n=====\n\n:math:`\\therefore \\beta`\n", encoding="utf-8")
    after = characters()
    assert ord("∴") in after["KaTeX_AMS"]
    assert ord("β") in after["KaTeX_Math"] - before["KaTeX_Math"]
