"""What an author may have meant: the rest of the display, and the names of the snippet as they would be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, permutations
from typing import Any

from eqtest.formula.mutate.row import Row, Vocabulary, operands
from eqtest.formula.names import spellings
from eqtest.formula.scope import Scope, is_callable, is_tensor
from eqtest.formula.tokens import ACCENTS, FUNCTIONS, GREEK
from eqtest.formula.tree import (
    BigOperator,
    Group,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Scripts,
    Sum,
    Symbol,
    rebuild,
    unscripted,
    walk,
)

MAX_PRINTED, MAX_NAMED, MAX_PAIRS = 40, 30, 12
_GREEK_NAMES = {name: letter for letter in sorted(GREEK) for name in spellings(Symbol(letter))}


def vocabulary(trees: Sequence[Relation], scope: Scope, ranges: Mapping[str, range]) -> Vocabulary:
    """The vocabulary of a display in one run of a snippet; ``ranges`` are those that the check declares."""
    namespace = scope.namespace
    functions = frozenset(name for name, value in namespace.items() if is_callable(value)) | FUNCTIONS
    bare = Row(trees[0], Vocabulary(functions=functions))
    printed = dict.fromkeys(item for tree in trees for item in operands(tree, bare))
    known = {name for item in printed for symbol in _symbols(item) for name in spellings(symbol)}
    named = (_printed(name) for name, value in namespace.items() if name not in known and _is_value(value))
    families = tuple(name for name, value in namespace.items() if len(name) == 1 and _is_family(value))
    members = [item for item in _members(families, trees[0]) if item not in printed]
    return Vocabulary(
        operands=(*islice(printed, MAX_PRINTED), *members[:MAX_NAMED], *islice(filter(None, named), MAX_NAMED)),
        families=families,
        sums=tuple(dict.fromkeys(_sums(trees, scope, ranges))),
        counts=tuple(_counts(trees, scope)),
        functions=functions,
    )


def _members(families: Sequence[str], row: Relation) -> Iterator[Node]:
    """The members of families that have the indices of a row."""
    indices = dict.fromkeys(item.sub[0] for item in walk(row) if isinstance(item, Scripts) and len(item.sub) == 1)
    for name in families:
        for index in indices:
            yield Scripts(Symbol(name), (index,))


def _symbols(node: Node) -> Iterator[Symbol]:
    return (item for item in walk(node) if isinstance(item, Symbol))


def _is_value(value: Any) -> bool:
    return is_tensor(value) or isinstance(value, float)


def _is_family(value: Any) -> bool:
    if not isinstance(value, list | dict):
        return False
    members = value.values() if isinstance(value, dict) else value
    return any(is_tensor(member) or _is_family(member) for member in members)


def _printed(name: str) -> Node | None:
    r"""A name of the snippet as one would print it: ``\hat x`` for ``x_hat``, ``W_{hh}`` for ``W_hh``."""
    if name.startswith("_"):
        return None
    if len(name) == 1 or name in _GREEK_NAMES:
        return Symbol(_GREEK_NAMES.get(name, name))
    stem, _, suffix = name.rpartition("_")
    base = _printed(stem) if stem and suffix else None
    if not isinstance(base, Symbol):
        return None
    if suffix in ACCENTS:
        return Symbol(base.name, accents=(*base.accents, suffix))
    if base.accents:
        return None
    return Scripts(base, (Number(suffix) if suffix.isdigit() else Symbol(suffix, "roman"),))


def _counts(trees: Sequence[Relation], scope: Scope) -> Iterator[Node]:
    """The limits printed over sums, and the names of integers."""
    uppers = [item.upper for tree in trees for item in walk(tree) if isinstance(item, BigOperator) and item.upper]
    names = [name for name, value in scope.namespace.items() if type(value) is int and value > 1]
    named = [_printed(name) for name in (*scope.integers, *names)]
    yield from dict.fromkeys(item for item in (*uppers, *named) if item is not None)


def _sums(trees: Sequence[Relation], scope: Scope, ranges: Mapping[str, range]) -> Iterator[BigOperator]:
    """Sums as they are printed, over the declared ranges, and over whole axes of arrays."""
    empty = Number("0")
    for item in (item for tree in trees for item in walk(tree)):
        if isinstance(item, BigOperator) and item.kind == "sum" and item.conditions:
            yield BigOperator("sum", item.conditions, item.upper, empty)
    for name in ranges:
        yield BigOperator("sum", (Symbol(name),), None, empty)
    for first, second in islice(permutations(ranges, 2), MAX_PAIRS):
        yield BigOperator("sum", (Symbol(first), Symbol(second)), None, empty)
    bound = {*scope.integers, *ranges}
    for name, size in _axes(trees, scope):
        if name not in bound:
            low = Relation((Symbol(name), Number(str(scope.index_base))), ("=",))
            for upper in _last(size, scope):
                yield BigOperator("sum", (low,), upper, empty)


def _axes(trees: Sequence[Relation], scope: Scope) -> Iterator[tuple[str, int]]:
    """The letters that stand as indices of arrays, and the sizes of their axes."""
    for item in (item for tree in trees for item in walk(tree)):
        if not isinstance(item, Scripts) or not isinstance(item.base, Symbol) or not item.sub:
            continue
        letters = item.sub[0].factors if len(item.sub) == 1 and isinstance(item.sub[0], Product) else item.sub
        value: Any = next((scope.namespace[name] for name in spellings(item.base) if name in scope.namespace), None)
        shape = tuple(value.shape) if is_tensor(value) else ()
        if isinstance(value, list):
            shape = (len(value), *(value[0].shape if value and is_tensor(value[0]) else ()))
        for letter, size in zip(letters, shape, strict=False):
            if isinstance(letter, Symbol) and letter.font != "operator":
                yield letter.name, size


def _last(size: int, scope: Scope) -> Iterator[Node]:
    """The last index of an axis, by the name of its size if it has one."""
    names = (
        name for name, value in {**scope.namespace, **scope.integers}.items() if type(value) is int and value == size
    )
    for symbol in (_printed(name) for name in names):
        if symbol is not None:
            yield symbol if scope.index_base else Sum((symbol, Number("1")), ("+", "-"))
            return
    yield Number(str(size - 1 + scope.index_base))


def with_calls_below(node: Node, functions: frozenset[str]) -> Node:
    r"""A copy that can be printed as a fraction: ``x/f(y)`` is read as ``(x/f)(y)`` until it is known what ``f`` is."""
    node = rebuild(node, lambda child: with_calls_below(child, functions))
    if not isinstance(node, Product):
        return node
    for i, (factor, operator, behind) in enumerate(zip(node.factors, node.operators, node.factors[1:], strict=False)):
        group = unscripted(behind)
        if operator or not isinstance(factor, Quotient) or not isinstance(group, Group):
            continue
        head = unscripted(factor.denominator)
        if isinstance(head, Symbol) and functions.intersection(spellings(head)):
            call = Product((factor.denominator, behind), ("",), span=factor.denominator.span | behind.span)
            whole = replace(factor, denominator=call)
            if len(node.factors) == 2:
                return whole
            factors = (*node.factors[:i], whole, *node.factors[i + 2 :])
            found = replace(node, factors=factors, operators=(*node.operators[:i], *node.operators[i + 1 :]))
            return with_calls_below(found, functions)
    return node
