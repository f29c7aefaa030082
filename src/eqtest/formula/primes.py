r"""Running indices with primes: in ``\sum_{j'} y_{j'}`` the index is ``j'``, no derivative and no transpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.tree import BigOperator, Node, Relation, Scripts, Symbol, rebuild


def primed_indices(node: Node) -> Node:
    """A copy in which an index that a sum or product binds, and that is primed, is a symbol of its own."""
    node = rebuild(node, primed_indices)
    if not isinstance(node, BigOperator):
        return node
    names = frozenset(_bound(node))
    return _named(node, names) if names else node


def _bound(node: BigOperator) -> Iterator[str]:
    for condition in node.conditions:
        for side in condition.sides[:-1] or condition.sides if isinstance(condition, Relation) else (condition,):
            name = _primed_name(side)
            if name is not None:
                yield name


def _primed_name(node: Node) -> str | None:
    match node:
        case Scripts(base=Symbol(accents=()) as base, sub=(), sup=None, primes=primes) if primes:
            return base.name + "'" * primes
    return None


def _named(node: Node, names: frozenset[str]) -> Node:
    name = _primed_name(node)
    if name in names and isinstance(node, Scripts) and isinstance(node.base, Symbol):
        return replace(node.base, name=name, span=node.span)
    return rebuild(node, lambda child: _named(child, names))
