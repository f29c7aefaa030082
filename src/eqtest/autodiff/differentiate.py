"""Derivatives: total by default, partial for a single call by one of its explicit arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from eqtest.autodiff import functions
from eqtest.autodiff.jacobian import Dense, Jacobian, LinearMap, Selected, transpose
from eqtest.autodiff.sample import graph_tensors, leads_to
from eqtest.autodiff.values import Constant, Value, as_array, is_primal
from eqtest.errors import FormulaError, UnboundSymbolError, UnsupportedError, ValueKindError
from eqtest.formula.joined import joined
from eqtest.formula.latex import latex
from eqtest.formula.names import is_transpose, spellings
from eqtest.formula.patterns import HeldPattern
from eqtest.formula.resolve import Bound, resolve_call, resolve_letters
from eqtest.formula.scope import integer, is_callable, is_tensor
from eqtest.formula.tree import Apply, Derivative, Empty, Group, Node, Product, Scripts, Symbol, walk

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator

MAX_ORDER = 8
MAX_SECOND = 512
"""Largest number of values whose gradients are differentiated again: each costs a backward pass that is kept."""

Key = tuple[int, int, str, bool, tuple[int, ...]]


class Differentiation:
    """The derivatives of one evaluator; Jacobians between the same tensors are made once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.made: dict[Key, tuple[Node, Jacobian, LinearMap]] = {}
        self.used: dict[Key, None] = {}
        """Those of the row that is being evaluated."""
        self.readings: set[str] = set()
        """Which of ``total`` and ``partial`` was used."""

    def value(self, node: Derivative) -> Value:
        if isinstance(node.by[0], Empty) and (parts := self._by_each_argument(node)) is not None:
            return parts
        if isinstance(node.by[0], Empty) and len(node.by) == 1 and self._is_at_a_value(node):
            return self._partial(node, 0)
        if isinstance(node.by[0], Empty):
            node = replace(node, by=(self._only_argument(node),) * len(node.by))
        pattern = self._held_pattern(node)
        partial = None if pattern is not None else self._partial_argument(node)
        if partial is not None:
            return self._partial(node, partial)
        self.readings.add("total" if pattern is None else "partial")
        if len(node.by) == 1 and (stacked := _stacked(node.by[0])) is not None:
            return self._by_columns(node, *stacked)
        variables = [self.variable(by) for by in reversed(node.by)]
        of = self.tensor(node.of, differentiable=True, variable=variables[0])
        for number, bound in enumerate(variables):
            last = number == len(variables) - 1
            held = () if pattern is None else self._held(pattern, of, bound)
            found = self._jacobian(of, bound, node, not last or self.evaluator.live, held)
            if last and bound.transposed and not of.dim():
                return found  # by the row x^\top the gradient is a row, in any layout
            if last and len(variables) == 2 and bound.transposed != variables[0].transposed and of.dim() == 1:
                return found if bound.transposed else transpose(found)  # ∂²L/∂a∂bᵀ has a row for each entry of a
            if last:
                return self._laid_out(found, of.dim() == 0)
            if math.prod(found.rows) > MAX_SECOND:
                message = f"a further derivative of {math.prod(found.rows)} values; {MAX_SECOND} is the limit"
                raise UnsupportedError(message, node.span)
            of = found.dense()
        raise AssertionError("a derivative without a variable")

    def _by_columns(self, node: Derivative, matrix: Node, transposed: bool) -> Value:
        r"""``\frac{\partial y}{\partial \mathrm{vec}(X)}``: by the columns of a matrix, one under another."""
        bound = self.variable(matrix)
        of = self.tensor(node.of)
        array = self._jacobian(of, bound, node, self.evaluator.live, ()).dense()
        size = array.shape[of.dim() :].numel()
        array = array.transpose(-1, -2).reshape(*of.shape, size)
        found = Dense(array, tuple(of.shape), (size,), of_derivative=True)
        return found if transposed and not of.dim() else self._laid_out(found, not of.dim())

    def pathless(self) -> tuple[str, ...]:
        """The derivatives used in this row that are zero because no path leads from their variable to their value."""
        found = [self.made[key][:2] for key in self.used]
        return tuple(dict.fromkeys(latex(node) for node, jacobian in found if not jacobian.has_path))

    def chained(self, factors: Sequence[Node]) -> Value:
        r"""``\mathrm{prod}(a, b)`` of Zhang et al.: derivatives multiplied by the chain rule, whatever their layout."""
        evaluator = self.evaluator
        options = evaluator.options
        evaluator.options = replace(options, layout="numerator")
        try:
            values = [evaluator.evaluate(factor) for factor in factors]
        finally:
            evaluator.options = options
        found = values[0]
        for value in values[1:]:
            found = evaluator.shared_product(found, value, "times")
        return found if isinstance(found, Constant) else self._laid_out(found, not found.rows)

    def _laid_out(self, jacobian: LinearMap, scalar: bool) -> Value:
        """The derivative, of a scalar or of an array, in the layout of the check."""
        layout = self.evaluator.options.layout
        if layout == "numerator" or (layout == "gradient" and not scalar):
            return jacobian
        if scalar:
            if not jacobian.cols:
                return jacobian
            array = jacobian.dense()
            shape = tuple(array.shape)
            split = 1 if len(shape) == 2 else len(shape)
            return Dense(array, shape[:split], shape[split:], of_derivative=True)
        return transpose(jacobian)

    def _by_each_argument(self, node: Derivative) -> Value | None:
        r"""``\nabla f(x, y)`` of a function of numbers: the list of its partial derivatives."""
        call = _single_call(node.of)
        group = call.factors[1] if call is not None and len(node.by) == 1 else None
        if not isinstance(group, Group) or len(group.items) < 2:
            return None
        if not all(isinstance(item, Symbol | Scripts) for item in group.items):
            return None
        parts = [self.evaluator.evaluate(Derivative(node.of, (item,), span=node.span)) for item in group.items]
        if not all(isinstance(part, LinearMap) and part.is_scalar for part in parts):
            raise UnsupportedError("a bare nabla: by which variable?", node.span)
        array = torch.stack([as_array(part) for part in parts])
        return self._laid_out(Dense(array, (), tuple(array.shape), of_derivative=True), scalar=True)

    def _is_at_a_value(self, node: Derivative) -> bool:
        r"""``\nabla f(x + v)``: a function of the snippet of one argument, which is no symbol to differentiate by."""
        call = _single_call(node.of)
        if call is None:
            return False
        head, group = call.factors
        if not isinstance(head, Symbol | Scripts) or not isinstance(group, Group) or len(group.items) != 1:
            return False
        try:
            if self.evaluator.calls.callee(head) is None:
                return False
            named = self.evaluator.resolve(group.items[0]) if isinstance(group.items[0], Symbol | Scripts) else None
        except UnboundSymbolError:
            return False
        return named is None or not is_tensor(named.value) or not named.value.requires_grad

    def _only_argument(self, node: Derivative) -> Node:
        """What a bare nabla differentiates by: the argument of the one function behind it."""
        call = _single_call(node.of)
        group = call.factors[1] if call is not None else None
        if isinstance(group, Group) and len(group.items) == 1 and isinstance(group.items[0], Symbol | Scripts):
            return group.items[0]
        of = self.tensor(node.of, differentiable=True)
        namespace = self.evaluator.scope.namespace
        leaves = {name: value for name, value in namespace.items() if is_tensor(value) and value.is_leaf}
        names = [name for name, value in leaves.items() if leads_to(value, of)]
        if len(names) == 1:
            return Symbol(names[0], span=node.span)
        found = f": {', '.join(names)}" if names else ", and nothing leads to its value"
        raise UnsupportedError(f"a bare nabla: by which variable?{found}", node.span)

    def variable(self, node: Node) -> Bound:
        """The tensor that a derivative is taken by."""
        bound = self._named(node)
        if bound is None:
            raise UnsupportedError(f"a derivative by the expression {latex(node)}: give it a name", node.span)
        if bound.power is not None:
            raise UnsupportedError(f"a derivative by {latex(node)}", node.span)
        if not is_tensor(bound.value):
            kind = type(bound.value).__name__
            raise ValueKindError(f"{bound.path} is a {kind}; a derivative is taken by a tensor", node.span)
        if not bound.value.requires_grad:
            message = f"{bound.path} has no gradient: give it requires_grad=True in the snippet"
            raise ValueKindError(message, node.span)
        self.evaluator.checked(bound.value, bound.path, node)
        return bound

    def _named(self, node: Node) -> Bound | None:
        """What a symbol, printed with its arguments or as several letters too, is bound to."""
        scope = self.evaluator.scope
        if isinstance(node, Symbol | Scripts):
            return self.evaluator.resolve(node)
        if not isinstance(node, Product):
            return None
        factors, operators = joined(node.factors, node.operators, scope, functions.is_known)
        if len(factors) == 1:
            return self._named(factors[0])
        named = resolve_letters(factors, operators, scope)
        if named is not None and named[1] == len(factors):
            return named[0]
        head, group = factors[0], factors[-1]
        if len(factors) > 2 or any(operators) or not isinstance(group, Group):
            return None
        return resolve_call(head, group, scope) or self.evaluator.calls.of_its_arguments(head, group)

    def _applied(self, function: Bound, variable: Bound, node: Node) -> Tensor:
        r"""``f`` in ``\frac{df}{dx}``: a function of the snippet at the tensors that its parameters are named for."""
        namespace = self.evaluator.scope.namespace
        names = _parameters(function.value)
        known = bool(names) and all(name in namespace for name in names)
        arguments = [namespace[name] for name in names] if known else [variable.value]
        with torch.enable_grad():
            return as_array(self.evaluator.calls.call_on(arguments, function.value, function.path, node))

    def tensor(self, node: Node, differentiable: bool = True, variable: Bound | None = None) -> Tensor:
        """The value of what is differentiated, in the live graph."""
        evaluator = self.evaluator
        if isinstance(node, Symbol | Scripts):
            try:
                bound = evaluator.resolve(node)
            except UnboundSymbolError:
                bound = None
            if bound is not None and is_tensor(bound.value) and bound.power is None and not bound.transposed:
                tensor = evaluator.checked(bound.value, bound.path, node)
                return tensor[bound.entry] if bound.entry else tensor
            if bound is not None and is_callable(bound.value) and variable is not None:
                return self._applied(bound, variable, node)
        before, evaluator.live = evaluator.live, differentiable
        try:
            with torch.enable_grad():
                return as_array(evaluator.evaluate(node))
        finally:
            evaluator.live = before

    def _held_pattern(self, node: Derivative) -> HeldPattern | None:
        if node.kind == "immediate":
            base = node.of.base if isinstance(node.of, Scripts) else node.of
            names = spellings(base) if isinstance(base, Symbol) else ()
            held = tuple(name for name in names if name in self.evaluator.scope.namespace)
            return HeldPattern(node, held)
        scope = self.evaluator.scope
        patterns = self.evaluator.held
        return next((item for item in patterns if item.match(node, lambda part: integer(part, scope))), None)

    def _held(self, pattern: HeldPattern, of: Tensor, by: Bound) -> tuple[Tensor, ...]:
        """The tensors that a declared partial derivative holds fixed: all of each name but its two ends."""
        found = []
        for name in pattern.held:
            if name not in self.evaluator.scope.namespace:
                raise UnboundSymbolError(f"partials: {name} is not bound in the snippet", pattern.tree.span)
            found += graph_tensors(self.evaluator.scope.namespace[name])
        return tuple(item for item in found if item is not of and item is not by.value)

    def _jacobian(
        self, of: Tensor, by: Bound, node: Derivative, differentiable: bool, held: tuple[Tensor, ...]
    ) -> LinearMap:
        key = (id(of), id(by.value), str(by.entry) if by.entry else "", differentiable, tuple(map(id, held)))
        if key not in self.made:
            jacobian = Jacobian(of, by.value, differentiable, held, self.evaluator.jitter)
            found: LinearMap = Selected(jacobian, by.entry) if by.entry else jacobian
            self.made[key] = (node, jacobian, found)
        self.used[key] = None
        return self.made[key][2]

    # ---- partial derivatives ----------------------------------------------------------------------------------

    def _partial_argument(self, node: Derivative) -> int | None:
        """Which explicit argument of a single call the derivative is taken by; ``None`` for a total derivative."""
        reading = self.evaluator.options.derivative
        call = _single_call(node.of)
        if reading == "total" or node.kind == "total" or call is None or len(node.by) != 1:
            return None
        head, group = call.factors
        assert isinstance(head, Symbol | Scripts)
        assert isinstance(group, Group)
        try:
            if self.evaluator.calls.callee(head) is None:
                return None
        except UnboundSymbolError:
            return None
        printed = (i for i, item in enumerate(group.items) if item == node.by[0])
        return next(printed, self._parameter(node.by[0], head, group))

    def _parameter(self, by: Node, head: Symbol | Scripts, group: Group) -> int | None:
        r"""``\nabla_\theta f(\theta_t - v)`` where no tensor is called ``\theta``: the parameter of ``f`` of that name.

        It is the only one where its argument contains the letter.
        """
        if not isinstance(by, Symbol):
            return None
        try:
            if is_tensor(self.evaluator.resolve(by).value):
                return None
        except UnboundSymbolError:
            pass
        found = self.evaluator.calls.callee(head)
        parameters = _parameters(found.value) if found is not None else []
        names = spellings(by)
        named = [i for i, name in enumerate(parameters) if name in names and i < len(group.items)]
        alone = len(group.items) == 1 and any(item == by for item in walk(group.items[0]))
        return named[0] if named else 0 if alone else None

    def _partial(self, node: Derivative, position: int) -> Value:
        """The derivative of the call by one argument with the others held fixed."""
        self.readings.add("partial")
        evaluator = self.evaluator
        call = _single_call(node.of)
        assert call is not None
        head, group = call.factors
        assert isinstance(head, Symbol | Scripts)
        assert isinstance(group, Group)
        found = evaluator.calls.callee(head)
        assert found is not None
        arguments: list[Any] = [evaluator.calls.argument(evaluator.evaluate(item)) for item in group.items]
        if not evaluator.live:
            arguments = [item.detach() if isinstance(item, Tensor) else item for item in arguments]
        variable = _independent(torch.as_tensor(arguments[position], dtype=torch.float64))
        arguments[position] = variable
        with torch.enable_grad():
            of = as_array(evaluator.calls.call_on(arguments, found.value, found.path, node.of))
        return self._laid_out(Jacobian(of, variable, evaluator.live), of.dim() == 0)

    def at_arguments(self, node: Derivative, group: Group) -> Value | None:
        r"""``\frac{\partial f}{\partial x}(a, b)`` of a function of the snippet; else ``None``."""
        if not isinstance(node.of, Symbol | Scripts) or len(node.by) != 1 or group.left != "(":
            return None
        try:
            function = self.evaluator.calls.callee(node.of)
        except UnboundSymbolError:
            return None
        if function is None:
            return None
        names = spellings(node.by[0]) if isinstance(node.by[0], Symbol) else ()
        printed = [i for i, item in enumerate(group.items) if item == node.by[0]]
        named = [i for i, name in enumerate(_parameters(function.value)) if name in names]
        position = next(iter([*printed, *named, *([0] if len(group.items) == 1 else [])]), None)
        if position is None or position >= len(group.items):
            raise UnsupportedError(f"by which argument is {latex(node.of)} differentiated?", node.span)
        return self._partial(replace(node, of=Product((node.of, group), ("",), span=node.span | group.span)), position)

    def prime(self, function: Callable[[Tensor], Tensor], value: Value, order: int) -> Value:
        """``f'(z)``: the elementwise derivative, of an order up to ``MAX_ORDER``.

        Raises :class:`FormulaError` when ``f`` mixes entries, for which ``f'`` is not defined.
        """
        if order > MAX_ORDER:
            raise UnsupportedError(f"a derivative of order {order}; {MAX_ORDER} is the limit")
        argument = _independent(as_array(value))
        with torch.enable_grad():
            result = function(argument)
            if not isinstance(result, Tensor):
                raise ValueKindError(f"a function whose value is a {type(result).__name__} has no derivative f'")
            if not result.requires_grad:
                result = result + 0 * argument
            if result.shape != argument.shape:
                raise FormulaError("f' is defined for elementwise functions only")
            if order and not _is_elementwise(result, argument):
                raise FormulaError("f' is defined for elementwise functions only")
            for _ in range(order):
                (result,) = torch.autograd.grad(result.sum(), argument, create_graph=True)
        result = result if self.evaluator.live else result.detach()
        if isinstance(value, Constant):
            return Dense(result, (), ())
        return Dense(result, value.rows, value.cols, True, not is_primal(value))


