"""Pages ask for one stylesheet and one script, made of those that they would ask for."""

from __future__ import annotations

from zipfile import ZipFile

import pytest
import quickjs
from bs4 import BeautifulSoup

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["page_bundles", "site_files"]
site_zip = "all.zip"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["second.css", "relative.css", "third.css", ("paper.css", {{"media": "print"}})]
html_css_files += ["https://elsewhere.example/other.css"]
html_js_files = ["one.js", "two.js", (None, {{"body": "const three = 3"}}), "four.js"]
html_js_files += [("five.js", {{"defer": "defer"}})]

def add(app, page, *_others):
    if page == "apart":
        app.add_css_file("fourth.css")

def finish(app, exception):
    with (app.outdir / "_static" / "second.css").open("a", encoding="utf-8") as file:
        file.write("\\np {{ color: black }}")

def setup(app):
    app.connect("html-page-context", add)
    app.connect("build-finished", finish)
"""
STATIC = {
    "second.css": "p { color: red } /* 二 */",
    "relative.css": 'p { background: url("picture.png") }',
    "third.css": "p { color: green; background: url(data:image/png;base64,AAAA) }",
    "fourth.css": "p { color: blue }",
    "paper.css": "p { color: black }",
    "one.js": "const one = 1 // no semicolon, no new line",
    "two.js": "(() => one)()",
    "four.js": "const four = 4;",
    "five.js": "const five = 5;",
}


@pytest.fixture
def source(tmp_path, repository):
    source = tmp_path / "source"
    (source / "static").mkdir(parents=True)
    (source / "conf.py").write_text(CONF.format(ext=str(repository / "ext")), encoding="utf-8")
    for name, text in STATIC.items():
        (source / "static" / name).write_text(text, encoding="utf-8")
    (source / "index.rst").write_text("Title\n=====\n\n.. toctree::\n\n   other\n", encoding="utf-8")
    (source / "other.rst").write_text("Other\n=====\n", encoding="utf-8")
    (source / "apart.rst").write_text(":orphan:\n\nApart\n=====\n", encoding="utf-8")
    return source


def linked(out, page="index") -> tuple[list[str], list[str]]:
    """The stylesheets and the scripts of a page, without the checksums of their contents."""
    soup = BeautifulSoup((out / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    sheets = [tag["href"].partition("?v=")[0] for tag in soup.select("link[rel=stylesheet]")]
    return sheets, [tag["src"].partition("?v=")[0] if "src" in tag.attrs else tag.text for tag in soup.select("script")]


def bundle(out, name) -> str:
    assert name.startswith("_bundles/")
    return (out / name).read_text(encoding="utf-8")


def test_what_stands_side_by_side_is_one_file_in_its_order(source, tmp_path, sphinx_build):
    build = sphinx_build(source, tmp_path / "out", "-W", "-j", "2")
    assert build.code == 0, build.warnings
    (first, *others), scripts = linked(build.out, "apart")
    assert bundle(build.out, first).startswith("/* _static/pygments.css _static/styles/furo.css ")
    assert bundle(build.out, first).endswith(f"\n{STATIC['second.css']}\np {{ color: black }}\n")
    apart = ["_static/relative.css", "_static/third.css", "_static/paper.css", "https://elsewhere.example/other.css"]
    assert others == apart
    *_before, joined, body, four, five = scripts
    assert bundle(build.out, joined).endswith(f"\n{STATIC['one.js']}\n;\n{STATIC['two.js']}\n;\n")
    assert quickjs.Context().eval(bundle(build.out, joined)[-len(STATIC["one.js"] + STATIC["two.js"]) - 6 :]) == 1
    assert (body, four, five) == ("const three = 3", "_static/four.js", "_static/five.js")
    assert len(list((build.out / "_bundles").iterdir())) == 3  # and the other pages' stylesheet


def test_pages_with_the_same_files_share_a_bundle(source, tmp_path, sphinx_build):
    out = sphinx_build(source, tmp_path / "out", "-W").out
    assert linked(out, "other") == linked(out)
    assert linked(out, "apart")[0][0] != linked(out)[0][0]


def test_a_changed_part_changes_a_bundle_of_which_no_page_is_written(source, tmp_path, sphinx_build):
    out = sphinx_build(source, tmp_path / "out", "-W").out
    name, written = linked(out, "apart")[0][0], (out / "apart.html").stat().st_mtime_ns
    assert STATIC["fourth.css"] in bundle(out, name)
    assert name not in linked(out, "other")[0]
    (source / "static" / "fourth.css").write_text("p { color: gold }", encoding="utf-8")
    (source / "other.rst").write_text("Other\n=====\n\nMore.\n", encoding="utf-8")
    assert sphinx_build(source, out, "-W").code == 0
    assert (out / "apart.html").stat().st_mtime_ns == written
    assert "gold" in bundle(out, name)
    assert STATIC["fourth.css"] not in bundle(out, name)


def test_the_zip_holds_the_bundles_that_pages_link_and_no_others(source, tmp_path, sphinx_build):
    out = tmp_path / "out"
    before = linked(sphinx_build(source, out, "-W").out, "apart")[0][0]
    conf = (source / "conf.py").read_text(encoding="utf-8").replace('page == "apart"', "False")
    (source / "conf.py").write_text(conf + "html_last_updated_fmt = ''\n", encoding="utf-8")
    sphinx_build(source, out, "-W")
    with ZipFile(out / "all.zip") as archive:
        bundles = {name.removeprefix("all/") for name in archive.namelist() if "_bundles/" in name}
    there = {name for files in linked(out) for name in files if name.startswith("_bundles/")}
    assert bundles == there
    assert (out / before).is_file()
    assert before not in bundles
