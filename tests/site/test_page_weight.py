"""Pages load what they use."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["page_weight", "katex_prerender", "sphinx_copybutton"]
katex_dist = {dist!r}
html_math_renderer = "katex"
"""
SVG = '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="150pt" height="75.5pt" viewBox="0 0 150 75.5"></svg>'
PAGE = r"""
Formulas
========

:math:`a < \beta`

.. image:: drawn.svg
   :width: 50%
"""
LONG = "Long\n====\n\n" + "Short\n-----\n\nWords.\n\n" + 30 * f"{30 * 'word '}\n\n" + "Last\n----\n\nEnd.\n\n- One\n"
CHECKED = f"""
Checked
=======

.. torch:: one

   import torch; x = torch.ones(3)

{2455 * "a"}

.. math::
   :label: twice

   x + x = 2 x

.. eqtest:: twice
   :snippet: one

Heading
-------

Words.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory, repository, sphinx_build):
    """A page with a formula and a picture, and some with words or code or a checked equation."""
    root = tmp_path_factory.mktemp("weight")
    source = root / "source"
    source.mkdir()
    conf = CONF.format(ext=str(repository / "ext"), dist=str(repository / "node_modules/katex/dist"))
    (source / "conf.py").write_text(conf, encoding="utf-8")
    (source / "drawn.svg").write_text(SVG, encoding="utf-8")
    (source / "index.rst").write_text(
        PAGE + "\n.. toctree::\n\n   code\n   words\n   long\n   checked\n", encoding="utf-8"
    )
    (source / "code.rst").write_text("Code\n====\n\n.. code-block:: python\n\n   a = 1\n", encoding="utf-8")
    (source / "checked.rst").write_text(CHECKED, encoding="utf-8")
    (source / "words.rst").write_text("Words\n=====\n\nWords alone.\n", encoding="utf-8")
    (source / "long.rst").write_text(LONG, encoding="utf-8")
    build = sphinx_build(source, root / "out", "-W", "-n")
    assert build.code == 0, build.warnings
    return build


def page(build, name) -> BeautifulSoup:
    return BeautifulSoup((build.out / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def loaded(build, name) -> str:
    soup = page(build, name)
    return " ".join(
        [*(tag["href"] for tag in soup.select("link")), *(tag["src"] for tag in soup.select("script[src]"))]
    )


@pytest.mark.parametrize(
    ("name", "there"), [("index", {"katex"}), ("code", {"copybutton", "clipboard"}), ("words", set())]
)
def test_a_page_loads_what_it_uses(built, name, there):
    files = loaded(built, name)
    assert {part for part in ("katex", "copybutton", "clipboard") if part in files} == there
    assert "pygments" in files


def test_an_image_has_its_size_in_pixels_and_waits_for_the_reader(built):
    image = page(built, "index").select_one("img")
    assert (image["width"], image["height"], image["loading"]) == ("200", "101", "lazy")
    assert image["style"].startswith("--drawn-width: 200px; width: 50%")


def test_what_comes_after_the_first_screens_can_wait(built):
    soup = page(built, "long")
    parts = [part for part in soup.select("section > *") if part.name in {"p", "ul"}]
    waiting = ["later" in part.get("class", []) for part in parts]
    assert waiting == sorted(waiting)
    assert 2400 < sum(len(part.text) for part, waits in zip(parts, waiting, strict=True) if not waits) < 2700
    assert waiting[-2:] == [True, True]
    assert not any("later" in tag.get("class", []) for tag in page(built, "words").select("section > *"))


def test_a_page_is_shown_when_its_first_screens_are_there(built):
    soup = page(built, "long")
    [expected] = soup.select("head link[rel=expect]")
    assert expected["blocking"] == "render"
    end = soup.select_one(expected["href"])
    assert end.parent is soup.select_one(".later")
    assert end.parent.text.startswith("word word")
    words = page(built, "words")
    assert words.select_one(words.select_one("head link[rel=expect]")["href"]).find_previous("p").text == "Words alone."
    assert not page(built, "search").select("head link[rel=expect]")


def test_a_display_and_its_mark_stay_side_by_side_where_the_first_screens_end(built):
    checked = page(built, "checked")
    end = checked.select_one(checked.select_one("head link[rel=expect]")["href"])
    display = end.find_previous("div", class_="math")
    assert "eqtest" in display.find_next_sibling()["class"]
    assert end.parent.text.startswith("Heading")
