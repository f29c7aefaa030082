"""A line of the source that ends within Han text leaves no gap on the page."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["han_lines", "zh_search", "myst_parser"]
language = "zh_CN"
"""

RST = """
标题
====

梯度
传播，
第二行。
“引号”
也算；**强调**
*斜体*
一行。

与 Latin
words 之间，和 ``代码``
之间、:math:`x`
之间的空格留着。

短式 :math:`y`。下一句 :math:`z` 与句末 :math:`t`），又一句 :math:`u`; (b).

| 诗的
| 行

::

   代码
   不动

.. toctree::

   markdown
"""

MYST = """
# 标记

反向
传播，**粗**
体字，`代码`
旁边。

English line
break 与
汉字。
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory, repository, sphinx_build):
    """Folders of the same two pages, as html and as text."""
    root = tmp_path_factory.mktemp("han")
    (root / "source").mkdir()
    (root / "source" / "conf.py").write_text(CONF.format(ext=str(repository / "ext")), encoding="utf-8")
    (root / "source" / "index.rst").write_text(RST, encoding="utf-8")
    (root / "source" / "markdown.md").write_text(MYST, encoding="utf-8")
    builds = {builder: sphinx_build(root / "source", root / builder, "-W", builder=builder) for builder in BUILDERS}
    assert all(build.code == 0 for build in builds.values()), builds
    return builds


BUILDERS = ("html", "text")


def paragraphs(built, page):
    soup = BeautifulSoup((built["html"].out / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    return [paragraph.text for paragraph in soup.select("[role=main] p:not(.caption)")]


def test_a_break_between_han_characters_is_none(built):
    assert paragraphs(built, "index")[0] == "梯度传播，第二行。“引号”也算；强调斜体一行。"


def test_a_break_beside_latin_code_or_a_formula_is_a_space(built):
    words = paragraphs(built, "index")[1].replace("\n", " ")
    assert words.startswith("与 Latin words 之间，和 代码 之间、")
    assert words.endswith(" 之间的空格留着。")


def test_punctuation_stays_with_the_formula_before_it(built):
    soup = BeautifulSoup((built["html"].out / "index.html").read_text(encoding="utf-8"), "html.parser")
    kept = [each.text for each in soup.select(".unbroken")]
    assert [text[-2:].lstrip(")") for text in kept] == ["。", "），", ";"]
    assert [each.select_one(".math").text in text for each, text in zip(soup.select(".unbroken"), kept, strict=True)]
    assert "下一句" in paragraphs(built, "index")[2]


def test_markdown_is_joined_as_well(built):
    first, second = paragraphs(built, "markdown")
    assert first.replace("\n", " ") == "反向传播，粗体字，代码 旁边。"
    assert second.replace("\n", " ") == "English line break 与汉字。"


def test_verse_and_code_keep_their_lines(built):
    text = (built["text"].out / "index.txt").read_text(encoding="utf-8")
    assert "诗的\n   行" in text
    assert "代码\n   不动" in text


def test_every_builder_has_the_joined_text(built):
    assert "梯度传播，第二行。" in (built["text"].out / "index.txt").read_text(encoding="utf-8")


def test_a_phrase_that_the_source_breaks_is_in_the_search_index(built):
    index = (built["html"].out / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index[index.index("(") + 1 : index.rindex(")")])["terms"]
    assert {"度传", "向传"} <= set(terms)
