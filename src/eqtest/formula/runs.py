"""Two printed terms and the terms between them: an arithmetic run.

The terms are equal but for integer positions (indices, exponents, numbers) that move in step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eqtest.errors import EllipsisError, OutsideDomainError, RunError
from eqtest.formula.plain import plain
from eqtest.formula.scope import Scope, integer
from eqtest.formula.tree import Derivative, Node, Number, field_names, rebuild, walk
from eqtest.span import Span

MAX_RUN = 20_000


@dataclass(frozen=True, slots=True)
class Position:
    """An integer that differs, as printed or in value, between two terms."""

    first: Node
    a: int
    b: int

    @property
    def distance(self) -> int:
        return self.b - self.a


def positions(first: object, last: object, scope: Scope) -> list[Position] | None:
    """Where two terms differ; ``None`` when they differ in more than integers."""
    if first == last:
        return []
    if isinstance(first, Node) and isinstance(last, Node):
        a, b = integer(first, scope), integer(last, scope)
        if a is not None and b is not None:
            return [Position(first, a, b)]
        if type(first) is not type(last):
            return None
        names = field_names(first)
        return positions(
            tuple(getattr(first, name) for name in names), tuple(getattr(last, name) for name in names), scope
        )
    if not isinstance(first, tuple) or not isinstance(last, tuple) or len(first) != len(last):
        return None
    found: list[Position] = []
    for a_item, b_item in zip(first, last, strict=True):
        part = positions(a_item, b_item, scope)
        if part is None:
            return None
        found += part
    return found


Term = tuple[Node, ...]
"""One member of a run: a term of a sum, or the few factors that repeat in a product."""


def directions(first: Term, last: Term, scopes: Sequence[Scope], towards: int) -> tuple[int, ...] | None:
    """Which way each position moves, told at the assignment at which the terms are furthest apart.

    Terms that are nowhere more than one step apart do not tell; a chain of derivatives then goes ``towards``.
    ``None`` when the terms do not match, or are the same.
    """
    best: list[Position] = []
    for scope in scopes:
        found = positions(first, last, scope)
        if found is None:
            return None
        if not best or _reach(found) > _reach(best):
            best = found
    if not best:
        return None
    if _reach(best) <= 1 and len(first) == 1 and isinstance(first[0], Derivative):
        return (towards,) * len(best)
    return tuple(1 if p.distance >= 0 else -1 for p in best)


def _reach(found: list[Position]) -> int:
    return max((abs(position.distance) for position in found), default=0)


def steps(before: Term | None, first: Term, signs: tuple[int, ...], scope: Scope) -> tuple[int, ...]:
    """How far each position moves from a member to the next: as between the two printed members, else by one."""
    if before is not None:
        found = positions(before, first, scope)
        if found is not None and len(found) == len(signs) and all(p.distance for p in found):
            return tuple(p.distance for p in found)
    return signs


def members(first: Term, last: Term, step: tuple[int, ...], scope: Scope, span: Span) -> tuple[Term, ...]:
    """The members of the run from ``first`` to ``last``, both as printed; empty when the ends cross by one step.

    Raises :class:`OutsideDomainError` for ends that cross further, :class:`RunError` for positions that do not move
    in step, and :class:`EllipsisError` for a run that is too long.
    """
    found = positions(first, last, scope) or []
    counts = {p.distance // s if s and p.distance % s == 0 else None for p, s in zip(found, step, strict=False)}
    if len(found) != len(step) or len(counts) != 1 or None in counts:
        ends = f"{_plain(first)} … {_plain(last)}"
        raise RunError(f"dots: the indices of {ends} do not move in step", span)
    count = counts.pop() or 0
    if count < -1:
        raise OutsideDomainError(f"the run {_plain(first)} … {_plain(last)} goes backwards here", span)
    if count > MAX_RUN:
        raise EllipsisError(f"a run of more than {MAX_RUN} terms", span)
    if count <= 0:
        return (last,) if count == 0 else ()
    return (first, *_between(first, found, step, count), last)


def _between(first: Term, found: list[Position], step: tuple[int, ...], count: int) -> Iterator[Term]:
    """Copies of the first member with other integers; only what lies above the integers is copied."""
    moving = {id(position.first) for position in found}
    above = frozenset(id(node) for term in first for node in walk(term) if moving & {id(item) for item in walk(node)})
    for number in range(1, count):
        values: dict[int, Node] = {
            id(position.first): Number(str(position.a + size * number), span=position.first.span)
            for position, size in zip(found, step, strict=True)
        }
        yield tuple(_moved(node, values, above) for node in first)


def _moved(node: Node, values: Mapping[int, Node], above: frozenset[int]) -> Node:
    if id(node) in values:
        return values[id(node)]
    return rebuild(node, lambda child: _moved(child, values, above)) if id(node) in above else node


def _plain(term: Term) -> str:
    return " ".join(plain(node) for node in term)
