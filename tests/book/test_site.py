"""What the pages of the book have in common."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup

HAN = re.compile(r"[\u3400-\u9fff]")
NO_TEXT = {"404.html", "search.html", "genindex.html", "py-modindex.html"}
ADDRESS = "https://book.example/html/"


@pytest.fixture(scope="module")
def pages(book) -> dict[str, BeautifulSoup]:
    return {
        path.relative_to(book.out).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(book.out.rglob("*.html"))
    }


def test_every_page_says_its_language(pages):
    expected = {page: "en" if page.startswith("eqtest/en/") else "zh-CN" for page in pages}
    assert {page: soup.html.get("lang") for page, soup in pages.items()} == expected


def test_every_page_has_one_title(pages):
    titles = {page: [title.text for title in soup.select("h1")] for page, soup in pages.items()}
    assert {page: found for page, found in titles.items() if len(found) != 1} == {}


def test_the_theme_speaks_chinese(pages):
    words = {
        tag[attribute]
        for soup in pages.values()
        for attribute in ("aria-label", "placeholder")
        for tag in soup.find_all(attrs={attribute: True})
        if not tag.find_parent("article")
    }
    assert len(words) >= 4
    assert {text for text in words if not HAN.search(text)} == set()
    places = ".skip-to-content, .back-to-top, .toc-title, .related-pages .context, .left-details"
    said = {place.text.strip() for soup in pages.values() for place in soup.select(places)}
    assert {"跳到正文", "回到顶部", "本页内容", "下一页", "上一页"} <= said
    assert not any("Made with" in text for text in said)


def test_every_picture_says_what_is_to_be_seen(pages):
    pictures = [(page, soup, image) for page, soup in pages.items() for image in soup.select("article img")]
    assert len(pictures) >= 4
    for page, soup, image in pictures:
        alt = image.get("alt", "")
        stem = Path(image["src"]).stem
        assert bool(HAN.search(alt)) == (soup.html["lang"] == "zh-CN"), f"{page}: {image['src']} says “{alt}”"
        assert len(alt) > 12, f"{page}: “{alt}” does not say what is to be seen"
        assert alt not in {image["src"], stem}


def test_pictures_hold_no_han_text_which_a_machine_without_its_fonts_could_not_draw(book):
    drawings = list(book.out.rglob("_images/*.svg"))
    assert len(drawings) >= 4
    for drawing in drawings:
        text = drawing.read_text(encoding="utf-8")
        assert "<path" in text
        assert not HAN.search(re.sub(r"<(title|desc|metadata)\b.*?</\1>", "", text, flags=re.DOTALL)), drawing
        assert "<text" not in text, f"{drawing}: letters are paths, the same on every machine"


def test_a_chapter_leads_on_and_every_heading_has_its_link(pages):
    chapters = [soup for page, soup in pages.items() if page.startswith("ArtificialIntelligence/")]
    assert len(chapters) >= 3
    for soup in chapters:
        assert soup.select_one(".related-pages a.next-page[href]")
        assert soup.select_one(".related-pages a.prev-page[href]")
        assert soup.select_one(".toc-drawer .toc-tree a[href^='#']")
        headings = soup.select("article :is(h1, h2, h3, h4)")
        assert headings
        assert all(heading.select_one("a.headerlink[href^='#']") for heading in headings)


def test_what_other_sites_show_of_a_page_is_prose_in_its_language(pages):
    described = {page: soup for page, soup in pages.items() if soup.select_one("meta[property='og:title']")}
    assert "index.html" in described
    assert len(described) >= 10
    for page, soup in described.items():
        tags = {tag["property"]: tag["content"] for tag in soup.select("meta[property^='og:']")}
        assert tags["og:url"] == ADDRESS + page
        assert bool(HAN.search(tags["og:description"])) == (soup.html["lang"] == "zh-CN"), page
        assert not re.search(r"\\[a-z]|[_^]\{|\$", tags["og:description"]), page
        assert [tag["content"] for tag in soup.select("meta[name=description]")] == [tags["og:description"]]
        assert soup.select_one("link[rel=canonical]")["href"] == ADDRESS + page


def test_the_sitemap_lists_the_pages(book, pages):
    listed = set(re.findall("<loc>(.*?)</loc>", (book.out / "sitemap.xml").read_text(encoding="utf-8")))
    written = {ADDRESS + page for page in pages if page not in NO_TEXT}
    assert listed == written


def test_the_start_page_offers_the_zip_of_the_whole_book(book, pages):
    assert pages["index.html"].select_one("article a[href='book.zip']")
    with ZipFile(book.out / "book.zip") as archive:
        packed = {name.removeprefix("book/") for name in archive.namelist()}
    assert {page for page in pages if page not in NO_TEXT} <= packed
    assert {path.relative_to(book.out).as_posix() for path in book.out.rglob("_images/*")} <= packed
