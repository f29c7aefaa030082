"""Edits of chains of derivatives: the link that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.mutate.factors import with_factor
from eqtest.formula.mutate.letters import respelled
from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.mutate.terms import with_identity
from eqtest.formula.tree import Derivative, Group, Node, Product, Sum


def put_in(place: Place, row: Row) -> Iterator[Node]:
    """The derivative that is missing in a chain: between two factors, before the first or behind the last."""
    for position, missing in _missing(place.node, row):
        yield with_factor(place.node, position, missing)


def put_in_respelled(place: Place, row: Row) -> Iterator[Node]:
    """The same with other letters at its ends, and as a factor of a skip connection: ``(dh_3/ds_2 + 1)``."""
    for position, missing in _missing(place.node, row):
        links = [
            replace(missing, of=of, by=(by,))
            for of in (missing.of, *respelled(missing.of, row))
            for by in (missing.by[0], *respelled(missing.by[0], row))
        ]
        for link in (*links[1:], *(with_identity(link) for link in links)):
            yield with_factor(place.node, position, link)


def _missing(node: Node, row: Row) -> Iterator[tuple[int, Derivative]]:
    """Where in a chain a derivative is missing, and which."""
    if isinstance(node, Product):
        for i in range(len(node.factors) - 1):
            left, right = _ends(node.factors[i]), _ends(node.factors[i + 1])
            if left is not None and right is not None and left.by != (right.of,):
                yield i + 1, Derivative(left.by[-1], (right.of,), left.kind, span=left.span)
        first, last = _ends(node.factors[0]), _ends(node.factors[-1])
    else:
        first = last = node if isinstance(node, Derivative) and any(node is side for side in row.sides[1:]) else None
    whole = row.sides[0]
    if not isinstance(whole, Derivative) or len(whole.by) != 1:
        return
    if first is not None and first.of != whole.of:
        yield 0, Derivative(whole.of, (first.of,), whole.kind, span=node.span)
    if last is not None and last.by != whole.by:
        yield -1, Derivative(last.by[-1], whole.by, whole.kind, span=node.span)
    if first is not None and first.by != whole.by:  # denominator layout: the chain is printed the other way round
        yield 0, Derivative(first.by[-1], whole.by, whole.kind, span=node.span)
    if last is not None and last.of != whole.of:
        yield -1, Derivative(whole.of, (last.of,), whole.kind, span=node.span)


def _ends(factor: Node) -> Derivative | None:
    """The derivative that tells where a factor of a chain starts and ends: itself, or that of ``(dh/ds + 1)``."""
    match factor:
        case Derivative(by=(_,)):
            return factor
        case Group(items=(Sum(terms=(Derivative(by=(_,)) as first, *_)),)):
            return first
    return None
