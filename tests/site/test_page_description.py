"""What a search engine shows of a page."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["page_description", "sphinxext.opengraph"]
project = "Book"
"""

INDEX = r"""
Start
=====

Here :math:`\frac{a}{b}` is a fraction. Words "only" & no formula. 中文一句。式 :math:`x` 一句。

.. note:: Not this.

More of it.

.. toctree::

   bare
   own
"""


def descriptions(path):
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return [tag["content"] for tag in soup.select("meta[name=description], meta[property='og:description']")]


def test_a_page_is_described_by_sentences_without_formulas_or_by_its_title(tmp_path, repository, sphinx_build):
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF.format(ext=str(repository / "ext")), encoding="utf-8")
    (source / "index.rst").write_text(INDEX, encoding="utf-8")
    (source / "bare.rst").write_text("Only a title\n============\n\n:math:`x^2`\n", encoding="utf-8")
    (source / "own.rst").write_text(":og:description: In its own words.\n\nOwn\n===\n\nText.\n", encoding="utf-8")
    build = sphinx_build(source, tmp_path / "out", "-W")
    assert build.code == 0, build.warnings
    assert descriptions(build.out / "index.html") == ["Words “only” & no formula. 中文一句。More of it."] * 2
    assert descriptions(build.out / "bare.html") == ["Only a title"] * 2
    assert "In its own words." in descriptions(build.out / "own.html")


def test_no_build_waits_for_matplotlib(tmp_path, repository, sphinx_build):
    source = tmp_path / "source"
    source.mkdir()
    asked = "def setup(app):\n    app.connect('build-finished', lambda *_: print('matplotlib' in sys.modules))\n"
    (source / "conf.py").write_text(CONF.format(ext=str(repository / "ext")) + asked, encoding="utf-8")
    (source / "index.rst").write_text("Start\n=====\n", encoding="utf-8")
    build = sphinx_build(source, tmp_path / "out")
    assert (build.code, build.warnings) == (0, "")
    assert "False" in build.log.split()
    assert "og:image" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["https://book.example/", ""])
def test_messengers_have_the_whole_address_of_a_page_or_none(tmp_path, repository, sphinx_build, address):
    source = tmp_path / "source"
    source.mkdir()
    conf = CONF.format(ext=str(repository / "ext")) + f"ogp_site_url = {address!r}\n"
    (source / "conf.py").write_text(conf, encoding="utf-8")
    (source / "index.rst").write_text("Start\n=====\n", encoding="utf-8")
    build = sphinx_build(source, tmp_path / "out", "-W")
    assert build.code == 0, build.warnings
    soup = BeautifulSoup((build.out / "index.html").read_text(encoding="utf-8"), "html.parser")
    found = [tag["content"] for tag in soup.select("meta[property='og:url']")]
    assert found == ([f"{address}index.html"] if address else [])
    assert soup.select("meta[property='og:title']")
