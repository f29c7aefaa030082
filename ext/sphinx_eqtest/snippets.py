"""Which snippets run before which, and the cells that are run."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from eqtest.execution.cell import Cell
from eqtest.execution.digest import UNREADABLE, file_digest
from eqtest.findings import Case
from sphinx_eqtest.records import Snippet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sphinx.config import Config

_BYTES = re.compile(r"(\d+(?:\.\d+)?) *([kKMG]?)(i?)B?")
_PARAM = re.compile(r"([^\W\d]\w*)\s*=\s*(-?\d+)")


class Snippets:
    """The snippets of all pages by name; what is wrong with some of them is in ``mistakes``."""

    def __init__(self, snippets: Iterable[Snippet], config: Config, srcdir: Path) -> None:
        self.mistakes: list[Case] = []
        self.by_name: dict[str, Snippet] = {}
        self._cells: dict[str, Cell] = {}
        for snippet in snippets:
            self._add(snippet, config, srcdir)
        for snippet in self.by_name.values():
            self._check_order(snippet)

    def chain(self, names: Sequence[str]) -> tuple[Cell, ...] | None:
        """The cells of the snippets, each after those it continues; ``None`` when one of them cannot be run."""
        order: dict[str, Cell | None] = {}
        for name in names:
            self._visit(name, order)
        cells = tuple(cell for cell in order.values() if cell is not None)
        return cells if len(cells) == len(order) else None

    def unknown(self, name: str) -> str:
        """A sentence about a name that no snippet has."""
        return f"there is no snippet {name!r}{suggestion(name, self.by_name)}"

    def _visit(self, name: str, order: dict[str, Cell | None]) -> None:
        if name in order:
            return
        cell = self._cells.get(name)
        if cell is not None:  # circles have none
            for other in self.by_name[name].after:
                self._visit(other, order)
        order[name] = cell

    def _add(self, snippet: Snippet, config: Config, srcdir: Path) -> None:
        first = self.by_name.setdefault(snippet.name, snippet)
        if first is not snippet:
            where = f"{first.place.path}:{first.place.line()}"
            self._mistake(snippet, f"the name is taken by the snippet at {where}")
            return
        if not snippet.sound:
            return
        try:
            self._cells[snippet.name] = _cell(snippet, config, srcdir)
        except ValueError as error:
            self._mistake(snippet, str(error), "option")

    def _check_order(self, snippet: Snippet) -> None:
        for name in snippet.after:
            if name not in self.by_name:
                self._mistake(snippet, f"after: {self.unknown(name)}")
                self._cells.pop(snippet.name, None)
        if circle := self._circle(snippet.name, snippet.name, set()):
            self._mistake(snippet, f"with :after: it continues itself: {' after '.join([snippet.name, *circle])}")
            self._cells.pop(snippet.name, None)

    def _circle(self, name: str, target: str, seen: set[str]) -> list[str]:
        """The names by which ``name`` comes after ``target``, which is the last of them; none when it does not."""
        seen.add(name)
        for other in self.by_name[name].after if name in self.by_name else ():
            further = [] if other in seen else self._circle(other, target, seen)
            if other == target or further:
                return [other, *further]
        return []

    def _mistake(self, snippet: Snippet, message: str, subtype: str = "snippet") -> None:
        name = f"snippet {snippet.name}"
        self.mistakes.append(Case(name, snippet.place.path, snippet.place.line(), subtype, f"{name}: {message}"))


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'a' or 'b'?`` with the close names, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _cell(snippet: Snippet, config: Config, srcdir: Path) -> Cell:
    """The cell of a snippet.

    Its path is the snippet's name and its lines count from one, so that what a run comes to does not depend on
    where the snippet stands. Raises ``ValueError``.
    """
    params: list[tuple[str, int]] = []
    for part in filter(None, map(str.strip, snippet.params.split(","))):
        match = _PARAM.fullmatch(part)
        if match is None:
            raise ValueError(f"params has {part!r}, expected 'name = integer' with commas between")
        params.append((match[1], int(match[2])))
    files = tuple((name, file_digest(srcdir / name)) for name in snippet.depends)
    for name, content in files:
        if content == UNREADABLE:
            raise ValueError(f"depends: there is no file {name!r} in the source folder")
    return Cell(
        snippet.name,
        snippet.code,
        path=snippet.name,
        params=tuple(params),
        raises=snippet.raises,
        timeout=_seconds(snippet.timeout) if snippet.timeout else config.eqtest_timeout,
        memory_limit=_bytes(snippet.memory_limit) if snippet.memory_limit else config.eqtest_memory_limit,
        files=files,
        plots=snippet.plots is not None,
        tokens=snippet.tokens,
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"timeout is {text!r}, expected a number of seconds")
    return seconds


def _bytes(text: str) -> int:
    """``500 MB``, ``2 GiB``, ``1000000``."""
    match = _BYTES.fullmatch(text.strip())
    size = float(match[1]) * (1024 if match[3] else 1000) ** " KMG".index(match[2].upper() or " ") if match else 0.0
    if size < 1:
        raise ValueError(f"memory-limit is {text!r}, expected a size such as '500 MB' or '2 GiB'")
    return int(size)
