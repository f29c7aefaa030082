"""The cost of running a book's snippets: ours beside plain Sphinx, the same code in one process, and MyST-NB.

A generated book of pages with four torch snippets each is built by all of them in turn, in one run; the figures are
medians. ``plain`` shows the code and runs nothing: the cost of Sphinx. ``in-process`` runs the same code while pages
are read, in the process of Sphinx, without isolation, limits or cache: the lower bound of a build in which everything
runs. In a book whose pages also have an equation each, one snippet and one formula are edited, and what is run is
counted. Peak memory (proportional set size of all processes together) is of a run of its own, so that looking at it
costs the times nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

PAGES, FEW_PAGES, REPEATS = 10, 4, 3
SNIPPETS = (
    "import torch\n\ntorch.manual_seed({page})\nw = [torch.randn(8, 8, requires_grad=True) for _ in range(4)]\n"
    "x = torch.randn(8, requires_grad=True)",
    "h = x\nfor each in w:\n    h = torch.tanh(each @ h) + h\nprint(h.shape)",
    "L = h.square().sum() / 2\nL.backward(retain_graph=True)\nprint(x.grad.norm() > 0)",
    "import matplotlib\nfrom matplotlib.figure import Figure\n\nfigure = Figure()\n"
    "figure.subplots().plot(x.detach().numpy())\nlen(figure.axes)",
)
EQUATION = """
.. math:: \\frac{{\\partial L}}{{\\partial h}} = {formula}
   :label: equ-{page}

.. eqtest:: equ-{page}
   :snippet: net-{page}-2
   :layout: gradient
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As a user's: what is imported has been compiled before."""
IN_PROCESS = """
import contextlib, io
from sphinx.directives.code import CodeBlock

class Run(CodeBlock):
    def run(self):
        space = self.env.temp_data.setdefault("space", {})
        with contextlib.redirect_stdout(io.StringIO()):
            exec("\\n".join(self.content), space)
        return super().run()

def setup(app):
    app.add_directive("code-block", Run, override=True)
    return {"parallel_read_safe": True}
"""


@dataclass(frozen=True)
class Subject:
    """One way to build the book. ``snippet`` gives the source of a page's snippet by page, number and code."""

    name: str
    conf: str
    suffix: str
    snippet: Callable[[int, int, str], str]
    options: tuple[str, ...] = ()


def ours(page: int, number: int, code: str) -> str:
    after = f"   :after: net-{page}-{number - 1}\n" if number else ""
    return f".. torch:: net-{page}-{number}\n{after}\n{indented(code)}"


def block(_page: int, _number: int, code: str) -> str:
    return f".. code-block:: python\n\n{indented(code)}"


def cell(_page: int, _number: int, code: str) -> str:
    return f"```{{code-cell}}\n{code}\n```"


def indented(code: str) -> str:
    return "".join(f"   {line}\n" for line in code.splitlines())


SUBJECTS = (
    Subject("eqtest", 'extensions = ["sphinx_eqtest"]\n', "rst", ours),
    Subject("eqtest -j 2", 'extensions = ["sphinx_eqtest"]\n', "rst", ours, ("-j", "2")),
    Subject("plain", "", "rst", block),
    Subject("in-process", IN_PROCESS, "rst", block),
    Subject("MyST-NB", 'extensions = ["myst_nb"]\nnb_execution_mode = "cache"\n', "md", cell),
)


