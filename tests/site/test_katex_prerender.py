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
    assert all(formula.select_one(".katex-html .mathnormal") for formula in formulas)


def test_a_labelled_display_has_its_number_and_its_anchor(root, tmp_path, sphinx_build):
    soup = page(sphinx_build(root, tmp_path / "out").out)
    display = soup.select_one("div.math#equation-energy")
    assert display.select_one(".eqno").text.startswith("(1)")
    assert display.select_one(".eqno a.headerlink")["href"] == "#equation-energy"
    assert soup.select_one("a[href='#equation-energy']:not(.headerlink)").text == "(1)"


def test_what_a_page_loads_is_in_the_site(root, tmp_path, sphinx_build):
    out = sphinx_build(root, tmp_path / "out").out
    assert page(out).select_one("link[rel=stylesheet][href*='katex/katex.min.css']")
    stylesheet = (out / "_static/katex/katex.min.css").read_text(encoding="utf-8")
    addresses = re.findall(r"url\(([^):]*:?)", stylesheet)
    assert set(addresses) == {"data:"}  # no file that would come later


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


def fonts(out: Path) -> dict[str, set[str]]:
    """The characters of the fonts in the stylesheet, by family, style and weight."""
    stylesheet = (out / "_static/katex/katex.min.css").read_text(encoding="utf-8")
    face = r"font-family:\"?(\w+)\"?;font-style:(\w+);font-weight:(\w+);src:url\([^)]*base64,([^)]*)\)"
    return {
        " ".join(name): set(map(chr, TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()))
        for *name, data in re.findall(face, stylesheet)
    }


def test_fonts_hold_the_characters_that_the_site_shows_in_them(root, tmp_path, sphinx_build):
    before = fonts(sphinx_build(root, tmp_path / "out", "-W").out)
    assert before.keys() == {"KaTeX_Main normal 400", "KaTeX_Math italic 400"}
    assert before["KaTeX_Math italic 400"] == set("abcdefEm")
    assert set("<=12") < before["KaTeX_Main normal 400"]
    other = r":math:`\therefore \beta \mathbf{W} \boldsymbol{x} \mathcal{F} \mathrm{if} \textbf{be}`"
    (root / "other.rst").write_text(f":orphan:\n\nOther\n=====\n\n{other}\n", encoding="utf-8")
    after = fonts(sphinx_build(root, tmp_path / "out", "-W").out)
    assert after["KaTeX_AMS normal 400"] == {"∴"}
    assert after["KaTeX_Math italic 400"] - before["KaTeX_Math italic 400"] == {"β"}
    assert after["KaTeX_Math italic 700"] == {"x"}
    assert after["KaTeX_Caligraphic normal 400"] == {"F"}
    assert set("Wbe") == {letter for letter in after["KaTeX_Main normal 700"] if letter.isalpha()}
    assert set("if") <= after["KaTeX_Main normal 400"]


def test_large_brackets_and_signs_are_in_the_fonts_of_their_size(root, tmp_path, sphinx_build):
    large = r":math:`\displaystyle \sum_{i=1}^2 \Bigl\langle x \Bigr\rangle`"
    (root / "index.rst").write_text(f"Title\n=====\n\n{large}\n", encoding="utf-8")
    there = fonts(sphinx_build(root, tmp_path / "out", "-W").out)
    sizes = {face: letters for face, letters in there.items() if "Size" in face}
    assert "∑" in sizes["KaTeX_Size2 normal 400"]
    assert {"⟨", "⟩"} < sizes["KaTeX_Size2 normal 400"]
    assert not any("∑" in letters for face, letters in there.items() if "Size2" not in face)
