"""A book of one page, printed."""

from __future__ import annotations

import re

from chromium import require_chromium

require_chromium()

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["katex_prerender"]
katex_dist = {dist!r}
html_math_renderer = "katex"
html_theme = "furo"
project = html_title = "Small book"
"""

INDEX = """
Book
====

.. toctree::

   one
   two
"""

PAGE = r"""
{title}
=======

See :doc:`{other}`, :eq:`of-{other}`, :ref:`words <words-{other}>` and `elsewhere <https://book.example/x>`_.

.. _words-{title}:

Words
-----

.. math:: E = m c^2
   :label: of-{title}
"""


def test_links_lead_on_within_the_pdf(tmp_path, repository, sphinx_build, browser):
    from print_pdf import print_pdf

    source = tmp_path / "source"
    source.mkdir()
    conf = CONF.format(ext=str(repository / "ext"), dist=str(repository / "node_modules/katex/dist"))
    (source / "conf.py").write_text(conf, encoding="utf-8")
    (source / "index.rst").write_text(INDEX, encoding="utf-8")
    for title, other in (("one", "two"), ("two", "one")):
        (source / f"{title}.rst").write_text(PAGE.format(title=title, other=other), encoding="utf-8")
    build = sphinx_build(source, tmp_path / "out", "-W", builder="singlehtml")
    assert build.code == 0, build.warnings

    print_pdf(browser, build.out / "index.html", tmp_path / "pdf" / "book.pdf")
    pdf = (tmp_path / "pdf" / "book.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    links = re.findall(rb"/Subtype /Link\b.*?/(Dest /(\S+)|URI \((.*?)\))", pdf, re.DOTALL)
    assert "https://book.example/x" in {link[2].decode() for link in links if link[2]}
    places = [link[1].decode().replace("#23", "#").replace("#2F", "/") for link in links if link[1]]
    expected = {
        f"document-{page}{anchor}" for page in ("one", "two") for anchor in ANCHORS.format(page=page).split(",")
    }
    assert expected <= set(places)
    assert b"/Outlines" in pdf


ANCHORS = ",.equation-of-{page},.words-{page}"
"""What follows a page's name in the place of a link to the page, its equation and its section."""
