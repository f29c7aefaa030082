r"""Dots -> terms, for the integers of one assignment.

``\cdots`` stands for the terms between its neighbours:

1. neighbours equal but for integers that move in step are an arithmetic run (:mod:`runs`); in a product a few
   factors may repeat together;
2. in a chain of derivatives whose ends differ in kind, factors are filled in until the last denominator is the next
   numerator.

A factor between two dots closes one run and opens the next.  The printed neighbours are kept as they are printed, so
they are checked literally.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from eqtest.errors import EllipsisError, OutsideDomainError, RunError
from eqtest.formula import runs
from eqtest.formula.plain import plain
from eqtest.formula.scope import Scope, integer
from eqtest.formula.tree import (
    Apply,
    Derivative,
    Dots,
    Empty,
    Group,
    Matrix,
    Node,
    Number,
    Product,
    Scripts,
    Sum,
    children,
    rebuild,
    walk,
)
from eqtest.span import Span

MAX_PERIOD = 4


@dataclass(frozen=True)
class Expansion:
    """Expands the dots of a formula at one assignment.

    ``scopes`` are those of all assignments: which way a run goes is told from the one at which it is longest.
    """

    scope: Scope
    scopes: tuple[Scope, ...]
    towards: int = -1
    """Which way a chain of derivatives goes where its ends never lie apart: from ``h_k`` to ``h_{k - 1}``."""
    known: dict[tuple[runs.Term, runs.Term], tuple[int, ...] | None] = field(default_factory=dict)
    """Directions found already; shared by the expansions of one check."""

    def expand(self, node: Node) -> Node:
        """A copy without dots.

        Raises :class:`EllipsisError` where the terms cannot be told, :class:`RunError` where a printed neighbour is no
        member of the run, :class:`OutsideDomainError` where the run does not exist at this assignment.
        """
        return self._expand(node) if has_dots(node) else node

    def _expand(self, node: Node) -> Node:
        node = rebuild(node, self._expand)
        match node:
            case Product():
                return self._product(node)
            case Sum():
                return self._sum(node)
            case Group(items=items) if _has_dots(items):
                return replace(node, items=self._list(items, node.span))
            case Apply(arguments=items) if _has_dots(items):
                return replace(node, arguments=self._list(items, node.span))
            case Scripts(sub=items) if _has_dots(items):
                return replace(node, sub=self._list(items, node.span))
            case Matrix(rows=rows) if any(_has_dots(row) for row in rows):
                return replace(node, rows=self._matrix(rows, node.span))
        bad = next((child for child in children(node) if isinstance(child, Dots)), None)
        if bad is not None:
            raise EllipsisError("dots without a term before and after them", bad.span)
        return node

    # ---- the places where dots stand --------------------------------------------------------------------------

    def _product(self, node: Product) -> Node:
        if not _has_dots(node.factors):
            return node
        operator = _joining(node)
        factors = self._spread(_segments(node.factors, node.span), self._factors_between)
        if not factors:
            return Number("1", span=node.span)
        if len(factors) == 1:
            return factors[0]
        operators = _operators(node, factors, operator)
        return replace(node, factors=tuple(factors), operators=operators)

    def _sum(self, node: Sum) -> Node:
        if not _has_dots(node.terms):
            return node
        signs = []
        for i, term in enumerate(node.terms):
            if isinstance(term, Dots) and node.signs[i : i + 2] != (node.signs[i],) * 2:
                raise EllipsisError("dots between terms of different signs", term.span)
            signs.append(node.signs[i])
        sign_of = {id(term): sign for term, sign in zip(node.terms, signs, strict=True)}
        dots = [i for i, term in enumerate(node.terms) if isinstance(term, Dots)]
        common = signs[dots[0]]
        terms = self._spread(_segments(node.terms, node.span), self._terms_between)
        if not terms:
            return Number("0", span=node.span)
        return replace(node, terms=tuple(terms), signs=tuple(sign_of.get(id(term), common) for term in terms))

    def _list(self, items: Sequence[Node], span: Span) -> tuple[Node, ...]:
        return tuple(self._spread(_segments(items, span), self._terms_between))

    def _matrix(self, rows: tuple[tuple[Node, ...], ...], span: Span) -> tuple[tuple[Node, ...], ...]:
        """Dots in rows, between rows and down a diagonal."""
        diagonal = _diagonal(rows)
        if diagonal is not None:
            entries = self._list(diagonal, span)
            zero = Number("0", span=span)
            return tuple(
                tuple(entry if i == j else zero for j in range(len(entries))) for i, entry in enumerate(entries)
            )
        done: list[tuple[Node, ...]] = []
        pending: Dots | None = None
        for row in rows:
            if all(isinstance(cell, Dots | Empty) for cell in row) and _has_dots(row):
                pending = next(cell for cell in row if isinstance(cell, Dots))
                continue
            full = self._list(row, span) if _has_dots(row) else row
            if pending is not None:
                done = self._rows_between(done, full, pending)
                pending = None
            else:
                done.append(full)
        if pending is not None:
            raise EllipsisError("dots without a row before and after them", pending.span)
        return tuple(done)

    def _rows_between(self, done: list[tuple[Node, ...]], last: tuple[Node, ...], dots: Dots) -> list[tuple[Node, ...]]:
        if not done:
            raise EllipsisError("dots without a row before and after them", dots.span)
        signs = self.directions(done[-1], last)
        if signs is None:
            raise EllipsisError("dots: the rows above and below do not match", dots.span)
        step = runs.steps(done[-2] if len(done) > 1 else None, done[-1], signs, self.scope)
        return [*done[:-1], *runs.members(done[-1], last, step, self.scope, dots.span)]

    def _spread(
        self, segments: list[list[Node]], between: Callable[[list[Node], list[Node], Span, bool], _Run]
    ) -> list[Node]:
        """Join the segments between dots by their runs.

        An end of a run that coincides with, or is crossed by, the other end disappears, except an end that another
        run starts from.
        """
        done = list(segments[0])
        for number, segment in enumerate(segments[1:]):
            shared = number + 2 < len(segments) and len(segment) == 1
            span = done[-1].span | segment[0].span if done else segment[0].span
            run = between(segments[number], segment, span, shared)
            if run.drop_before:
                del done[-run.drop_before :]
            done += run.filled
            done += segment[run.drop_after :] if not shared else segment
            if len(done) > runs.MAX_RUN:
                raise EllipsisError(f"runs of more than {runs.MAX_RUN} terms together", span)
        return done

    # ---- runs -------------------------------------------------------------------------------------------------

    def _terms_between(self, before: list[Node], after: list[Node], span: Span, shared: bool) -> _Run:
        run = self._arithmetic(before, after, 1, span, shared)
        if run is None:
            raise EllipsisError(f"dots: {plain(before[-1])} and {plain(after[0])} are not terms of one run", span)
        return run

    def _factors_between(self, before: list[Node], after: list[Node], span: Span, shared: bool) -> _Run:
        left, right = before[-1], after[0]
        for period in range(1, min(MAX_PERIOD, len(before), len(after)) + 1):
            run = self._arithmetic(before, after, period, span, shared)
            if run is not None:
                return run
        if isinstance(left, Derivative) and isinstance(right, Derivative):
            return self._chain(left, right, span)
        raise EllipsisError(f"dots: {plain(left)} and {plain(right)} are not factors of one run", span)

    def _arithmetic(self, before: list[Node], after: list[Node], period: int, span: Span, shared: bool) -> _Run | None:
        first, last = tuple(before[-period:]), tuple(after[:period])
        signs = self.directions(first, last)
        if signs is None:
            return None
        previous = tuple(before[-2 * period : -period]) if len(before) >= 2 * period else None
        step = runs.steps(previous, first, signs, self.scope)
        found = runs.members(first, last, step, self.scope, span)
        if not found:
            return _Run(period, [], 0 if shared else period)
        if len(found) == 1:
            return _Run(period, [], 0)
        return _Run(0, [node for member in found[1:-1] for node in member], 0)

    def directions(self, first: runs.Term, last: runs.Term) -> tuple[int, ...] | None:
        """Which way each position of a run moves; ``None`` where the terms do not match."""
        key = (first, last)
        if key not in self.known:
            self.known[key] = runs.directions(first, last, self.scopes, self.towards)
        return self.known[key]

    def _chain(self, left: Derivative, right: Derivative, span: Span) -> _Run:
        """Fill a chain of derivatives whose ends differ in kind."""
        start, goal = left.by[-1], right.of
        slot = _slot(start, goal)
        if slot is None:
            message = f"dots: {plain(left)} ends at {plain(start)}, and {plain(right)} starts at {plain(goal)}"
            raise EllipsisError(message, span)
        low, high = self._index(start, slot), self._index(goal, slot)
        inner = [link for link in (left, right) if _slot(link.of, link.by[-1]) == slot == _slot(link.of, start)]
        step = self._chain_step(start, goal, inner, slot, span)
        if inner and inner[0] is left and self._index(left.of, slot) == high:
            return _Run(1, [], 0)
        if inner and inner[0] is right and self._index(right.by[-1], slot) == low:
            return _Run(0, [], 1)
        count = (high - low) * step
        if count < 0:
            raise OutsideDomainError(f"the run {plain(left)} … {plain(right)} goes backwards here", span)
        if count > runs.MAX_RUN:
            raise EllipsisError(f"a run of more than {runs.MAX_RUN} factors", span)
        ends = [_member(start, slot, low + step * i) for i in range(count + 1)]
        return _Run(0, [Derivative(a, (b,), left.kind, span=span) for a, b in pairwise(ends)], 0)

    def _chain_step(self, start: Node, goal: Node, inner: list[Derivative], slot: int, span: Span) -> int:
        """One up or one down: as the ends lie when furthest apart, and as a printed factor of the run goes."""
        signs = self.directions((start,), (goal,))
        known = signs[0] if signs is not None and len(signs) == 1 else None
        if not inner and known is None:
            raise EllipsisError("dots: which way this run goes cannot be told", span)
        for link in inner:
            step = self._index(link.by[-1], slot) - self._index(link.of, slot)
            if step not in (known, self.towards):
                raise RunError(f"dots: {plain(link)} is not a factor of a run of neighbours", span)
            known = step
        return known or self.towards

    def _index(self, node: Node, slot: int) -> int:
        assert isinstance(node, Scripts)
        value = integer(node.sub[slot], self.scope)
        if value is None:
            raise EllipsisError(f"dots: the index of {plain(node)} is not an integer", node.span)
        return value


def _member(node: Node, slot: int, index: int) -> Node:
    assert isinstance(node, Scripts)
    number = Number(str(index), span=node.sub[slot].span)
    sub = (*node.sub[:slot], number, *node.sub[slot + 1 :])
    return Scripts(node.base, sub, node.sup, node.primes, span=node.span)


@dataclass(frozen=True)
class _Run:
    """What replaces dots: how many factors before and after them go, and what comes between."""

    drop_before: int
    filled: list[Node]
    drop_after: int


def _diagonal(rows: tuple[tuple[Node, ...], ...]) -> list[Node] | None:
    """The printed diagonal of a matrix that has nothing but zeros, blanks and dots beside it."""
    entries: list[Node] = []
    for position, row in enumerate(rows):
        cells = [cell for cell in row if not isinstance(cell, Empty | Dots) and cell != Number("0")]
        down = any(isinstance(cell, Dots) and cell.kind == "ddots" for cell in row)
        if len(cells) > 1 or (cells and row[position : position + 1] != (cells[0],)):
            return None
        if cells or down:
            entries.append(cells[0] if cells else next(cell for cell in row if isinstance(cell, Dots)))
    return entries if any(isinstance(entry, Dots) for entry in entries) else None


def has_dots(node: Node) -> bool:
    return any(isinstance(item, Dots) for item in walk(node))


def _has_dots(nodes: Sequence[Node]) -> bool:
    return any(isinstance(node, Dots) for node in nodes)


def _segments(nodes: Sequence[Node], span: Span) -> list[list[Node]]:
    """The nodes between dots; every run needs a printed end on both sides."""
    found: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, Dots):
            found.append([])
        else:
            found[-1].append(node)
    if not all(found):
        bad = next((node for node in nodes if isinstance(node, Dots)), None)
        raise EllipsisError("dots without a term before and after them", bad.span if bad else span)
    return found


def _slot(first: Node, second: Node) -> int | None:
    """Which index of ``h_{k,t}`` tells two members of a family apart (the last when none does); else ``None``."""
    if not isinstance(first, Scripts) or not isinstance(second, Scripts) or first.base != second.base:
        return None
    if not first.sub or len(first.sub) != len(second.sub) or first.sup != second.sup or first.primes != second.primes:
        return None
    slots = [i for i, (a, b) in enumerate(zip(first.sub, second.sub, strict=True)) if a != b]
    return None if len(slots) > 1 else slots[0] if slots else len(first.sub) - 1


def _joining(node: Product) -> str:
    """The operator that stands beside the dots."""
    position = next(i for i, factor in enumerate(node.factors) if isinstance(factor, Dots))
    return node.operators[max(0, position - 1)]


def _operators(node: Product, factors: Sequence[Node], joining: str) -> tuple[str, ...]:
    """Operators between the factors of an expanded product: as printed where both neighbours were printed so."""
    printed = {
        (id(a), id(b)): operator for a, b, operator in zip(node.factors, node.factors[1:], node.operators, strict=False)
    }
    return tuple(printed.get((id(a), id(b)), joining) for a, b in pairwise(factors))
