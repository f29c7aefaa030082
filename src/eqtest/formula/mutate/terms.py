"""Edits of sums: signs, terms, what is taken from one, and sums over an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.mutate.operands import takes_transpose, transposed
from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.tree import (
    BigOperator,
    Derivative,
    Group,
    Node,
    Number,
    Product,
    Relation,
    Sum,
    walk,
)

_ONE = Number("1")


def signed(place: Place, row: Row) -> Iterator[Node]:
    """Another sign."""
    node = place.node
    if isinstance(node, Sum):
        for i, sign in enumerate(node.signs):
            other = "-" if sign == "+" else "+"
            if len(node.terms) == 1 and other == "+" and place.is_whole:
                yield node.terms[0]
            else:
                yield replace(node, signs=(*node.signs[:i], other, *node.signs[i + 1 :]))
    elif isinstance(node, Relation):
        return
    elif isinstance(node, Product) or (row.vocabulary is not None and place.is_whole and not _is_term(place)):
        yield Sum((node,), ("-",), span=node.span)


def _is_term(place: Place) -> bool:
    return isinstance(place.parent, Sum)


def added_one(place: Place, row: Row) -> Iterator[Node]:
    """The identity of a skip connection, forgotten."""
    node = place.node
    if isinstance(node, Derivative) and not row.is_first(node):
        yield with_identity(node)


def with_identity(node: Derivative) -> Group:
    return Group((Sum((node, _ONE), ("+", "+"), span=node.span),), "(", span=node.span)


def complemented(place: Place, row: Row) -> Iterator[Node]:
    """``z`` for ``1 - z``, and what else is one more or less."""
    node = place.node
    if place.role != "value" or row.is_first(node) or row.is_head(place) or isinstance(node, Number | Relation | Sum):
        return
    for terms, signs in (((_ONE, node), "+-"), ((_ONE, node), "++"), ((node, _ONE), "+-"), ((node, _ONE), "++")):
        found = Sum(terms, tuple(signs), span=node.span)
        yield found if place.is_whole else Group((found,), "(", span=node.span)


def put_in(place: Place, row: Row) -> Iterator[Node]:
    """A term of the vocabulary added or subtracted."""
    node = place.node
    if row.is_first(node) or not place.is_whole or isinstance(node, Relation):
        return
    if _is_term(place) or (isinstance(node, Number) and node != _ONE):
        return
    front = node.terms if isinstance(node, Sum) else (node,)
    signs = node.signs if isinstance(node, Sum) else ("+",)
    terms = (*row.operands, *_products(row))
    for term in (*terms, *(transposed(item, row) for item in terms if takes_transpose(item)), _ONE):
        if term == node:
            continue
        for sign in "-+":
            yield Sum((*front, term), (*signs, sign), span=node.span)
        if not isinstance(node, Sum):
            yield Sum((term, node), ("+", "-"), span=node.span)


def _products(row: Row) -> Iterator[Node]:
    """The products printed in a row, which may be terms elsewhere."""
    for item in walk(row.tree):
        if isinstance(item, Sum):
            yield from (term for term in item.terms if isinstance(term, Product))
        elif isinstance(item, Group) and len(item.items) == 1 and isinstance(item.items[0], Product):
            yield item.items[0]


def summed(place: Place, row: Row) -> Iterator[Node]:
    """A sum over an index, forgotten."""
    node = place.node
    if row.vocabulary is None or row.is_first(node) or not place.is_whole or isinstance(node, Relation | Number):
        return
    for head in row.vocabulary.sums:
        body = Group((node,), "(", span=node.span) if isinstance(node, Sum) else node
        yield replace(head, body=body, span=node.span)
        if isinstance(node, Product):
            for unit in row.units(node)[1:]:
                yield _summed_from(node, unit.start, head)


def _summed_from(node: Product, start: int, head: BigOperator) -> Node:
    """A product from a factor on under a sum."""
    rest = node.factors[start:]
    body = rest[0] if len(rest) == 1 else replace(node, factors=rest, operators=node.operators[start:])
    factors, operators = (*node.factors[:start], replace(head, body=body)), node.operators[:start]
    return replace(node, factors=factors, operators=operators)


def unsummed(place: Place, _row: Row) -> Iterator[Node]:
    """A sum or a product over an index too many."""
    if isinstance(place.node, BigOperator) and place.role == "value":
        yield place.node.body
