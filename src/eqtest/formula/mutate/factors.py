"""Edits of products: factors exchanged, left out or put in, and other signs between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from eqtest.formula.mutate.indices import all_moved
from eqtest.formula.mutate.operands import takes_transpose, transposed
from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
)

_CHAIN = ("", "times", "cdot", "*")


def swapped(place: Place, row: Row) -> Iterator[Node]:
    """Two neighbouring factors exchanged, or the values of two neighbouring cases."""
    node = place.node
    if isinstance(node, Matrix) and node.is_cases:
        for i, (first, second) in enumerate(pairwise(node.rows)):
            exchanged = ((second[0], *first[1:]), (first[0], *second[1:]))
            yield replace(node, rows=(*node.rows[:i], *exchanged, *node.rows[i + 2 :]))
    if isinstance(node, Product):
        for left, right in pairwise(row.units(node)):
            a, b = _part(node, left), _part(node, right)
            if a != b:
                factors = (*node.factors[: left.start], *b.factors, *a.factors, *node.factors[right.stop :])
                between = (*b.operators, node.operators[left.stop - 1], *a.operators)
                operators = (*node.operators[: left.start], *between, *node.operators[right.stop - 1 :])
                yield replace(node, factors=factors, operators=operators)


def _part(node: Product, positions: range) -> Product:
    """Some neighbouring factors of a product."""
    start, stop = positions.start, positions.stop
    return Product(node.factors[start:stop], node.operators[start : stop - 1], span=node.factors[start].span)


def left_out(place: Place, row: Row) -> Iterator[Node]:
    """A factor or a term less."""
    node = place.node
    if isinstance(node, Product):
        before: Product | None = None
        units = row.units(node)
        for unit in units if len(units) > 1 else ():
            part = _part(node, unit)
            if part != before:  # leaving out the one or the other is the same
                start, stop = unit.start, unit.stop
                factors = node.factors[:start] + node.factors[stop:]
                front, back = node.operators[: max(0, start - 1)], node.operators[stop - 1 if start else stop :]
                yield factors[0] if len(factors) == 1 else replace(node, factors=factors, operators=front + back)
            before = part
    elif isinstance(node, Sum) and len(node.terms) > 1:
        for i in range(len(node.terms)):
            terms, signs = node.terms[:i] + node.terms[i + 1 :], node.signs[:i] + node.signs[i + 1 :]
            yield terms[0] if signs == ("+",) else replace(node, terms=terms, signs=signs)


def repeated(place: Place, row: Row) -> Iterator[Node]:
    """A factor that is missing in a run: its neighbour, every index one further."""
    node = place.node
    if not isinstance(node, Product):
        return
    for unit in row.units(node):
        if len(unit) > 1:
            continue
        for step in (-1, 1):
            copy = all_moved(node.factors[unit.start], step)
            if copy != node.factors[unit.start]:
                yield with_factor(node, unit.stop, copy)
                yield with_factor(node, unit.start, copy)


def with_factor(node: Node, position: int, factor: Node, joining: str | None = None) -> Product:
    """A product with one factor more, joined as its neighbours are if not otherwise; ``-1`` is behind the last."""
    factors = node.factors if isinstance(node, Product) else (node,)
    operators = node.operators if isinstance(node, Product) else ()
    position = len(factors) if position < 0 else position
    at = max(0, position - 1)
    if joining is None:
        joining = operators[min(at, len(operators) - 1)] if operators else "times"
    new = factor if isinstance(factor, Product) else Product((factor,), ())
    middle = (joining, *new.operators) if position else (*new.operators, joining)
    return Product(
        (*factors[:position], *new.factors, *factors[position:]),
        (*operators[:at], *middle, *operators[at:]),
        span=node.span,
    )


def scaled(place: Place, row: Row) -> Iterator[Node]:
    """A factor two or one half, forgotten; with a vocabulary also one over a number of examples."""
    node = place.node
    two, one = Number("2"), Number("1")
    counts = () if row.vocabulary is None else row.vocabulary.counts
    if row.vocabulary is None and not any(node is side for side in row.sides[1:]):
        return
    if not place.is_whole or isinstance(node, Sum | Relation) or isinstance(place.parent, BigOperator | Apply):
        return
    yield with_factor(node, 0, two, "")
    for count in (two, *counts):
        yield with_factor(node, 0, Quotient(one, count), "")


def joined(place: Place, row: Row) -> Iterator[Node]:
    r"""Another sign between two factors: ``\odot`` lost, or put where the matrix product is meant."""
    node = place.node
    if not isinstance(node, Product):
        return
    for _, second in pairwise(row.units(node)):
        at = second.start - 1
        for operator in ("odot",) if node.operators[at] in _CHAIN else ("",):
            yield replace(node, operators=(*node.operators[:at], operator, *node.operators[at + 1 :]))


def put_in(place: Place, row: Row) -> Iterator[Node]:
    """A factor of the vocabulary, or the transpose of one, anywhere in a product."""
    node = place.node
    if not _takes_factor(place, row):
        return
    units = row.units(node) if isinstance(node, Product) else [range(1)]
    operands = (*row.operands, *(transposed(item, row) for item in row.operands if takes_transpose(item)))
    for joining in ("", "odot"):
        for operand in operands:
            for position in (0, *(unit.stop for unit in units)):
                yield with_factor(node, position, operand, joining)


def _takes_factor(place: Place, row: Row) -> bool:
    return place.is_whole and not row.is_first(place.node) and not isinstance(place.node, Sum | Relation)


def divided(place: Place, row: Row) -> Iterator[Node]:
    """A denominator, forgotten."""
    node = place.node
    if not _takes_factor(place, row):
        return
    for operand in row.operands:
        yield Quotient(node, operand, span=node.span)
        yield Quotient(node, Root(operand), span=node.span)
