"""The built book at an address, and what a Chromium that has no other site in reach says of it."""

from __future__ import annotations

import functools
import http.server
import threading
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

NOT_FOUND = "404.html"


class Site:
    """The built book at an address, and what went wrong when its pages were visited."""

    def __init__(self, root: Path, address: str, browser: Browser) -> None:
        self.root = root
        self.address = address
        self.problems: list[str] = []
        context = browser.new_context()
        context.route("**/*", self._only_this_site)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(120_000)  # a busy machine is no fault of the book
        self.page.on("console", self._record_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("requestfailed", self._record_failure)

    def _only_this_site(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:")):
            route.continue_()
        else:
            route.abort()  # which is recorded as a failed request

    def _record_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{self.page.url}: {message.text}")

    def _record_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # as a page is left while pictures further down are loading
            self.problems.append(f"{self.page.url}: no {request.url}")

    @property
    def pages(self) -> list[str]:
        """Every page but the one for addresses that lead nowhere."""
        names = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*.html")}
        return sorted(names - {NOT_FOUND})

    def open(self, page: str) -> Page:
        self.page.goto(f"{self.address}/{page}", wait_until="load")
        return self.page


class BookHandler(http.server.SimpleHTTPRequestHandler):
    """Serves the book in a folder of the web site, as the pages of a project are; answers 404 with the book's page."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        if code != http.HTTPStatus.NOT_FOUND:
            super().send_error(code, message, explain)
            return
        page = Path(self.directory, PurePosixPath(self.path).parts[1], NOT_FOUND)  # of the folder that was asked
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the tests record what fails."""


@contextmanager
def serve(book: Path, handler: type[BookHandler] = BookHandler) -> Iterator[str]:
    """The address of the book while it is on a web server."""
    bound = functools.partial(handler, directory=book.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{book.name}"
        server.shutdown()
