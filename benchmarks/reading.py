"""How soon a reader with a phone has a page of the book: its weight, its first paint, and when nothing more moves.

The book is served compressed, as web servers do, to a Chromium whose processor is slowed four times and whose network
gives 4 Mbit/s with 100 ms of latency; every visit starts with an empty cache, in a window that has its own parts.
``ready`` is when the page and its fonts are loaded. Medians of some visits, and the slowest; goal: ready within 2 s.
"""

from __future__ import annotations

import gzip
import http.server
import mimetypes
import os
import statistics
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

from local_chromium import ADVICE, EXECUTABLE, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).parents[1]
BOOK = REPOSITORY / "build" / "bench" / "html"
VISITS = 5
SETTLED_MS = 2000
"""After which a window has its own parts: Chromium's address bar alone takes more than a second of a core."""
BYTES_PER_SECOND, LATENCY_MS, SLOWDOWN = 4_000_000 / 8, 100, 4
TIMES = """() => document.fonts.ready.then(() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  ready: performance.now(),
}))"""


@cache
def compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())


class CompressingHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = BOOK / unquote(urlsplit(self.path).path).lstrip("/")
        if not path.is_file():
            self.send_error(http.HTTPStatus.NOT_FOUND)
            return
        body, plain = compressed(path), path.read_bytes()
        self.send_response(http.HTTPStatus.OK)
        if len(body) < len(plain):
            self.send_header("Content-Encoding", "gzip")
        else:
            body = plain
        self.send_header("Content-Type", mimetypes.guess_type(path.name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def visit(browser: Browser, address: str) -> dict[str, Any]:
    """Times in milliseconds since the visit began, bytes and requests."""
    context = browser.new_context(viewport={"width": 375, "height": 700})
    page = context.new_page()
    page.wait_for_timeout(SETTLED_MS)
    session = context.new_cdp_session(page)
    weight = {"bytes": 0, "requests": 0}

    embedded: set[str] = set()

    def note(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("data:"):
            embedded.add(event["requestId"])

    def count(event: dict[str, Any]) -> None:
        if event["requestId"] in embedded:
            return
        weight["bytes"] += event["encodedDataLength"]
        weight["requests"] += 1

    session.on("Network.requestWillBeSent", note)
    session.on("Network.loadingFinished", count)
    session.send("Network.enable")
    network = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND, "latency": LATENCY_MS}
    session.send("Network.emulateNetworkConditions", {"offline": False, **network})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(address, wait_until="load", timeout=0)
    times: dict[str, Any] = page.evaluate(TIMES)
    context.close()
    return {**times, **weight}


def build() -> None:
    folders = [str(REPOSITORY / "docs"), str(BOOK), "-d", str(BOOK.parent / "doctrees")]
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", str(REPOSITORY), *folders]
    subprocess.run(command, check=True, cwd=REPOSITORY, env=dict(os.environ))


def main() -> None:
    """Print a table of the chapters and the start page."""
    if EXECUTABLE is None:
        sys.exit(ADVICE)
    build()
    pages = [BOOK / "index.html", *sorted(BOOK.rglob("ModulesOfNN/*.html"))]
    print("\na page on a phone (4 times slower, 4 Mbit/s, 100 ms)")
    print(f"{'page':<24}{'KiB':>8}{'requests':>10}{'paint ms':>10}{'ready ms':>10}{'slowest':>10}")
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), CompressingHandler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        visit(browser, f"http://127.0.0.1:{server.server_port}/index.html")  # the browser's first steps do not count
        for path in pages:
            address = f"http://127.0.0.1:{server.server_port}/{path.relative_to(BOOK).as_posix()}"
            visits = [visit(browser, address) for _ in range(VISITS)]
            middle = {key: statistics.median(each[key] for each in visits) for key in visits[0]}
            weight = f"{middle['bytes'] / 1024:8.0f}{middle['requests']:10.0f}"
            slowest = max(each["ready"] for each in visits)
            print(f"{path.stem:<24}{weight}{middle['paint']:10.0f}{middle['ready']:10.0f}{slowest:10.0f}")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
