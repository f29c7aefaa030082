"""The command line: ``python -m eqtest FILE…``, or ``eqtest FILE…``.

Pages of a Sphinx project (reStructuredText, MyST Markdown, notebooks) are read by ``sphinx_eqtest``, which is imported
when there are any; LaTeX documents, and files that are one formula, are checked with the snippets of ``--snippet``.

Exit status 0: all that was checked is as expected; 1: a row fails or is vacuous; 2: something cannot be checked.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eqtest.documents.check import Question, check_formula, check_latex, list_latex
from eqtest.errors import unreadable
from eqtest.execution.cell import DEFAULT_MEMORY_LIMIT, DEFAULT_TIMEOUT, Cell
from eqtest.findings import Findings
from eqtest.settings import NUMBERS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGES = (".rst", ".md", ".ipynb")
"""Files that Sphinx reads; in a folder, only these are looked for."""
FORMATS = ("text", "json", "github", "sarif", "junit")
_REPEATED = {"symbols": "symbol", "partials": "partial", "macros": "macro"}
_CANNOT = {"label", "snippet", "timeout", "option", "where", "file", "figure"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    files = list(_files(options.files))
    pages = [file for file in files if Path(file).suffix in PAGES]
    others = [file for file in files if Path(file).suffix not in PAGES]
    if others and not options.snippet and not options.list:
        parser.error(f"{others[0]}: --snippet is required for formulas and LaTeX documents")
    try:
        question = _question(options)
        if options.list:
            print("\n".join(_listed(pages, others, question)))
            return 0
        parts = [_check_pages(pages, question)] if pages else []
        parts += [_check_other(file, question) for file in others]
        findings = _joined(parts)
        text = _written(findings, options)
    except (OSError, ValueError, ImportError) as error:
        print(f"eqtest: {error}", file=sys.stderr)
        return 2
    print(text, end="")
    return status(findings)


def status(findings: Findings) -> int:
    """The exit status."""
    reports = [check.report for check in findings.checks if check.report is not None and not check.report.ok]
    if any(report.status in ("error", "undefined") for report in reports):
        return 2
    if any(case.subtype in _CANNOT for case in findings.failures):
        return 2
    return int(bool(reports or findings.failures))


def _written(findings: Findings, options: argparse.Namespace) -> str:
    from eqtest import formats  # what they need is loaded when it is needed

    single = findings.checks[0].report if len(findings.checks) == 1 and not findings.checks[0].label else None
    if options.json or (single is not None and options.format == "text" and not options.fix_preview):
        if single is None:
            raise SystemExit("eqtest: --json prints the report of a single formula; use --format=json")
        return f"{single.to_json() if options.json else single}\n"
    text = formats.FORMATS["diff" if options.fix_preview else options.format](findings)
    return text if not text or text.endswith("\n") else f"{text}\n"


def _joined(parts: Sequence[Findings]) -> Findings:
    """Paths in all parts are relative to the working folder."""
    return Findings(
        os.getcwd(),
        tuple(case for part in parts for case in part.cases),
        tuple(check for part in parts for check in part.checks),
        tuple(snippet for part in parts for snippet in part.snippets),
    )


def _files(names: Sequence[str]) -> Iterator[str]:
    """The files, and the pages in the folders."""
    for name in names:
        if name != "-" and Path(name).is_dir():
            found = sorted(path for path in Path(name).rglob("*") if path.suffix in PAGES)
            yield from (os.fspath(path) for path in found if not any(part[0] in "._" for part in path.parts))
        else:
            yield name


def _listed(pages: Sequence[str], others: Sequence[str], question: Question) -> Iterator[str]:
    for file in others:
        yield from list_latex(Path(file))
    if pages:
        yield from _sphinx().list_pages(pages, question)


def _check_pages(files: Sequence[str], question: Question) -> Findings:
    found: Findings = _sphinx().check_pages(files, question)
    return found


def _sphinx() -> Any:
    """The Sphinx side, which this package does not know otherwise."""
    try:
        return importlib.import_module("sphinx_eqtest.pages")
    except ModuleNotFoundError as error:
        message = f"pages are read by Sphinx, and {error.name!r} is not installed: pip install 'eqtest[sphinx]'"
        raise ImportError(message) from None


def _check_other(file: str, question: Question) -> Findings:
    if file == "-":
        return check_formula(sys.stdin.read(), file, question)
    return check_latex(Path(file), question)


def _question(options: argparse.Namespace) -> Question:
    cells = []
    for file in options.snippet:
        path = Path(file)
        try:
            code = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(unreadable(file, error)) from None
        cells.append(Cell(file, code, path=file, timeout=options.timeout, memory_limit=options.memory_limit * 2**20))
    settings = {name: getattr(options, name.replace("-", "_")) for name in (*TEXTS, *NUMBERS)}
    settings |= {name: "\n".join(getattr(options, option)) for name, option in _REPEATED.items()}
    given = {name: str(value) for name, value in settings.items() if value not in (None, "")}
    return Question(tuple(cells), given, options.seed, options.max_cases, tuple(options.label))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eqtest", description="Check the equations of documents against autograd."
    )
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="pages (.rst .md .ipynb), folders of them, LaTeX; - for a formula")
    add("--snippet", action="append", default=[], metavar="FILE.py", help="computes the tensors; may be repeated")
    add("--label", action="append", default=[], help="check only this equation; may be repeated")
    add("--list", action="store_true", help="list the labelled equations, check nothing")
    add("--format", choices=FORMATS, default="text", help="how the findings are written")
    add("--json", action="store_true", help="the report of a single formula as JSON")
    add("--fix-preview", action="store_true", help="the repairs as a diff, for patch -p0; nothing is changed")
    add("--where", default="", help='integer parameters: "N in 4..8, q in 2..N"')
    for name, option in _REPEATED.items():
        add(f"--{option}", action="append", default=[], metavar="PATTERN: EXPRESSION", help=f"a line of '{name}'")
    add("--ranges", default="", help='ranges of running indices: "t = 1..4"')
    add("--rows", default="", help="rows to check: 1-3, 5")
    add("--layout", choices=("numerator", "denominator", "gradient"))
    add("--derivative", choices=("auto", "total", "partial"))
    add("--product-order", choices=("ascending", "descending"))
    add("--index-base", type=int, choices=(0, 1))
    add("--expect", choices=("holds", "fails"))
    add("--trials", type=int)
    add("--rtol", type=float)
    add("--approx", type=float)
    add("--seed", type=int, default=0)
    add("--max-cases", type=int)
    add("--timeout", type=float, default=DEFAULT_TIMEOUT, help="seconds for a snippet, and for a check")
    add("--memory-limit", type=int, default=DEFAULT_MEMORY_LIMIT // 2**20, metavar="MIB")
    return parser
