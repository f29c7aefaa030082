"""How soon an author has the verdict on a formula that was saved: ``sphinx_eqtest.live`` beside sphinx-autobuild.

Both serve a copy of a generated book with an equation on every page. The formula of one page is edited in both, one
after the other, several times; ``verdict`` is when its warning is printed, ``page`` when it is shown again. Seconds of
wall time, medians; goal: the verdict within 2 s.
"""

from __future__ import annotations

import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.book import ENVIRONMENT, FEW_PAGES, SUBJECTS, Book

EDITS = 5
SETTLED = 3.0
"""Seconds after which a server watches the folder."""


class Served:
    """A book that a module of Python serves."""

    def __init__(self, module: str, root: Path) -> None:
        self._book = Book(root, SUBJECTS[0], FEW_PAGES, checked=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", module, "docs", "html", "-d", "doctrees", "--port", port],
            cwd=root,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._await("Serving on")
        time.sleep(SETTLED)

    def _await(self, words: str) -> None:
        assert self._process.stdout is not None
        while words not in (line := self._process.stdout.readline()):
            if not line:
                raise SystemExit(f"{self._process.args}: it ended")

    def edit(self, number: int) -> tuple[float, float]:
        """Seconds from saving a wrong formula to its verdict, and to the page."""
        start = time.perf_counter()
        self._book.write(0, formula=f"{number + 2} h")
        self._await("equ-0 fails")
        verdict = time.perf_counter() - start
        self._await("Serving on")
        return verdict, time.perf_counter() - start

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        served = {module: Served(module, Path(folder, module)) for module in ("sphinx_autobuild", "sphinx_eqtest.live")}
        times = [{module: each.edit(number) for module, each in served.items()} for number in range(EDITS)]
        for each in served.values():
            each.stop()
    print(f"A formula saved in a book of {FEW_PAGES} pages, medians of {EDITS} edits\n")
    print(f"{'':10}" + "".join(f"{module:>20}" for module in served) + f"{'ratio':>8}")
    for index, name in enumerate(("verdict", "page")):
        theirs, ours = (statistics.median(each[module][index] for each in times) for module in served)
        print(f"{name:10}{theirs:19.2f}s{ours:19.2f}s{ours / theirs:8.2f}", flush=True)


if __name__ == "__main__":
    main()
