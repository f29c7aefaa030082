"""Single pages checked without a build of their site: what ``python -m eqtest PAGE…`` calls.

The pages are read by Sphinx, with the conf.py of their project where there is one, and nothing is written. Equations
and snippets that stand on other pages are looked for there, and only those pages are read as well.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from eqtest.documents.check import unknown_label
from eqtest.findings import Findings
from eqtest.settings import merge
from sphinx_eqtest.builder import find
from sphinx_eqtest.cells import TAG
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.verification import examine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eqtest.documents.check import Question

_READERS = {".md": ("myst_nb", "myst_parser"), ".ipynb": ("myst_nb",)}
"""Extensions that read a page without a project: the first that is installed."""
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_QUIET = ("ref", "toc", "app", "config", "myst.xref_missing", "etoc", "bibtex")
"""Kinds of warnings about what is not there because the other pages are not read."""


def check_pages(files: Sequence[str], question: Question) -> Findings:
    """What is found on the pages; paths are relative to the working folder. Raises ``ValueError``."""
    parts = [_check(project, pages, question) for project, pages in _projects(files)]
    return Findings(
        os.getcwd(),
        tuple(case for part in parts for case in part.cases),
        tuple(check for part in parts for check in part.checks),
        tuple(snippet for part in parts for snippet in part.snippets),
    )


def list_pages(files: Sequence[str], question: Question) -> Iterator[str]:
    """``chapter.rst:12: equ-Chain (checked)`` for every labelled equation."""
    for project, pages in _projects(files):
        with _apart() as folder:
            app, names = _read(project, pages, folder, question)
            domain = EqtestDomain.of(app.env)
            checked = {check.label for check in domain.checks()}
            for equation in domain.equations().values():
                if equation.docname in names:
                    path = os.path.relpath(Path(app.srcdir, equation.place.path))
                    state = "checked" if equation.label in checked else "not checked"
                    yield f"{path}:{equation.place.line()}: {equation.label} ({state})"


Project = tuple[Path | None, Path]
"""Folder of conf.py, if there is one, and source folder."""


def _projects(files: Sequence[str]) -> list[tuple[Project, list[Path]]]:
    """The pages by project; one that belongs to none is by itself."""
    alone: list[tuple[Project, list[Path]]] = []
    shared: dict[Project, list[Path]] = {}
    for file in files:
        path = Path(file).resolve()
        if not path.is_file():
            raise ValueError(f"there is no file {file}")
        project = _project(path)
        if project[0] is None:
            alone.append((project, [path]))
        else:
            shared.setdefault(project, []).append(path)
    return [*shared.items(), *alone]


def _project(path: Path) -> Project:
    """The nearest conf.py above a page; the source folder is the highest from there that has a root document."""
    confdir = next((folder for folder in path.parents if (folder / "conf.py").is_file()), None)
    if confdir is None:
        return None, path.parent
    below = [folder for folder in reversed(path.parents) if folder.is_relative_to(confdir)]
    roots = (folder for folder in below if any(folder.glob("index.*")))
    return confdir, next(roots, confdir)


def _check(project: Project, pages: Sequence[Path], question: Question) -> Findings:
    with _apart() as folder:
        app, names = _read(project, pages, folder, question)
        domain = EqtestDomain.of(app.env)
        _keep(domain, names, question)
        examine(domain, app)
        found = find(domain)
    paths = {os.path.relpath(page, app.srcdir) for page in pages}
    mine = [case for case in found.cases if case.failed or case.path in paths]
    mine += [unknown_label(label, os.fspath(pages[0])) for label in _missing(domain, question)]
    return _from_here(replace(found, cases=tuple(mine), skips=(), coverage=None))


@contextmanager
def _apart() -> Iterator[Path]:
    """A folder to work in, and what Sphinx registers with docutils taken back at the end."""
    with tempfile.TemporaryDirectory(prefix="eqtest-") as folder, patch_docutils(), docutils_namespace():
        yield Path(folder)


def _missing(domain: EqtestDomain, question: Question) -> list[str]:
    known = domain.equations()
    return [label for label in question.labels if label not in known]


def _keep(domain: EqtestDomain, names: set[str], question: Question) -> None:
    """Only the checks of the pages in question, with the options of the command line where they give none."""
    for name, page in domain.pages.items():
        wanted = [check for check in page.checks if not question.labels or check.label in question.labels]
        page.checks = [
            replace(check, settings=merge(question.settings, check.settings)) for check in wanted if name in names
        ]
        page.figures, page.plots = ([], []) if name not in names else (page.figures, page.plots)
    needed = _needed(domain, names)
    for page in domain.pages.values():
        page.snippets = [snippet for snippet in page.snippets if snippet.docname in names or snippet.name in needed]


def _needed(domain: EqtestDomain, names: set[str]) -> set[str]:
    """Names of the snippets that the pages use, also through others."""
    after = {snippet.name: snippet.after for snippet in domain.snippets()}
    pending = [name for check in domain.checks() for name in check.snippets]
    pending += [name for figure in domain.figures() if figure.docname in names for name in figure.snippets]
    pending += [snippet.name for snippet in domain.snippets() if snippet.docname in names]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += after.get(name, ())
    return found


def _read(project: Project, pages: Sequence[Path], folder: Path, question: Question) -> tuple[Sphinx, set[str]]:
    """Sphinx with these pages read, and with those that they refer to; the names of the former."""
    confdir, srcdir = project
    names = [page.relative_to(srcdir).as_posix() for page in pages]
    warning = io.StringIO()
    try:
        app = Sphinx(srcdir, confdir, folder / "out", folder / "doctrees", "eqtest",
                     _overrides(project, pages, question), status=None, warning=warning, freshenv=True)  # fmt: skip
        if "sphinx_eqtest" not in app.extensions:
            raise ValueError(f"{confdir}/conf.py does not name 'sphinx_eqtest' in its extensions")
        for page in pages:
            if not page.name.endswith(tuple(app.config.source_suffix)):
                raise ValueError(_no_page(page, confdir, app.config.source_suffix))
        if hasattr(app.env, "mystnb_config"):  # MyST-NB runs a notebook when it reads it
            app.env.mystnb_config = app.env.mystnb_config.copy(execution_mode="off")
        app.config.root_doc = app.project.path2doc(names[0]) or app.config.root_doc
        app.config.suppress_warnings = [*app.config.suppress_warnings, *_QUIET]
        mode, app.config.eqtest_mode = app.config.eqtest_mode, "off"  # nothing is run while pages are read
        _read_all(app, names)
        app.config.eqtest_mode = "force" if mode == "force" else "auto"
    except SphinxError as error:
        raise ValueError(f"Sphinx cannot read the pages: {error}") from None
    sys.stderr.write(_COLOUR.sub("", warning.getvalue()))
    return app, {app.project.path2doc(name) or name for name in names}


def _overrides(project: Project, pages: Sequence[Path], question: Question) -> dict[str, Any]:
    confdir, _ = project
    given = {name: question.settings[name] for name in ("trials", "rtol") if name in question.settings}
    found: dict[str, Any] = {f"eqtest_{name}": value for name, value in given.items()}
    if question.max_cases is not None:
        found["eqtest_max_cases"] = question.max_cases
    if confdir is None:
        readers = [_reader(suffix) for suffix in sorted({page.suffix for page in pages} & set(_READERS))]
        found["extensions"] = ["sphinx_eqtest", *dict.fromkeys(readers)]
        if readers:
            found["myst_enable_extensions"] = ["dollarmath", "amsmath", "colon_fence"]
    return found


def _no_page(page: Path, confdir: Path | None, suffixes: Iterable[str]) -> str:
    reader = _READERS.get(page.suffix, ("", ""))[-1]
    add = f"; with {reader!r} in its extensions it would be" if reader else ""
    return f"{os.path.relpath(page)} is no page of {confdir}/conf.py, which has pages {', '.join(suffixes)}{add}"


def _reader(suffix: str) -> str:
    readers = _READERS[suffix]
    for name in readers:
        if importlib.util.find_spec(name) is not None:
            return name
    raise ValueError(f"{suffix} pages are read by {' or '.join(readers)}, which is not installed")


def _read_all(app: Sphinx, names: list[str]) -> None:
    """Read the pages, then, as long as labels or snippets are missing, the pages that name them."""
    read = list(names)
    while True:
        app.config.include_patterns = read
        app.builder.read()
        missing = _unresolved(EqtestDomain.of(app.env))
        named = re.compile(rf"(?<![\w-])({TAG})?({'|'.join(map(re.escape, missing))})(?![\w-])") if missing else None
        more = [
            name
            for name in _others(app, read)
            if named is not None and named.search(Path(app.srcdir, name).read_text("utf-8", "replace"))
        ]
        if not more:
            return
        read += more


def _unresolved(domain: EqtestDomain) -> set[str]:
    """Labels and names of snippets that are used and not yet found."""
    used = {check.label for check in domain.checks() if check.label} - set(domain.equations())
    snippets = {name for check in domain.checks() for name in check.snippets}
    snippets |= {name for snippet in domain.snippets() for name in snippet.after}
    snippets |= {name for figure in domain.figures() for name in figure.snippets}
    return used | (snippets - {snippet.name for snippet in domain.snippets()})


def _others(app: Sphinx, read: Sequence[str]) -> list[str]:
    """Source files of the project that have not been read."""
    suffixes = tuple(app.config.source_suffix)
    folder = Path(app.srcdir)
    files = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.name.endswith(suffixes))
    hidden = (path for path in files if not any(part[0] in "._" for part in path.parts))
    return [path.as_posix() for path in hidden if path.as_posix() not in read]


def _from_here(found: Findings) -> Findings:
    """With paths from the working folder."""

    def here(path: str) -> str:
        return os.path.relpath(Path(found.folder, path))

    def moved(record: Any) -> Any:
        return replace(record, place=replace(record.place, path=here(record.place.path)))

    cases = tuple(replace(case, path=here(case.path)) for case in found.cases)
    return Findings(os.getcwd(), cases, tuple(map(moved, found.checks)), tuple(map(moved, found.snippets)))
