"""Edits of letters: another one with the same indices, or another symbol altogether."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.tree import Derivative, Node, Number, Scripts, Symbol, unscripted, walk


def lettered(place: Place, row: Row) -> Iterator[Node]:
    """Another letter with the same indices: ``h_3`` for ``s_3``."""
    yield from respelled(place.node, row)


def respelled(node: Node, row: Row) -> Iterator[Scripts]:
    """A symbol with its indices and another letter."""
    if not isinstance(node, Scripts) or not isinstance(node.base, Symbol) or not node.sub:
        return
    own = (
        item.base
        for item in walk(row.tree)
        if isinstance(item, Scripts) and len(item.sub) == len(node.sub) and not item.primes
    )
    families = () if row.vocabulary is None else row.vocabulary.families
    others = (Symbol(name, node.base.font) for name in families)
    for other in dict.fromkeys((*own, *others)):
        if isinstance(other, Symbol) and other != node.base:
            yield replace(node, base=replace(other, span=node.base.span))


def replaced(place: Place, row: Row) -> Iterator[Node]:
    """Another symbol: ``V`` for ``K``, ``x`` for ``x_0``, ``W_{hx}`` for ``W_{hh}``, with its own scripts or the old.

    Letters of the same kind come first: capitals for capitals, numbers never.
    """
    node = place.node
    if place.role == "script" or not isinstance(node, Symbol | Scripts | Derivative):
        return
    if row.is_head(place):
        return
    others = [item for item in row.operands if item != node and _may_be(item, node, place)]
    others.sort(key=lambda item: _unlike(item, node))
    for other in others:
        yield replace(other, span=node.span)
        if isinstance(node, Scripts) and isinstance(node.base, Symbol):
            base = unscripted(other)
            if isinstance(base, Symbol) and base != node.base:
                yield replace(node, base=replace(base, span=node.base.span))


def _may_be(other: Node, node: Node, place: Place) -> bool:
    if isinstance(other, Number):
        return False
    if place.role == "variable":
        return isinstance(other, Symbol | Scripts)
    return isinstance(other, Symbol | Scripts | Derivative) or not isinstance(node, Derivative)


def _unlike(other: Node, node: Node) -> int:
    """How unlikely one symbol is mistaken for another."""
    if type(other) is not type(node):
        return 3
    first, second = map(unscripted, (other, node))
    if isinstance(first, Symbol) and isinstance(second, Symbol):
        if first.name == second.name:
            return 0
        alike = first.name.isupper() is second.name.isupper() and (len(first.name) == 1) is (len(second.name) == 1)
        return 1 if alike else 2
    return 1
