"""Applications: functions that formulas may always use, and the callables of the snippet."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from eqtest.autodiff import functions
from eqtest.autodiff.jacobian import Dense, LinearMap
from eqtest.autodiff.sample import leads_to
from eqtest.autodiff.scripted import with_exponent
from eqtest.autodiff.values import Constant, Value, as_array, entrywise, is_primal
from eqtest.errors import (
    ShapeError,
    UnboundSymbolError,
    UnsupportedError,
    ValueKindError,
)
from eqtest.formula.latex import latex
from eqtest.formula.names import spellings
from eqtest.formula.resolve import Bound, resolve, resolve_call
from eqtest.formula.scope import integer, is_callable, is_tensor
from eqtest.formula.tree import (
    Apply,
    Group,
    Node,
    Product,
    Relation,
    Scripts,
    Symbol,
)

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


class Calls:
    """The applications of one evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._paths: dict[tuple[int, int], tuple[Any, Tensor, bool]] = {}

    def builtin(self, node: Apply) -> Value:
        head = node.function
        exponent = head.sup if isinstance(head, Scripts) else None
        primes = head.primes if isinstance(head, Scripts) else 0
        symbol = head.base if isinstance(head, Scripts) else head
        assert isinstance(symbol, Symbol)
        bound = self.evaluator.scope.namespace.get(symbol.name)
        if bound is not None and is_callable(bound):
            value = self.call(bound, symbol.name, node.arguments, primes, node)
        else:
            value = self._named(symbol.name, node.arguments, primes, node)
        return value if exponent is None else with_exponent(self.evaluator, value, exponent)

    def _named(self, name: str, arguments: Sequence[Node], primes: int, node: Node) -> Value:
        """A function that formulas may use without the snippet defining it."""
        if name in ("diag", "vec") and len(arguments) == 1:
            value = self.evaluator.evaluate(arguments[0])
            array = as_array(value)
            if name == "vec":
                return Dense(array.T.reshape(-1), (array.numel(),), (), of_derivative=not is_primal(value))
            if array.dim() != 1:
                raise ShapeError(f"shape: diag of an array of shape {tuple(array.shape)}", node.span)
            return Dense(torch.diag(array), tuple(array.shape), tuple(array.shape), of_derivative=not is_primal(value))
        if name == "prod" and len(arguments) > 1:
            return self.evaluator.differentiation.chained(arguments)
        found = functions.find(name)
        if found is None:
            raise UnboundSymbolError(f"the function {name} is neither built in nor defined by the snippet", node.span)
        function, elementwise = found
        values = [self.evaluator.evaluate(argument) for argument in arguments]
        if name in ("max", "min") and len(values) > 1:
            largest = torch.maximum if name == "max" else torch.minimum
            return functools.reduce(functools.partial(entrywise, largest), values)
        if len(values) != 1:
            raise UnsupportedError(f"{name} of {len(values)} arguments", node.span)
        if primes:
            return self.evaluator.differentiation.prime(function, values[0], primes)
        return self.apply_tensor(function, values, elementwise)

    def apply_tensor(self, function: Any, values: Sequence[Value], elementwise: bool) -> Value:
        if elementwise:
            return entrywise(function, *values)
        value = values[0]
        result = function(as_array(value))
        if isinstance(value, LinearMap) and result.shape == as_array(value).shape:
            return Dense(result, value.rows, value.cols, False, not is_primal(value))
        return Dense(result, tuple(result.shape), (), False, not is_primal(value))

    def call(self, function: Any, name: str, arguments: Sequence[Node], primes: int, node: Node) -> Value:
        """A callable of the snippet applied to the values of its arguments."""
        values = [self.evaluator.evaluate(argument) for argument in arguments]
        if primes:
            if len(values) != 1:
                raise UnsupportedError(f"the derivative {name}' of a function of {len(values)} arguments", node.span)
            guarded = functools.partial(self.result, function=function, name=name, node=node)
            return self.evaluator.differentiation.prime(lambda argument: guarded([argument]), values[0], primes)
        return self.call_on([self.argument(value) for value in values], function, name, node)

    def argument(self, value: Value) -> Tensor | float | int:
        if isinstance(value, Constant):
            return int(value.value) if value.value == int(value.value) else value.value
        return as_array(value)

    def result(self, arguments: Sequence[Any], function: Any, name: str, node: Node) -> Any:
        """What a callable of the snippet returns; raises :class:`FormulaError` for whatever it raises."""
        try:
            return function(*arguments)
        except (RuntimeError, ValueError, IndexError) as error:
            first = str(error).strip().split("\n")[0]
            raise ShapeError(f"shape: {name}(…) raises {type(error).__name__}: {first}", node.span) from None
        except Exception as error:
            raise ValueKindError(f"{name}(…) raises {type(error).__name__}: {error}", node.span) from None

    def call_on(self, arguments: Sequence[Any], function: Any, name: str, node: Node) -> Value:
        result = self.result(arguments, function, name, node)
        if isinstance(result, int | float):
            return Constant(float(result))
        if not is_tensor(result):
            raise ValueKindError(f"{name}(…) is a {type(result).__name__}, not a tensor", node.span)
        return Dense.of_tensor(self.evaluator.checked(result, f"{name}(…)", node))

    def application(self, head: Node, group: Group) -> Value | None:
        """``f(x)`` where ``f`` is callable; ``None`` where it is a product."""
        if not isinstance(head, Symbol | Scripts):
            return self._composition(head, 0, group)
        if isinstance(head, Scripts) and isinstance(head.base, Group) and not head.sub and head.sup is None:
            return self._composition(head.base, head.primes, group)
        if _is_indicator(head) and len(group.items) == 1 and isinstance(group.items[0], Relation):
            return self.evaluator.evaluate(group)
        place = replace(head, span=head.span | group.span)
        decorated = resolve_call(head, group, self.evaluator.scope)
        if decorated is not None:
            return self.evaluator.bound_value(decorated, place)
        try:
            found = self.callee(head)
        except UnboundSymbolError:
            named = self._named_derivative(head)
            if named is not None:
                return self.call(named.value, named.path, group.items, 0, place)
            return self._builtin_application(head, group, place)
        if found is None:
            bound = self.of_its_arguments(head, group)
            return None if bound is None else self.evaluator.bound_value(bound, place)
        value = self.call(found.value, found.path, group.items, _primes(head), place)
        return value if found.power is None else with_exponent(self.evaluator, value, found.power)

    def _composition(self, head: Node, primes: int, group: Group) -> Value | None:
        r"""``(f \circ g)(x)`` and ``(f \circ g)'(x)`` of functions of the snippet."""
        inner = head.items[0] if isinstance(head, Group) and len(head.items) == 1 else None
        if not isinstance(inner, Product) or set(inner.operators) != {"circ"} or len(group.items) != 1:
            return None
        found = [self.callee(factor) if isinstance(factor, Symbol | Scripts) else None for factor in inner.factors]
        functions = [bound.value for bound in found if bound is not None]
        if len(functions) < len(inner.factors):
            return None

        def composite(x: Any) -> Any:
            return reduce(lambda value, function: function(value), reversed(functions), x)

        return self.call(composite, latex(inner), group.items, primes, group)

    def _named_derivative(self, head: Symbol | Scripts) -> Bound | None:
        """A function that the snippet binds with its prime, ``f_prime``, where it binds no ``f``."""
        if not isinstance(head, Scripts) or not head.primes:
            return None
        try:
            bound = resolve(head, self.evaluator.scope)
        except UnboundSymbolError:
            return None
        return bound if is_callable(bound.value) and bound.power is None else None

    def of_its_arguments(self, head: Node, group: Group) -> Bound | None:
        """A tensor printed with what it was computed from, as in ``J(\\theta)``; ``None`` where that is a product."""
        if not isinstance(head, Symbol | Scripts):
            return None
        entry = self._entry(head, group)
        if entry is not None:
            return entry
        bound = resolve(head, self.evaluator.scope)
        names = [item for item in group.items if isinstance(item, Symbol | Scripts)]
        if group.left != "(" or not is_tensor(bound.value) or len(group.items) > max(1, len(names)):
            return None
        for item in names:
            try:
                argument = resolve(item, self.evaluator.scope)
            except UnboundSymbolError:
                continue
            if argument.power is None and not argument.transposed and self._leads_to(argument.value, bound.value):
                return bound
        return None

    def _entry(self, head: Symbol | Scripts, group: Group) -> Bound | None:
        r"""A member ``h(t)`` of a family, an entry ``K(m, n)`` of a matrix, ``\alpha_t(j)`` of a vector."""
        scope = self.evaluator.scope
        if any(integer(item, scope) is None for item in group.items):
            return None
        bound = resolve(head, scope)
        value = bound.value
        axes = value.dim() - len(bound.entry) if is_tensor(value) else 1
        if axes != len(group.items) or isinstance(value, int | float) or bound.power is not None or bound.transposed:
            return None
        index = group.items[0]
        if is_tensor(value) and axes < 2 and not (isinstance(index, Symbol) and index.name in scope.integers):
            return None  # a number in parentheses is a factor
        base, sub = (head.base, head.sub) if isinstance(head, Scripts) else (head, ())
        sup = head.sup if isinstance(head, Scripts) else None
        return resolve(Scripts(base, (*sub, *group.items), sup, span=head.span | group.span), scope)

    def _leads_to(self, source: Any, value: Tensor) -> bool:
        key = (id(source), id(value))
        if key not in self._paths:
            self._paths[key] = (source, value, leads_to(source, value))
        return self._paths[key][2]

    def callee(self, head: Symbol | Scripts) -> Bound | None:
        """The function of the snippet that a symbol before parentheses stands for; ``None`` for anything else.

        Raises :class:`UnboundSymbolError` where the snippet binds nothing to it.
        """
        bound = resolve(_without_primes(head), self.evaluator.scope)
        return None if bound.transposed or not is_callable(bound.value) else bound

    def _builtin_application(self, head: Symbol | Scripts, group: Group, place: Node) -> Value | None:
        plain = _without_primes(head)
        base = plain.base if isinstance(plain, Scripts) else plain
        if not isinstance(base, Symbol) or (isinstance(plain, Scripts) and plain.sub):
            return None
        name = next((name for name in (base.name, *spellings(base)) if functions.is_known(name)), None)
        if name is None:
            return None
        value = self._named(name, group.items, _primes(head), place)
        exponent = plain.sup if isinstance(plain, Scripts) else None
        return value if exponent is None else with_exponent(self.evaluator, value, exponent)


def _is_indicator(head: Symbol | Scripts) -> bool:
    r"""``\mathbb{1}``, ``\mathbf 1``, ``\mathbb I``, ``I`` before a condition."""
    return isinstance(head, Symbol) and head.name in ("ones", "I") and not head.accents


def _primes(head: Symbol | Scripts) -> int:
    """How often a function is differentiated: ``f''`` and, over a single letter, dots."""
    base = head.base if isinstance(head, Scripts) else head
    dots = base.accents.count("dot") + 2 * base.accents.count("ddot") if isinstance(base, Symbol) else 0
    return dots + (head.primes if isinstance(head, Scripts) else 0)


def _without_primes(head: Symbol | Scripts) -> Symbol | Scripts:
    base = head.base if isinstance(head, Scripts) else head
    if isinstance(base, Symbol):
        base = replace(base, accents=tuple(name for name in base.accents if name not in ("dot", "ddot")))
    if not isinstance(head, Scripts):
        return base if isinstance(base, Symbol) else head
    plain = replace(head, base=base, primes=0)
    return base if isinstance(base, Symbol) and not plain.sub and plain.sup is None else plain
