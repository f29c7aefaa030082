"""The integer expressions of a formula: which letters are free, what an index is worth, which indices coincide."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from eqtest.formula.names import spellings
from eqtest.formula.plain import plain
from eqtest.formula.scope import Scope, integer
from eqtest.formula.tree import (
    BigOperator,
    Derivative,
    Group,
    Node,
    Number,
    Relation,
    Scripts,
    Symbol,
    children,
    rebuild,
    walk,
)
from eqtest.formula.where import Assignment

MAX_SCORED = 2_000


def concrete(node: Node, scope: Scope) -> Node:
    """A copy in which every index that has a value is that number."""
    if isinstance(node, Scripts):
        sup = node.sup
        if isinstance(sup, Group) and len(sup.items) == 1:
            sup = replace(sup, items=(_number(sup.items[0], scope),))
        return replace(
            node, base=concrete(node.base, scope), sub=tuple(_number(item, scope) for item in node.sub), sup=sup
        )
    if isinstance(node, BigOperator):
        upper = None if node.upper is None else _number(node.upper, scope)
        conditions = tuple(
            replace(item, sides=(item.sides[0], *(_number(side, scope) for side in item.sides[1:])))
            if isinstance(item, Relation)
            else item
            for item in node.conditions
        )
        return replace(node, conditions=conditions, upper=upper, body=concrete(node.body, scope))
    return rebuild(node, lambda child: concrete(child, scope))


def _number(node: Node, scope: Scope) -> Node:
    value = integer(node, scope)
    return concrete(node, scope) if value is None else Number(str(value), span=node.span)


def free_names(node: Node, names: frozenset[str]) -> frozenset[str]:
    """Which of ``names`` occur without being the running index of a sum or product around them."""
    if not names:
        return names
    if isinstance(node, Symbol):
        return frozenset((node.name, *spellings(node))) & names
    bound = running_names(node) if isinstance(node, BigOperator) else frozenset()
    found = frozenset[str]().union(*(free_names(child, names) for child in children(node)))
    return found - bound


def numbers_layers(nodes: Sequence[Node]) -> bool:
    r"""Whether bare superscripts are layers: a derivative by ``b_j^2``, or ``a_j^1``, which is no power."""
    scripted = [item for node in nodes for item in walk(node) if isinstance(item, Scripts) and item.sub]
    variables = {by for node in nodes for item in walk(node) if isinstance(item, Derivative) for by in item.by}
    return any(isinstance(item.sup, Number) and (item in variables or item.sup.text in ("0", "1")) for item in scripted)


def running_names(node: BigOperator) -> frozenset[str]:
    """The indices that a sum or product runs over."""
    return frozenset(
        item.name for condition in node.conditions for item in _bound_by(condition) if isinstance(item, Symbol)
    )


def _bound_by(condition: Node) -> tuple[Node, ...]:
    r"""What may run in ``i``, ``i = 1``, ``i \in S``, ``i \ne k``, and in ``1 \le i < j \le n``."""
    if not isinstance(condition, Relation):
        return (condition,)
    return condition.sides[1:-1] if len(condition.sides) > 2 else condition.sides[:1]


def index_expressions(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The different index expressions of some formulas, in the order of their first use."""
    found: dict[Node, None] = {}
    for node in nodes:
        for item in walk(node):
            if isinstance(item, Scripts):
                found.update(dict.fromkeys(item.sub))
            elif isinstance(item, BigOperator) and item.upper is not None:
                found[item.upper] = None
    return tuple(found)


def spread(candidates: Sequence[Assignment], count: int, expressions: Sequence[Node], seed: int) -> list[Assignment]:
    """``count`` of the assignments: the smallest, the largest, those at which fewest indices coincide, and a sample."""
    if len(candidates) <= count:
        return list(candidates)
    generator = random.Random(seed)
    positions = {0, len(candidates) - 1} if count > 1 else {0}
    pool = generator.sample(range(len(candidates)), min(MAX_SCORED, len(candidates)))
    pool.sort(key=lambda position: _coinciding(expressions, candidates[position]))
    generic = pool[: max(0, (count - len(positions)) // 2)]
    positions.update(generic)
    rest = [position for position in range(len(candidates)) if position not in positions]
    positions.update(generator.sample(rest, max(0, count - len(positions))))
    return [candidates[position] for position in sorted(positions)]


def _values(expressions: Sequence[Node], assignment: Mapping[str, int]) -> list[int | None]:
    scope = Scope({}, assignment)
    return [integer(item, scope) for item in expressions]


def _coinciding(expressions: Sequence[Node], assignment: Mapping[str, int]) -> int:
    """How many index expressions have the value of another one."""
    values = [value for value in _values(expressions, assignment) if value is not None]
    return len(values) - len(set(values))


def always_coinciding(
    expressions: Sequence[Node], assignments: Sequence[Mapping[str, int]]
) -> Iterator[tuple[str, str]]:
    """Pairs of different index expressions, letters in at least one, that are equal at every assignment."""
    values = [_values(expressions, assignment) for assignment in assignments]
    for a, b in combinations(range(len(expressions)), 2):
        letters = any(not isinstance(expressions[i], Number) for i in (a, b))
        if letters and all(row[a] is not None and row[a] == row[b] for row in values):
            yield plain(expressions[a]), plain(expressions[b])


def condition(inside: Sequence[Mapping[str, int]], outside: Sequence[Mapping[str, int]]) -> str:
    """A comparison in words that holds inside and nowhere outside: ``q < N``; empty when none is simple enough."""
    names = list(inside[0]) if inside else []
    limits: list[tuple[str, str, int]] = [(a, b, c) for a in names for b in names if a != b for c in (0, -1, 1, -2, 2)]
    constants = sorted({item[name] for item in (*inside, *outside) for name in names})
    limits += [(a, "", c) for a in names for c in constants]
    for less in (True, False):
        for a, b, c in limits:
            if all(_below(item, a, b, c, less) for item in inside) and not any(
                _below(item, a, b, c, less) for item in outside
            ):
                right = f"{b} {'-' if c < 0 else '+'} {abs(c)}" if b and c else b or str(c)
                return f"{a} {'<' if less else '>'} {right}"
    return ""


def _below(item: Mapping[str, int], a: str, b: str, c: int, less: bool) -> bool:
    limit = (item[b] if b else 0) + c
    return item[a] < limit if less else item[a] > limit
