"""A Chromium that meets the built book with no other site in reach."""

from __future__ import annotations

import functools
import http.server
import threading
from typing import TYPE_CHECKING

import pytest
from chromium import EXECUTABLE, FLAGS
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Route


class Site:
    """The built book at an address, and what went wrong when its pages were visited."""

    def __init__(self, root: Path, address: str, browser: Browser) -> None:
        self.root = root
        self.address = address
        self.problems: list[str] = []
        context = browser.new_context()
        context.route("**/*", self._only_this_site)
        self.page: Page = context.new_page()
        self.page.on("console", self._record_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("requestfailed", lambda request: self.problems.append(f"{self.page.url}: no {request.url}"))

    def _only_this_site(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:")):
            route.continue_()
        else:
            route.abort()  # which is recorded as a failed request

    def _record_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{self.page.url}: {message.text}")

    @property
    def pages(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.html"))

    def open(self, page: str) -> Page:
        self.page.goto(f"{self.address}/{page}", wait_until="load")
        return self.page


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the tests record what fails."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(book) -> Iterator[str]:
    """Address of a web server of the built book."""
    handler = functools.partial(QuietHandler, directory=str(book.out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def web_site(book, server, browser) -> Iterator[Site]:
    site = Site(book.out, server, browser)
    yield site
    site.page.context.close()


@pytest.fixture
def file_site(book, browser) -> Iterator[Site]:
    """The book as read from a folder."""
    site = Site(book.out, book.out.as_uri(), browser)
    yield site
    site.page.context.close()


@pytest.fixture(params=["web_site", "file_site"])
def site(request) -> Site:
    return request.getfixturevalue(request.param)
