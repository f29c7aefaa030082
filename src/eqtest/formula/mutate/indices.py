"""Edits of indices, limits and exponents: one up or down, another index of the row, two exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.indices import running_names
from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.names import is_transpose
from eqtest.formula.tree import (
    BigOperator,
    Group,
    Node,
    Number,
    Product,
    Relation,
    Scripts,
    Sum,
    Symbol,
    rebuild,
    walk,
    without_superscript,
)

MAX_DIGITS = 10
"""Of a number that is an index."""


def shifted(place: Place, _row: Row) -> Iterator[Node]:
    """An index, or a limit of a sum or product, one up or down."""
    node = place.node
    if isinstance(node, Scripts):
        for number, item in enumerate(node.sub):
            for new in neighbours(item):
                yield replace(node, sub=(*node.sub[:number], new, *node.sub[number + 1 :]))
        for layer, put in _layers(node):
            for new in neighbours(layer):
                yield put(new)
    elif isinstance(node, BigOperator):
        if node.upper is not None:
            yield from (replace(node, upper=new) for new in neighbours(node.upper))
        for number, item in enumerate(node.conditions):
            if isinstance(item, Relation) and item.relations == ("=",):
                for new in neighbours(item.sides[1]):
                    changed = replace(item, sides=(item.sides[0], new))
                    yield replace(node, conditions=(*node.conditions[:number], changed, *node.conditions[number + 1 :]))


def neighbours(node: Node) -> Iterator[Node]:
    """What may stand in the place of an index expression, one more or less."""
    for step in (1, -1):
        found = moved(node, step)
        if found is not None:
            yield found
    match node:
        case Sum(terms=(*front, Symbol(name="l" | "I" | "ell"))) if front:
            yield replace(node, terms=(*front, Number("1")))  # a letter that looks like the digit


def moved(node: Node, step: int) -> Node | None:
    """An index expression plus ``step``, in the form in which one would print it; ``None`` where it is no index."""
    match node:
        case Number(text=text) if text.isdigit() and len(text) < MAX_DIGITS:
            return Number(str(int(text) + step), span=node.span) if int(text) + step >= 0 else None
        case Symbol(font="operator"):
            return None
        case Sum(terms=(*front, Number(text=text)), signs=(*signs, sign)) if text.isdigit() and front:
            value = int(text) * (1 if sign == "+" else -1) + step
            if value == 0:
                return (
                    front[0] if len(front) == 1 and signs == ["+"] else Sum(tuple(front), tuple(signs), span=node.span)
                )
            last = Number(str(abs(value)))
            return Sum((*front, last), (*signs, "+" if value > 0 else "-"), span=node.span)
        case Sum(terms=terms, signs=signs):
            return Sum((*terms, Number(str(abs(step)))), (*signs, "+" if step > 0 else "-"), span=node.span)
        case Symbol() | Scripts():
            return Sum((node, Number(str(abs(step)))), ("+", "+" if step > 0 else "-"), span=node.span)
    return None


def all_moved(node: Node, step: int) -> Node:
    """A copy with every index ``step`` further."""
    if isinstance(node, Scripts) and len(node.sub) == 1:
        index = moved(node.sub[0], step)
        return node if index is None else replace(node, sub=(index,))
    return rebuild(node, lambda child: all_moved(child, step))


def reindexed(place: Place, row: Row) -> Iterator[Node]:
    """Another index of the row in the same place: ``h_q`` for ``h_p``; with a vocabulary any index of the row."""
    node = place.node
    if isinstance(node, Scripts) and isinstance(node.base, Symbol):
        for slot, item in enumerate(node.sub):
            others = (o.sub[slot] for o in walk(row.tree) if isinstance(o, Scripts) and len(o.sub) == len(node.sub))
            for other in dict.fromkeys(others):
                if other != item:
                    new = replace(other, span=item.span)
                    yield replace(node, sub=(*node.sub[:slot], new, *node.sub[slot + 1 :]))
        if row.vocabulary is not None:
            yield from _other_letters(node, row)
    elif isinstance(node, BigOperator) and row.vocabulary is not None:
        for head in row.vocabulary.sums:
            if (head.conditions, head.upper) != (node.conditions, node.upper):
                yield replace(node, conditions=head.conditions, upper=head.upper)


def _other_letters(node: Scripts, row: Row) -> Iterator[Node]:
    """Any index of the row in the place of another, and two that are exchanged: ``w_{ji}`` for ``w_{ij}``."""
    indices = list(dict.fromkeys(_indices(row.tree)))
    for slot, item in enumerate(node.sub):
        front, back = node.sub[:slot], node.sub[slot + 1 :]
        if isinstance(item, Product):
            yield replace(node, sub=(*front, replace(item, factors=item.factors[::-1]), *back))
            for i, factor in enumerate(item.factors):
                for other in indices:
                    if isinstance(other, Symbol | Number) and other != factor:
                        factors = (*item.factors[:i], other, *item.factors[i + 1 :])
                        yield replace(node, sub=(*front, replace(item, factors=factors), *back))
        elif item in indices:
            for other in indices:
                if other != item:
                    yield replace(node, sub=(*front, other, *back))
    if len(node.sub) == 2:
        yield replace(node, sub=node.sub[::-1])
    for layer, put in _layers(node):
        for other in indices:
            if other != layer:
                yield put(other)


def _indices(tree: Node) -> Iterator[Node]:
    """The index expressions of a row, those of layers and limits too, and its running indices."""
    for item in walk(tree):
        if isinstance(item, Scripts):
            for sub in item.sub:
                if isinstance(sub, Product):
                    yield from sub.factors
                else:
                    yield sub
            for layer, _ in _layers(item):
                yield layer
        elif isinstance(item, BigOperator):
            yield from map(Symbol, sorted(running_names(item)))


class _Put:
    """A scripted symbol with another layer."""

    def __init__(self, node: Scripts, sup: Group) -> None:
        self._node, self._sup = node, sup

    def __call__(self, layer: Node) -> Node:
        group = replace(self._sup, items=(layer,))
        sup = self._node.sup
        if isinstance(sup, Product):
            return replace(self._node, sup=replace(sup, factors=(group, *sup.factors[1:])))
        return replace(self._node, sup=group)


def _layers(node: Scripts) -> Iterator[tuple[Node, _Put]]:
    r"""The layer of ``h^{(l)}``, ``h^{\langle t \rangle}`` or ``W^{(l)\top}``, and how another is put there."""
    sup = node.sup.factors[0] if isinstance(node.sup, Product) else node.sup
    if isinstance(sup, Group) and len(sup.items) == 1:
        yield sup.items[0], _Put(node, sup)


def powers(place: Place, row: Row) -> Iterator[Node]:
    """A power one up or down, a prime less."""
    node = place.node
    if not isinstance(node, Scripts):
        return
    if isinstance(node.sup, Number | Sum | Symbol) and not is_transpose(node.sup):
        for new in neighbours(node.sup):
            yield without_power(node) if new == Number("1") and row.vocabulary else replace(node, sup=new)
    if node.primes:
        yield replace(node, primes=node.primes - 1) if node.primes > 1 or node.sub or node.sup else node.base


def without_power(node: Scripts) -> Node:
    """A symbol or a bracket without its superscript."""
    return only_item(without_superscript(node))


def only_item(node: Node) -> Node:
    """What stands in braces that do not show."""
    return node.items[0] if isinstance(node, Group) and node.left == "{}" and len(node.items) == 1 else node
