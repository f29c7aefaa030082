"""Sums, products and means over running indices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from eqtest.autodiff.jacobian import LinearMap
from eqtest.autodiff.products import divide
from eqtest.autodiff.values import Constant, Value, add, entrywise
from eqtest.errors import (
    OutsideDomainError,
    UnboundSymbolError,
    UnsupportedError,
)
from eqtest.formula.indices import free_names, running_names
from eqtest.formula.latex import latex
from eqtest.formula.plain import plain
from eqtest.formula.resolve import resolve
from eqtest.formula.scope import Scope, integer, is_callable
from eqtest.formula.scripts import free_letters
from eqtest.formula.tree import (
    BigOperator,
    Group,
    Node,
    Product,
    Relation,
    Scripts,
    Symbol,
)

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator

T = TypeVar("T")

MAX_TERMS = 10_000
MAX_TERMS_IN_ROW = 100_000


_COMPARISONS = {"<": torch.lt, ">": torch.gt, "le": torch.le, "ge": torch.ge, "=": torch.eq, "ne": torch.ne}


class Reductions:
    """The sums, products and means of one evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def value(self, node: BigOperator) -> Value:
        r"""The value of a sum, product or mean; ``\prod_i W_i x`` with a column ``x`` is ``(\prod_i W_i) x``."""
        repeated, once = _split(node) if node.kind == "prod" else (node, None)
        if once is not None:
            column = self.evaluator.evaluate(once)
            if isinstance(column, LinearMap) and column.rows and not column.cols:
                return self.evaluator.shared_product(self._over_index(repeated), column, "times")
        return self._over_index(node)

    def _over_index(self, node: BigOperator) -> Value:
        if not node.conditions:
            raise UnsupportedError(f"\\{node.kind} without an index under it", node.span)
        memory, outer = self.evaluator.memory, self.evaluator.scope
        scopes = list(self.scopes(node)) if memory is None else memory.scopes(node, outer, self.scopes)
        self.evaluator.terms += len(scopes)
        if self.evaluator.terms > MAX_TERMS_IN_ROW:
            raise UnsupportedError(f"sums and products of more than {MAX_TERMS_IN_ROW} terms in a row", node.span)
        if not scopes and node.kind in ("max", "min", "mean"):
            raise OutsideDomainError(f"the {node.kind} over no values", node.span)
        if not scopes:
            return Constant(0.0 if node.kind == "sum" else 1.0)
        values = self.evaluator.in_each(scopes, lambda: self.evaluator.evaluate(node.body))
        if node.kind in ("max", "min"):
            return reduce(partial(entrywise, torch.maximum if node.kind == "max" else torch.minimum), values)
        if node.kind in ("sum", "mean"):
            total = add(values, ("+",) * len(values))
            return total if node.kind == "sum" else divide(total, Constant(float(len(values))))
        result, *rest = self.ordered(values)
        for value in rest:
            result = self.evaluator.shared_product(result, value, "times")
        return result

    def ordered(self, factors: list[T]) -> list[T]:
        """The factors of a product over an index, from left to right."""
        return factors[::-1] if self.evaluator.options.product_order == "descending" else factors

    def scopes(self, node: BigOperator) -> Iterator[Scope]:
        """One scope for each term, the running indices bound."""
        scopes = [self.evaluator.scope]
        running: set[str] = set()
        for condition in node.conditions:
            if isinstance(condition, Relation) and len(condition.sides) > 2:
                scopes = self._between(condition, scopes)
                continue
            name, values = self._index(condition, node, running)
            if name is None:
                scopes = [scope for scope in scopes if self.satisfied(condition, scope)]
                continue
            running.add(name)
            upper = node.upper
            expanded: list[Scope] = []
            for scope in scopes:
                expanded += [scope.bind(name, value) for value in self._values(name, condition, upper, values, scope)]
                if len(expanded) > MAX_TERMS:
                    raise UnsupportedError(f"a sum or product of more than {MAX_TERMS} terms", node.span)
            scopes = expanded
        yield from scopes

    def _between(self, condition: Relation, scopes: list[Scope]) -> list[Scope]:
        r"""``1 \le i < j \le n``: the letters between run from the first to the last side, as far as it holds.

        ``\prod_{t \ge i > k}`` says itself that its factors descend.
        """
        downwards = set(condition.relations) <= {">", "ge"}
        if not downwards and not set(condition.relations) <= {"<", "le"}:
            raise UnsupportedError(
                "limits on both sides are written with < and \\le, or with > and \\ge", condition.span
            )
        names = [side.name for side in condition.sides[1:-1] if isinstance(side, Symbol)]
        found: list[Scope] = []
        for scope in scopes:
            low, high = (integer(side, scope) for side in (condition.sides[0], condition.sides[-1]))
            low, high = (high, low) if downwards else (low, high)
            if low is None or high is None or len(names) < len(condition.sides) - 2:
                raise UnboundSymbolError(f"the limits of {latex(condition)} are not integers here", condition.span)
            if (high - low + 1) ** len(names) > MAX_TERMS:
                raise UnsupportedError(f"a sum or product of more than {MAX_TERMS} terms", condition.span)
            for values in itertools.product(range(low, high + 1), repeat=len(names)):
                there = replace(scope, integers={**scope.integers, **dict(zip(names, values, strict=True))})
                if self.satisfied(condition, there):
                    found.append(there)
        descending = self.evaluator.options.product_order == "descending"
        return found[::-1] if downwards and not descending else found

    def _index(self, condition: Node, node: BigOperator, running: Set[str]) -> tuple[str | None, Sequence[int] | None]:
        """The index that a condition binds, and its values where they are not between limits; no name for a test."""
        match condition:
            case Relation(sides=(Symbol(name=name), _), relations=("=",)):
                return name, None
            case Symbol(name=name):
                plain = name.rstrip("'")
                spelled = (name, plain + "_prime" * (len(name) - len(plain)), plain)
                known = next((item for item in spelled if item in self.evaluator.ranges), None)
                if known is None:
                    raise UnboundSymbolError(
                        f"\\{node.kind}_{name} needs a range: `ranges: {plain} = 1..n`", condition.span
                    )
                return name, self.evaluator.ranges[known]
            case Relation(sides=(Symbol(name=name), members), relations=("in",)):
                return name, self.members(members)
            case Relation(sides=(first, second), relations=("ne",)):
                names = [side.name for side in (first, second) if isinstance(side, Symbol)]
                names = [name for name in names if name in self.evaluator.ranges and name not in running]
                names.sort(key=lambda name: name in self.evaluator.scope.integers)
                return (names[0], self.evaluator.ranges[names[0]]) if names else (None, None)
            case Relation():
                return None, None
        raise UnsupportedError("this condition under a sum or product", condition.span)

    def members(self, node: Node) -> Sequence[int]:
        r"""The integers of a set: ``\{1, 3\}``, or a list, a set or a function's value of the snippet."""
        scope = self.evaluator.scope
        found: Any = None
        if isinstance(node, Group) and node.left == "{":
            found = [integer(item, scope) for item in node.items]
        elif isinstance(node, Symbol | Scripts):
            found = resolve(node, scope).value
        elif isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1], Group):
            function = resolve(node.factors[0], scope).value
            arguments = [integer(item, scope) for item in node.factors[1].items]
            if is_callable(function) and None not in arguments:
                found = self.evaluator.calls.result(arguments, function, latex(node.factors[0]), node)
        if not isinstance(found, list | tuple | set | frozenset | range) or not all(type(v) is int for v in found):
            raise UnboundSymbolError(f"{latex(node)} is not a set of integers here", node.span)
        return sorted(found) if isinstance(found, set | frozenset) else list(found)

    def cardinality(self, node: Node) -> int | None:
        r"""The size of a set: ``|\mathcal B|``, ``|N(v)|`` of a list or a set of the snippet; ``None`` for a value."""
        try:
            return len(self.members(node))
        except UnboundSymbolError:
            pass
        try:
            found = resolve(node, self.evaluator.scope).value if isinstance(node, Symbol | Scripts) else None
        except UnboundSymbolError:
            return None
        if isinstance(found, set | frozenset | Mapping):
            return len(found)
        examples = isinstance(found, list | tuple) and any(not isinstance(item, int | float) for item in found)
        return len(found) if examples else None  # type: ignore[arg-type]

    def _values(
        self, name: str, condition: Node, upper: Node | None, values: Sequence[int] | None, scope: Scope
    ) -> Sequence[int]:
        if values is not None:
            return [v for v in values if self._allowed(name, condition, scope, v)]
        assert isinstance(condition, Relation)
        low = integer(condition.sides[1], scope)
        high = None if upper is None else integer(upper, scope)
        if low is None or high is None:
            place = condition.sides[1] if low is None else upper or condition
            raise UnboundSymbolError(f"the limit {latex(place)} is not an integer here", place.span)
        if abs(high - low) >= MAX_TERMS:
            raise UnsupportedError(f"a sum or product of more than {MAX_TERMS} terms", condition.span)
        if upper is not None and low > high and self._runs_down(condition.sides[1], upper):
            self.evaluator.remarks.add(f"{name} = {plain(condition.sides[1])} to {plain(upper)} is read downwards")
            return range(low, high - 1, -1)
        return range(low, high + 1)

    def _runs_down(self, lower: Node, upper: Node) -> bool:
        r"""Whether ``\prod_{j=L}^{k+1}`` can only mean to run down: its limits cross at every assignment."""
        letters = free_letters(lower) | free_letters(upper)
        scopes = self.evaluator.scopes
        running = self.evaluator.scope.integers.keys() - frozenset(scopes[0].integers if scopes else ())
        if not letters or letters & running:
            return False  # a sum without terms; the limits of an inner sum may cross at its ends
        limits = [(integer(lower, scope), integer(upper, scope)) for scope in scopes]
        known = [(low, high) for low, high in limits if low is not None and high is not None]
        down = len(known) == len(limits) and all(low >= high for low, high in known)
        return down and any(low > high + 1 for low, high in known)

    def _allowed(self, name: str, condition: Node, scope: Scope, value: int) -> bool:
        if not isinstance(condition, Relation) or condition.relations == ("in",):
            return True
        return self.satisfied(condition, scope.bind(name, value))

    def indicator(self, condition: Relation) -> Value:
        """One where a condition holds and zero elsewhere: of integers, or of arrays entry by entry."""
        if condition.relations == ("in",):
            return Constant(
                float(integer(condition.sides[0], self.evaluator.scope) in self.members(condition.sides[1]))
            )
        if all(integer(side, self.evaluator.scope) is not None for side in condition.sides):
            return Constant(float(self.satisfied(condition, self.evaluator.scope)))
        if not set(condition.relations) <= _COMPARISONS.keys() or len(condition.sides) != len(condition.relations) + 1:
            raise UnsupportedError("this condition of an indicator", condition.span)
        sides = [self.evaluator.evaluate(side) for side in condition.sides]
        links = [
            entrywise(lambda a, b, compare=_COMPARISONS[name]: compare(a, b).to(torch.float64), left, right)
            for name, left, right in zip(condition.relations, sides, sides[1:], strict=False)
        ]
        return reduce(partial(entrywise, torch.multiply), links)

    def satisfied(self, condition: Node, scope: Scope) -> bool:
        assert isinstance(condition, Relation)
        numbers = [integer(side, scope) for side in condition.sides]
        if any(number is None for number in numbers):
            raise UnboundSymbolError(f"the condition {latex(condition)} is not about integers", condition.span)
        tests = {
            "=": int.__eq__, "ne": int.__ne__, "<": int.__lt__, ">": int.__gt__, "le": int.__le__, "ge": int.__ge__,
        }  # fmt: skip
        pairs = zip(condition.relations, numbers, numbers[1:], strict=False)
        return all(tests[relation](a or 0, b or 0) for relation, a, b in pairs)


def _split(node: BigOperator) -> tuple[BigOperator, Node | None]:
    """A product up to its last factor with the running index, and the factors behind that."""
    body, names = node.body, running_names(node)
    if not isinstance(body, Product):
        return node, None
    last = max((i for i, factor in enumerate(body.factors) if free_names(factor, names)), default=-1)
    if not 0 <= last < len(body.factors) - 1:
        return node, None
    front, back = body.factors[: last + 1], body.factors[last + 1 :]
    repeated = front[0] if len(front) == 1 else replace(body, factors=front, operators=body.operators[:last])
    once = back[0] if len(back) == 1 else replace(body, factors=back, operators=body.operators[last + 1 :])
    return replace(node, body=repeated), once
