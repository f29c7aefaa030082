"""The site as a zip, and its sitemap: of the pages that there are now."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from zipfile import ZipFile

import pytest

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["site_files"]
html_copy_source = False
html_baseurl = "https://book.example/sub/"
site_zip = "all.zip"
"""


@pytest.fixture
def source(tmp_path, repository):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "conf.py").write_text(CONF.format(ext=str(repository / "ext")), encoding="utf-8")
    (folder / "index.rst").write_text("Start\n=====\n\n.. toctree::\n   :glob:\n\n   page*\n", encoding="utf-8")
    for name in ("page1", "page2"):
        (folder / f"{name}.rst").write_text(f"{name}\n=====\n\n:download:`{name}.csv`\n", encoding="utf-8")
        (folder / f"{name}.csv").write_text(name, encoding="utf-8")
    return folder


def names(out):
    with ZipFile(out / "all.zip") as archive:
        assert archive.testzip() is None
        return {name.removeprefix("all/") for name in archive.namelist()}


def addresses(out):
    return [element.text for element in ElementTree.parse(out / "sitemap.xml").iter() if element.tag.endswith("loc")]


def test_the_zip_holds_every_page_and_what_pages_need(source, tmp_path, sphinx_build):
    out = sphinx_build(source, tmp_path / "out", "-W").out
    assert {"index.html", "page1.html", "search.html", "searchindex.js", "_static/searchtools.js"} <= names(out)
    assert sum(name.endswith(".csv") for name in names(out)) == 2
    with ZipFile(out / "all.zip") as archive:
        assert all(archive.read(f"all/{name}") == (out / name).read_bytes() for name in names(out))


def test_the_sitemap_holds_every_page_once(source, tmp_path, sphinx_build):
    out = sphinx_build(source, tmp_path / "out", "-W", "-j", "2").out
    assert addresses(out) == [f"https://book.example/sub/{page}.html" for page in ("index", "page1", "page2")]


def test_a_removed_page_is_in_neither_and_a_build_of_one_page_keeps_the_others(source, tmp_path, sphinx_build):
    sphinx_build(source, tmp_path / "out", "-W")
    (source / "page2.rst").unlink()
    (source / "page1.rst").write_text("Changed\n=======\n\n:download:`page1.csv`\n", encoding="utf-8")
    out = sphinx_build(source, tmp_path / "out", "-W").out
    assert (out / "page2.html").is_file()  # Sphinx leaves it
    assert not {name for name in names(out) if "page2" in name}
    assert {"index.html", "page1.html"} <= names(out)
    assert [address.rpartition("/")[2] for address in addresses(out)] == ["index.html", "page1.html"]
    with ZipFile(out / "all.zip") as archive:
        assert b"Changed" in archive.read("all/page1.html")


def test_a_build_without_changes_leaves_the_zip_and_another_folder_gets_the_same_bytes(source, tmp_path, sphinx_build):
    first = sphinx_build(source, tmp_path / "out", "-W").out / "all.zip"
    written = first.stat().st_mtime_ns
    sphinx_build(source, tmp_path / "out", "-W")
    assert first.stat().st_mtime_ns == written
    assert (
        sphinx_build(source, tmp_path / "other", "-W", "-j", "2").out / "all.zip"
    ).read_bytes() == first.read_bytes()


def test_without_an_address_there_is_no_sitemap(source, tmp_path, sphinx_build):
    out = sphinx_build(source, tmp_path / "out", "-W", "-D", "html_baseurl=").out
    assert not (out / "sitemap.xml").exists()
    assert names(out)
