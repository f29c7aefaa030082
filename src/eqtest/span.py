"""Places in a piece of LaTeX."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open range ``[start, end)`` of character offsets into a source text."""

    start: int
    end: int

    def __or__(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def text(self, source: str) -> str:
        return source[self.start : self.end]


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both counted from one, of a character offset."""
    before = source[: max(0, offset)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def excerpt(source: str, span: Span, width: int = 72) -> str:
    """The source line of a span and, below it, carets under the span; at most ``width`` columns of it."""
    begin = source.rfind("\n", 0, span.start) + 1
    end = source.find("\n", span.start)
    line = source[begin:] if end < 0 else source[begin:end]
    column = span.start - begin
    first = max(0, column - width // 2)
    carets = max(1, min(span.end - span.start, len(line) - column, width - (column - first)))
    return line[first : first + width] + "\n" + " " * (column - first) + "^" * carets
