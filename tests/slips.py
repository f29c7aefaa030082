r"""Slips in printed chain rules, made on the LaTeX by regular expressions and not by the engine's own edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from eqtest import check
from eqtest.formula.parse import parse
from eqtest.report import Report
from source_documents import BLOCKS, DOTTED

TIMES = r"\times"
INDEX = re.compile(r"_(?:\{(?P<long>[^{}]*)\}|(?P<short>\w))")
LETTER = re.compile(r"(?<=\\bm )[hsw](?=\})")
WHERE = dict.fromkeys(DOTTED, "N in 5..8, q in 3..N-1, p in 1..q-2")


@dataclass(frozen=True)
class Slip:
    """One chain row with one slip in it."""

    block: str
    row: int
    """Counted from one among the rows of its display that are no dots."""
    kind: str
    original: str
    latex: str
    edit: str
    """The factor as it was and as it is now, ``h_3/h_2 -> h_2/h_2``; empty for what concerns the whole row."""

    def check(self, max_cases: int = 6) -> Report:
        where = WHERE.get(self.block, "")
        return check(self.latex, snippet=BLOCKS[self.block][1], where=where, max_cases=max_cases, trials=1)

    def repaired_at(self, report: Report) -> int | None:
        """At which place, counted from one, the repairs have the row as it was."""
        (original,) = parse(self.original)
        trees = [parse(repair.latex)[0].tree for repair in report.rows[0].repairs]
        return trees.index(original.tree) + 1 if original.tree in trees else None

    def __str__(self) -> str:
        return f"{self.block}, row {self.row}, {self.kind}: {self.latex}"


def chain_rows(block: str) -> list[str]:
    """The rows of a display that are no dots, without alignment."""
    lines = [line.strip() for line in BLOCKS[block][0].splitlines()]
    return [line.removesuffix(r"\\").replace("&", "").strip() for line in lines if "=" in line]


def slips() -> Iterator[Slip]:
    """Every place at which each kind of slip can be made, on the right-hand sides of all rows."""
    for block in BLOCKS:
        for number, row in enumerate(chain_rows(block), 1):
            left, right = (side.strip() for side in row.split("=", 1))
            factors = [factor.strip() for factor in right.split(TIMES)]
            for kind, changed, edit in _changes(factors):
                yield Slip(block, number, kind, row, f"{left} = {changed}", edit)


def _changes(factors: list[str]) -> Iterator[tuple[str, str, str]]:
    """The kind of each slip, the product with it, and what was changed."""
    for i, factor in enumerate(factors):
        if factor == r"\cdots":
            continue
        yield "a dropped factor", _product([*factors[:i], *factors[i + 1 :]]), f"{_short(factor)} ->"
        for kind, changed in (*_shifted(factor), *_lettered(factor), *_identity(factor)):
            edit = f"{_short(factor)} -> {_short(changed)}"
            yield kind, _product([*factors[:i], changed, *factors[i + 1 :]]), edit
    for i, (first, second) in enumerate(pairwise(factors)):
        if r"\cdots" not in (first, second):
            yield "swapped factors", _product([*factors[:i], second, first, *factors[i + 2 :]]), ""
    yield "a wrong sign", "-" + _product(factors), ""


def _short(factor: str) -> str:
    r"""``\frac{\partial {\bm h}_{q+1}}{\partial {\bm s}_q}`` as ``h_q+1/s_q``."""
    plain = re.sub(r"\\(?:bm|partial|frac|left|right)\b|[{} ]", "", factor.replace(r"}{\partial", "/"))
    return plain.replace("+1)", " + 1)")


def _product(factors: list[str]) -> str:
    return f" {TIMES} ".join(factors)


def _shifted(factor: str) -> Iterator[tuple[str, str]]:
    for match in INDEX.finditer(factor):
        for step in (1, -1):
            now = _moved(match["long"] or match["short"], step)
            if now is not None:
                yield "a wrong index", f"{factor[: match.start()]}_{{{now}}}{factor[match.end() :]}"


def _moved(index: str, step: int) -> str | None:
    """``q+1`` and 1 give ``q+2``; ``None`` below zero."""
    letter, value = re.fullmatch(r"([A-Za-z]?)([+-]?\d+)?", index).groups()  # type: ignore[union-attr]
    moved = int(value or 0) + step
    if not letter:
        return str(moved) if moved >= 0 else None
    return f"{letter}{moved:+d}" if moved else letter


def _lettered(factor: str) -> Iterator[tuple[str, str]]:
    for match in LETTER.finditer(factor):
        for letter in "hsw":
            if letter != match[0]:
                yield "a wrong letter", factor[: match.start()] + letter + factor[match.end() :]


def _identity(factor: str) -> Iterator[tuple[str, str]]:
    if "+ 1" in factor:
        yield "a missing + 1", factor.replace("+ 1", "")
        yield "a wrong sign", factor.replace("+ 1", "- 1")
