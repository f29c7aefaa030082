"""A Chromium that meets the built book with no other site in reach: over http, and unpacked from its zip."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from book_site import Site, serve
from playwright.sync_api import sync_playwright
from visit import Visit, visit

from local_chromium import EXECUTABLE, FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(book) -> Iterator[str]:
    """Address of the built book on a web server."""
    with serve(book.out) as address:
        yield address


@pytest.fixture(scope="session")
def unpacked(book, tmp_path_factory) -> Path:
    """The book as a reader has it who downloads the zip."""
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(book.out / "book.zip", folder)
    return folder / "book"


@pytest.fixture
def web_site(book, server, browser) -> Iterator[Site]:
    site = Site(book.out, server, browser)
    yield site
    site.page.context.close()


@pytest.fixture
def file_site(unpacked, browser) -> Iterator[Site]:
    """The book as read from a folder."""
    site = Site(unpacked, unpacked.as_uri(), browser)
    yield site
    site.page.context.close()


@pytest.fixture(scope="session")
def visits(book, server, browser, repository) -> dict[str, Visit]:
    """What a phone finds on each page, by page; all are visited once a session."""
    site = Site(book.out, server, browser)
    visited = {page: visit(site, page, repository / "node_modules/axe-core/axe.min.js") for page in site.pages}
    site.page.context.close()
    return visited


@pytest.fixture(params=["web_site", "file_site"])
def site(request) -> Site:
    return request.getfixturevalue(request.param)