def _independent(tensor: Tensor) -> Tensor:
    """A tensor to differentiate by: a node of its own in the graph, so that other uses of it are held fixed."""
    return tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()


def _is_elementwise(result: Tensor, argument: Tensor) -> bool:
    """Whether no entry of ``argument`` reaches another entry of ``result``: pullbacks then scale entry by entry."""
    weights = torch.linspace(1.0, 2.0, result.numel(), dtype=result.dtype).reshape(result.shape)
    plain, weighted = (
        torch.autograd.grad(result, argument, cotangent, retain_graph=True)[0]
        for cotangent in (torch.ones_like(result), weights)
    )
    return torch.allclose(weighted, weights * plain, rtol=1e-9, atol=1e-12)


def _parameters(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters; none where Python does not know them."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _stacked(node: Node) -> tuple[Node, bool] | None:
    r"""The matrix of ``\mathrm{vec}(X)`` or ``\mathrm{vec}(X)^\top``, and whether there is a transpose."""
    match node:
        case Apply(function=Symbol(name="vec"), arguments=(matrix,)):
            return matrix, False
        case Scripts(base=inner, sub=(), sup=sup, primes=0) if is_transpose(sup) and not isinstance(inner, Symbol):
            found = _stacked(inner)
            return None if found is None else (found[0], True)
        case Group(items=(inner,)):
            return _stacked(inner)
    return None


def _single_call(node: Node) -> Product | None:
    match node:
        case Product(factors=(Symbol() | Scripts(), Group(left="(" | "[")), operators=("",)):
            return node
    return None
