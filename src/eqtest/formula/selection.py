"""``rows = 1-3, 5`` and ``ranges = t = 1..4, i = 1..3``."""

from __future__ import annotations

import re

from eqtest.errors import WhereError
from eqtest.formula.where import Binding, parse_where
from eqtest.span import Span


def read_rows(text: str, count: int) -> frozenset[int]:
    """The numbers of the rows to check, all of them when ``text`` is empty; raises :class:`WhereError`."""
    if not text.strip():
        return frozenset(range(1, count + 1))
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:[-–]\s*(\d{1,6})\s*)?", part)
        if match is None:
            raise WhereError(f"rows: {part.strip()!r} is not a row number or a range such as 1-3", Span(0, len(text)))
        first = int(match[1])
        last = int(match[2] or first)
        if not 1 <= first <= last <= count:
            raise WhereError(f"rows: {part.strip()} is not among the rows 1 to {count}", Span(0, len(text)))
        found.update(range(first, last + 1))
    return frozenset(found)


def read_ranges(text: str) -> tuple[Binding, ...]:
    r"""The declared ranges of free and running indices, ``t = 1..tau, i = 1..n``; raises :class:`WhereError`.

    Their limits may use the integers of the snippet, so they have values only where it has run.
    """
    return parse_where(text)