class Book:
    """The book for one subject, in a folder of its own."""

    def __init__(self, root: Path, subject: Subject, pages: int, checked: bool = False) -> None:
        self._root, self._subject, self._checked = root, subject, checked
        self._docs = root / "docs"
        self._docs.mkdir(parents=True)
        (self._docs / "conf.py").write_text(subject.conf)
        toctree = "".join(f"   page{page}\n" for page in range(pages))
        (self._docs / "index.rst").write_text(f"Book\n====\n\n.. toctree::\n\n{toctree}")
        for page in range(pages):
            self.write(page)

    def write(self, page: int, prose: str = "Prose.", edit: str = "", edited: int = -1, formula: str = "h") -> None:
        """Write a page; ``edit`` is put behind the code of the snippet ``edited``, by default the last."""
        front = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n" if self._subject.suffix == "md" else ""
        title = f"# Page {page}\n" if front else f"Page {page}\n=======\n"
        codes = [code.format(page=page) if "{page}" in code else code for code in SNIPPETS]
        codes[edited] += edit
        parts = [self._subject.snippet(page, number, code) for number, code in enumerate(codes)]
        equation = EQUATION.format(page=page, formula=formula) if self._checked else ""
        text = "\n\n".join([front + title, prose, *parts, equation])
        (self._docs / f"page{page}.{self._subject.suffix}").write_text(text + "\n")

    def clear(self) -> None:
        for path in self._root.iterdir():
            if path != self._docs:
                shutil.rmtree(path)

    def build(self, watch: bool = False) -> Cost:
        """Build once; with ``watch`` look at the memory."""
        folders = [str(self._docs), str(self._root / "out" / "html"), "-d", str(self._root / "out" / "doctrees")]
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", *folders, *self._subject.options]
        start = time.perf_counter()
        log = self._root.with_suffix(".log")
        with log.open("w") as errors:  # notebook kernels are talkative
            process = subprocess.Popen(command, cwd=self._root, env=ENVIRONMENT, stderr=errors)
        watcher = Watcher(process.pid) if watch else None
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if status:
            raise SystemExit(f"{self._subject.name}: the build failed\n{log.read_text()}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, watcher.peak() if watcher else 0)

    def ran(self) -> list[str]:
        """Build once; the snippets and equations that were run, and why."""
        folders = [str(self._docs), str(self._root / "out" / "html"), "-d", str(self._root / "out" / "doctrees")]
        command = [sys.executable, "-m", "sphinx", "-v", "-W", "-b", "html", *folders]
        told = subprocess.run(command, env=ENVIRONMENT, cwd=self._root, capture_output=True, text=True, check=True)
        return re.findall(r"^eqtest: \w+: (.* run \(.*\))$", told.stdout, re.MULTILINE)


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    memory: int
    """Bytes."""


class Watcher(threading.Thread):
    """Adds up the memory of a process and its descendants, several times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._peak = 0
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            total = 0
            with suppress(psutil.Error):
                for process in [self._root, *self._root.children(recursive=True)]:
                    with suppress(psutil.Error):
                        total += process.memory_full_info().pss
            self._peak = max(self._peak, total)

    def peak(self) -> int:
        self._ended.set()
        self.join()
        return self._peak


def measure(subjects: dict[str, Book], few: dict[str, Book]) -> dict[str, dict[str, list[Cost]]]:
    """Costs by situation and subject. The subjects take turns, so that all meet the same moods of the machine."""
    costs: dict[str, dict[str, list[Cost]]] = {}

    def note(situation: str, name: str, cost: Cost) -> None:
        costs.setdefault(situation, {}).setdefault(name, []).append(cost)

    for turn in range(REPEATS):
        for name, book in few.items():
            book.clear()
            note(f"cold, {FEW_PAGES} pages", name, book.build())
        for name, book in subjects.items():
            book.clear()
            book.write(0)
            note(f"cold, {PAGES} pages", name, book.build())
            note("nothing changed", name, book.build())
            book.write(0, prose=f"Prose, edited {turn} times.")
            note("prose edited", name, book.build())
            book.write(0, edit=f" + {turn + 1}")
            note("snippet edited", name, book.build())
    for name, book in subjects.items():
        book.clear()
        note("peak memory, cold", name, book.build(watch=True))
    return costs


def table(costs: dict[str, dict[str, list[Cost]]]) -> str:
    """Medians: seconds of wall time, and of CPU time; memory in MiB."""
    names = list(costs[f"cold, {PAGES} pages"])
    lines = [f"{'wall s (CPU s)':24}" + "".join(f"{name:>18}" for name in names)]
    for situation, by_name in costs.items():
        cells = []
        for name in names:
            found = by_name[name]
            wall, cpu = (statistics.median(getattr(cost, each) for cost in found) for each in ("wall", "cpu"))
            memory = max(cost.memory for cost in found)
            cells.append(f"{memory / 2**20:14.0f} MiB" if memory else f"{wall:8.2f} ({cpu:6.2f})")
        lines.append(f"{situation:24}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


def claims(costs: dict[str, dict[str, list[Cost]]]) -> str:
    """The ratios that are promised, beside those measured of wall time and of CPU time, which others disturb less."""
    cold, few = f"cold, {PAGES} pages", f"cold, {FEW_PAGES} pages"

    def ratio(time: str, situation: str, name: str, peer: str) -> float:
        ours, theirs = (statistics.median(getattr(c, time) for c in costs[situation][each]) for each in (name, peer))
        return ours / theirs

    def growth(time: str, name: str) -> float:
        more, less = (statistics.median(getattr(c, time) for c in costs[each][name]) for each in (cold, few))
        return (more - less) / (PAGES - FEW_PAGES)

    rows = [
        ("cold, against the same code in one process", 1.6, lambda time: ratio(time, cold, "eqtest", "in-process")),
        ("cold, against MyST-NB", 1 / 5, lambda time: ratio(time, cold, "eqtest", "MyST-NB")),
        ("growth a page, against MyST-NB", 1 / 15, lambda time: growth(time, "eqtest") / growth(time, "MyST-NB")),
        ("nothing changed, against plain", 1.15, lambda time: ratio(time, "nothing changed", "eqtest", "plain")),
        ("prose edited, against plain", 1.15, lambda time: ratio(time, "prose edited", "eqtest", "plain")),
        ("cold with -j 2, against -j 1", 1.0, lambda time: ratio(time, cold, "eqtest -j 2", "eqtest")),
    ]
    lines = [f"{'':44}{'wall':>7}{'CPU':>7}"]
    lines += [f"{claim:44}{of('wall'):7.3f}{of('cpu'):7.3f}   (at most {limit:.3f})" for claim, limit, of in rows]
    return "\n".join(lines)


def counts(book: Book) -> str:
    """What is run when one snippet, and one formula, of the first page of a checked book are edited."""
    lines = [f"at first: {len(book.ran())} snippets and equations", f"nothing changed: {len(book.ran())}"]
    book.write(0, edit="\nprint(L.shape)", edited=2)
    lines += ["one snippet edited:", *(f"    {each}" for each in book.ran())]
    book.write(0, edit="\nprint(L.shape)", edited=2, formula="0 + h")
    lines += ["one formula edited:", *(f"    {each}" for each in book.ran())]
    return "\n".join(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        books = {subject.name: Book(root / str(n), subject, PAGES) for n, subject in enumerate(SUBJECTS)}
        few = {subject.name: Book(root / f"few{n}", subject, FEW_PAGES) for n, subject in enumerate(SUBJECTS)}
        ran = counts(Book(root / "checked", SUBJECTS[0], FEW_PAGES, checked=True))
        costs = measure(books, few)
    print(f"A book of {PAGES} pages with {len(SNIPPETS)} snippets each, medians of {REPEATS} runs\n")
    print(table(costs), claims(costs), ran, sep="\n\n", flush=True)


if __name__ == "__main__":
    main()
