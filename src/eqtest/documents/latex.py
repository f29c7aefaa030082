"""A LaTeX document -> its labelled equations, each at its place, and its macros; nothing is compiled.

What ``\\input`` and ``\\include`` name is read too. A comment ``% eqtest: where: n in 1..3`` within an equation gives
it an option of its own, under the names of the directive ``eqtest``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eqtest.documents.tex_macros import read_macros
from eqtest.errors import unreadable
from eqtest.findings import Case, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eqtest.options import Macro

_DOCUMENT = re.compile(r"\\(documentclass|begin\s*\{document\}|label\s*\{|(sub)*section\b|input\b|include\b)")
_UNSEEN = re.compile(
    r"(?<!\\)(?:\\\\)*(%[^\n]*)"
    r"|\\begin\{(?P<name>verbatim\*?|lstlisting|minted|comment)\}.*?\\end\{(?P=name)\}"
    r"|\\verb\*?(?P<sign>[^a-zA-Z\s]).*?(?P=sign)",
    re.DOTALL,
)
_BEGIN = re.compile(r"\\begin\s*\{(equation|align|gather|multline|flalign|eqnarray|alignat|dmath)(\*?)\}")
_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
_INPUT = re.compile(r"\\(?:input|include)\s*\{([^{}]*)\}")
_OPTION = re.compile(r"%\s*eqtest:\s*([\w-]+):\s*(.*)")
_STEP = re.compile(r"\\begin\s*\{[^{}]*\}|\\end\s*\{[^{}]*\}|\\\\|[{}]|\\[{}]")
_RELATION = r"(?:[=<>]|:=|\\(?:approx|equiv|leq?|geq?|triangleq|coloneqq)(?![a-zA-Z]))"
_GOES_ON = re.compile(rf"(?:\s|&|\{{\}})*{_RELATION}|(?:(?!{_RELATION}).)*\Z", re.DOTALL)
"""A line that starts with a relation, or has none."""


@dataclass(frozen=True, slots=True)
class TexEquation:
    """A labelled equation: a whole environment, or its lines that one label numbers."""

    label: str
    environment: str
    latex: str
    place: Place
    options: dict[str, str]


@dataclass(slots=True)
class TexDocument:
    """All files of a document together."""

    equations: list[TexEquation] = field(default_factory=list)
    macros: dict[str, Macro] = field(default_factory=dict)
    mistakes: list[Case] = field(default_factory=list)
    """What could not be read."""


def is_document(text: str) -> bool:
    """Whether a text is a document with formulas, and not just one formula."""
    return _DOCUMENT.search(_seen(text)) is not None


def read_document(path: Path, text: str) -> TexDocument:
    """The equations of a file, whose content is ``text``, and of what it inputs, in their order."""
    document = TexDocument()
    _read(path, text, path.parent, document, set())
    labels: dict[str, TexEquation] = {}
    for equation in document.equations:
        first = labels.setdefault(equation.label, equation)
        if first is not equation:
            message = (
                f"the label {equation.label!r} is taken by the equation at {first.place.path}:{first.place.line()}"
            )
            document.mistakes.append(Case(f"equation {equation.label}", *_at(equation), "label", message))
    document.equations = list(labels.values())
    return document


def _at(equation: TexEquation) -> tuple[str, int]:
    return equation.place.path, equation.place.line()


def _read(path: Path, text: str, folder: Path, document: TexDocument, done: set[Path]) -> None:
    done.add(path.resolve())
    seen = _seen(text)
    document.macros |= read_macros(seen)
    parts: list[tuple[int, TexEquation | str]] = [(at, each) for at, each in _equations(os.fspath(path), text, seen)]
    parts += [(found.start(), found[1].strip()) for found in _INPUT.finditer(seen)]
    for at, part in sorted(parts, key=lambda item: item[0]):
        if isinstance(part, TexEquation):
            document.equations.append(part)
            continue
        other = folder / (part if Path(part).suffix else f"{part}.tex")
        if other.resolve() in done:
            continue
        try:
            content = other.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            line = text.count("\n", 0, at) + 1
            document.mistakes.append(Case(f"file {part}", os.fspath(path), line, "file", unreadable(part, error)))
        else:
            _read(other, content, folder, document, done)


def _seen(text: str) -> str:
    """The text with spaces for comments and for what is printed as it is."""

    def blank(found: re.Match[str]) -> str:
        start = found.start(1) - found.start() if found[1] else 0
        return found[0][:start] + re.sub(r"[^\n]", " ", found[0][start:])

    return _UNSEEN.sub(blank, text)


def _equations(path: str, text: str, seen: str) -> Iterator[tuple[int, TexEquation]]:
    at = 0
    while begin := _BEGIN.search(seen, at):
        name = begin[1] + begin[2]
        end = seen.find(f"\\end{{{name}}}", begin.end())
        at = end if end >= 0 else begin.end()
        start = begin.end()
        if begin[1] == "alignat":
            start = seen.find("}", start) + 1
        if end >= 0:
            yield from _labelled(path, text, seen, (start, end), name)


def _labelled(path: str, text: str, seen: str, body: tuple[int, int], name: str) -> Iterator[tuple[int, TexEquation]]:
    """One equation for the whole body, or, where several lines are labelled, one for the lines of each label."""
    lines = list(_lines(seen, *body)) if len(_LABEL.findall(seen, *body)) > 1 else [body]
    for start, end in _numbered(seen, lines):
        if found := _LABEL.search(seen, start, end):
            latex = _LABEL.sub(lambda label: " " * len(label[0]), text[start:end])
            first = start + len(latex) - len(latex.lstrip())
            latex = latex.strip()
            top = text.count("\n", 0, first) + 1
            place = Place(path, tuple(range(top, top + latex.count("\n") + 1)))
            options = {option[1]: option[2].strip() for option in _OPTION.finditer(text, *body)}
            yield start, TexEquation(found[1].strip(), name, latex, place, options)


def _lines(seen: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    r"""The parts between ``\\`` that stand in no inner environment or group."""
    depth = 0
    for step in _STEP.finditer(seen, start, end):
        if step[0].startswith("\\begin") or step[0] == "{":
            depth += 1
        elif step[0].startswith("\\end") or step[0] == "}":
            depth -= 1
        elif step[0] == "\\\\" and not depth:
            yield start, step.start()
            start = step.end()
    yield start, end


def _numbered(seen: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Lines of one number together: one that claims nothing new goes on from above, others wait for their label."""
    current: tuple[int, int] | None = None
    for start, end in lines:
        labelled = current is not None and _LABEL.search(seen, *current) is not None
        if current is not None and labelled and not _GOES_ON.match(seen[start:end]):
            yield current
            current = None
        current = (start, end) if current is None else (current[0], end)
    if current is not None:
        yield current
