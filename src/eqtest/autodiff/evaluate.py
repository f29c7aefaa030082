"""The interpreter: tree + namespace -> numbers and linear maps, for one run of a snippet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

import torch
from torch import Tensor

from eqtest.autodiff import functions
from eqtest.autodiff.differentiate import Differentiation
from eqtest.autodiff.jacobian import Dense, Identity, LinearMap
from eqtest.autodiff.jitter import Jitter
from eqtest.autodiff.products import combine, divide, inverse, multiply, power
from eqtest.autodiff.values import Constant, Value, add, as_array, entrywise, is_primal, scalar, transposed
from eqtest.errors import (
    EllipsisError,
    FormulaError,
    FormulaSyntaxError,
    ShapeError,
    UnboundSymbolError,
    UnsupportedError,
    ValueKindError,
)
from eqtest.formula.latex import latex
from eqtest.formula.names import is_transpose, spellings
from eqtest.formula.patterns import HeldPattern
from eqtest.formula.resolve import Bound, Scope, integer, is_callable, is_tensor, resolve, resolve_call
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Derivative,
    Dots,
    Group,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Root,
    Scripts,
    Sum,
    Symbol,
)
from eqtest.options import CheckOptions

MAX_TERMS = 10_000
MAX_TERMS_IN_ROW = 100_000
_CHAIN = frozenset(("", "times", "cdot", "*"))


@dataclass(eq=False)
class Evaluator:
    """Evaluates formulas in one namespace; Jacobians and products are made once and shared between rows.

    Mistakes are :class:`FormulaError` with the span of the smallest node they concern.
    """

    scope: Scope
    options: CheckOptions
    ranges: Mapping[str, range] = field(default_factory=dict)
    held: tuple[HeldPattern, ...] = ()
    """Derivatives that are declared to be partial."""
    jitter: Jitter | None = None
    live: bool = False
    """Whether values will be differentiated again."""

    def __post_init__(self) -> None:
        self.differentiation = Differentiation(self)
        self.terms = 0
        """Terms of sums and products evaluated in the row so far."""
        self._products: dict[tuple[int, int, str], tuple[Value, Value, Value]] = {}
        self._tensors: dict[int, tuple[Tensor, Dense]] = {}

    def evaluate(self, node: Node) -> Value:
        """The value of an expression."""
        try:
            return self._evaluate(node)
        except FormulaError as error:
            if error.span is None:
                error.span = node.span
            raise

    def _evaluate(self, node: Node) -> Value:
        match node:
            case Number(text=text):
                return Constant(float(text))
            case Symbol() | Scripts():
                return self.symbol(node)
            case Group():
                return self._group(node)
            case Sum(terms=terms, signs=signs):
                return add([self.evaluate(term) for term in terms], signs)
            case Product():
                return self._product(node)
            case Quotient(numerator=above, denominator=below):
                return divide(self.evaluate(above), self.evaluate(below))
            case Root(radicand=radicand):
                return entrywise(torch.sqrt, self.evaluate(radicand))
            case Derivative():
                return self.differentiation.value(node)
            case BigOperator():
                return self._big(node)
            case Apply():
                return self._builtin(node)
            case Matrix():
                return self._matrix(node)
            case Dots():
                raise EllipsisError("dots without a term before and after them", node.span)
            case Relation():
                raise UnsupportedError("a relation within an expression", node.span)
        raise UnsupportedError(f"{latex(node)} is not a value", node.span)

    # ---- names ------------------------------------------------------------------------------------------------

    def symbol(self, node: Symbol | Scripts) -> Value:
        """A bound symbol with its scripts, or a scripted expression."""
        if isinstance(node, Scripts) and not isinstance(node.base, Symbol):
            return self._scripted(node)
        base = node.base if isinstance(node, Scripts) else node
        assert isinstance(base, Symbol)
        if not is_tensor(self.scope.namespace.get(base.name)):  # a letter may be both a tensor and an index
            number = integer(node, self.scope)
            if number is not None and not (isinstance(node, Scripts) and node.sub):
                return Constant(float(number))
        try:
            bound = resolve(node, self.scope)
        except UnboundSymbolError:
            constant = self._constant(node)
            if constant is None:
                raise
            return constant
        value = self.bound_value(bound, node)
        if bound.power is not None:
            value = self._power(value, bound.power)
        return transposed(value) if bound.transposed else value

    def bound_value(self, bound: Bound, node: Node) -> Value:
        found = bound.value
        if isinstance(found, bool) or not (is_tensor(found) or isinstance(found, int | float)):
            try:
                found = torch.as_tensor(found)
            except (TypeError, ValueError, RuntimeError):
                kind = type(found).__name__
                message = f"{bound.path} is a {kind}, and {latex(node)} stands where a tensor or a number is needed"
                raise ValueKindError(message, node.span) from None
        if isinstance(found, int | float):
            return Constant(float(found))
        tensor = self.checked(found, bound.path, node)
        if self.jitter is not None and not self.live:
            tensor = self.jitter(tensor)
        if bound.entry:
            return Dense.of_tensor(tensor[bound.entry])
        if id(tensor) not in self._tensors:
            self._tensors[id(tensor)] = (tensor, Dense.of_tensor(tensor))
        return self._tensors[id(tensor)][1]

    def checked(self, tensor: Tensor, path: str, node: Node) -> Tensor:
        if tensor.dtype == torch.float64:
            return tensor
        if tensor.dtype in (torch.float32, torch.float16, torch.bfloat16) or tensor.is_complex():
            message = f"{path} is {tensor.dtype}: a check needs torch.float64 (torch.set_default_dtype(torch.float64))"
            raise ValueKindError(message, node.span)
        return tensor.to(torch.float64)

    def _constant(self, node: Node) -> Value | None:
        """Letters with a fixed meaning where the snippet binds nothing to them: the identity, e, pi."""
        match node:
            case Symbol(name="pi", accents=()):
                return Constant(math.pi)
            case (
                Symbol(name="e", font="" | "roman", accents=())
                | Scripts(base=Symbol(name="e"), sub=(), primes=0, sup=None)
            ):
                return Constant(math.e)
            case Scripts(
                base=Symbol(name="e", font="" | "roman", accents=()), sub=(), primes=0, sup=Node() as exponent
            ):
                return entrywise(torch.exp, self.evaluate(exponent))
            case Symbol(name="I", accents=()):
                return Constant(1.0)
            case Scripts(base=Symbol(name="I"), sub=(size,), sup=None, primes=0):
                count = integer(size, self.scope)
                return None if count is None or count < 1 else Identity((count,))
            case Scripts(base=Symbol(name="ones", font="bb"), sub=(Relation() as condition,), sup=None, primes=0):
                return Constant(float(self._satisfied(condition, self.scope)))
            case Scripts(base=Symbol(name="delta"), sub=subs, sup=None, primes=0):
                items = subs[0].factors if len(subs) == 1 and isinstance(subs[0], Product) else subs
                numbers = [integer(item, self.scope) for item in items]
                return Constant(float(numbers[0] == numbers[1])) if len(numbers) == 2 and None not in numbers else None
        return None

    def _scripted(self, node: Scripts) -> Value:
        """Scripts on an expression: ``(W h)_i``, ``(A B)^{-1}``, ``|x|_2^2``."""
        base = node.base
        if isinstance(base, Group) and base.left in ("|", "||") and (node.sub or base.left == "||"):
            order = node.sub[0] if node.sub else None
            value = self._norm(base, order)
            return value if node.sup is None else self._power(value, node.sup)
        return self._with_scripts(self.evaluate(base), node)

    def _with_scripts(self, value: Value, node: Scripts) -> Value:
        """An entry, a transpose, a power of a value."""
        if node.sub:
            indices = [integer(item, self.scope) for item in node.sub]
            if any(index is None for index in indices):
                raise UnboundSymbolError("an index that is not an integer", node.sub[0].span)
            array = as_array(value)
            entry = tuple((index or 0) - self.scope.index_base for index in indices)
            if len(entry) > array.dim() or any(not 0 <= i < n for i, n in zip(entry, array.shape, strict=False)):
                raise ShapeError(f"shape: no entry {entry} in an array of shape {tuple(array.shape)}", node.span)
            value = Dense.of_tensor(array[entry])
        if node.primes:
            value = transposed(value)
        return value if node.sup is None else self._power(value, node.sup)

    def _power(self, value: Value, exponent: Node) -> Value:
        if is_transpose(exponent):
            return transposed(value)
        if exponent == Sum((Number("1"),), ("-",)) and isinstance(value, LinearMap) and scalar(value) is None:
            return inverse(value)
        return power(value, self.evaluate(exponent))

    # ---- groups, functions, matrices --------------------------------------------------------------------------

    def _group(self, node: Group) -> Value:
        if node.left == "||":
            return self._norm(node, None)
        if node.left == "<" and len(node.items) == 2:
            left, right = (self.evaluate(item) for item in node.items)
            return Dense((as_array(left) * as_array(right)).sum(), (), (), of_derivative=not is_primal(left))
        if len(node.items) != 1:
            raise UnsupportedError("a list is not a value", node.span)
        value = self.evaluate(node.items[0])
        if node.left != "|":
            return value
        if isinstance(value, LinearMap) and value.rows and value.rows == value.cols:
            return self.apply_tensor(torch.linalg.det, [value], False)
        return entrywise(torch.abs, value)

    def _norm(self, node: Group, order: Node | None) -> Value:
        value = self.evaluate(node.items[0])
        array = as_array(value)
        kind: float | str = 2.0
        if isinstance(order, Symbol):
            kind = {"F": 2.0, "infty": float("inf")}.get(order.name, order.name)
        elif order is not None:
            number = self.evaluate(order)
            kind = number.value if isinstance(number, Constant) else "?"
        if isinstance(kind, str):
            raise UnsupportedError(f"the norm with index {kind}", node.span)
        matrix = isinstance(value, LinearMap) and value.rows and value.cols
        if matrix and kind == 2.0 and order is not None and not isinstance(order, Symbol):
            found = torch.linalg.matrix_norm(array.reshape(math.prod(value.rows), -1), 2)  # type: ignore[union-attr]
        else:
            found = torch.linalg.vector_norm(array.reshape(-1), kind)
        return Dense(found, (), (), of_derivative=not is_primal(value))

    def _builtin(self, node: Apply) -> Value:
        head = node.function
        exponent = head.sup if isinstance(head, Scripts) else None
        primes = head.primes if isinstance(head, Scripts) else 0
        symbol = head.base if isinstance(head, Scripts) else head
        assert isinstance(symbol, Symbol)
        bound = self.scope.namespace.get(symbol.name)
        if bound is not None and is_callable(bound):
            value = self.call(bound, symbol.name, node.arguments, primes, node)
        else:
            value = self._named(symbol.name, node.arguments, primes, node)
        return value if exponent is None else self._power(value, exponent)

    def _named(self, name: str, arguments: Sequence[Node], primes: int, node: Node) -> Value:
        """A function that formulas may use without the snippet defining it."""
        if name in ("diag", "vec") and len(arguments) == 1:
            value = self.evaluate(arguments[0])
            array = as_array(value)
            if name == "vec":
                return Dense(array.T.reshape(-1), (array.numel(),), (), of_derivative=not is_primal(value))
            if array.dim() != 1:
                raise ShapeError(f"shape: diag of an array of shape {tuple(array.shape)}", node.span)
            return Dense(torch.diag(array), tuple(array.shape), tuple(array.shape), of_derivative=not is_primal(value))
        found = functions.find(name)
        if found is None:
            raise UnboundSymbolError(f"the function {name} is neither built in nor defined by the snippet", node.span)
        function, elementwise = found
        values = [self.evaluate(argument) for argument in arguments]
        if name in ("max", "min") and len(values) == 2:
            return entrywise(torch.maximum if name == "max" else torch.minimum, *values)
        if len(values) != 1:
            raise UnsupportedError(f"{name} of {len(values)} arguments", node.span)
        if primes:
            return self.differentiation.prime(function, values[0], primes)
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
        values = [self.evaluate(argument) for argument in arguments]
        if primes:
            if len(values) != 1:
                raise UnsupportedError(f"the derivative {name}' of a function of {len(values)} arguments", node.span)
            return self.differentiation.prime(function, values[0], primes)
        return self.call_on([self.argument(value) for value in values], function, name, node)

    def argument(self, value: Value) -> Tensor | float | int:
        if isinstance(value, Constant):
            return int(value.value) if value.value == int(value.value) else value.value
        return as_array(value)

    def call_on(self, arguments: Sequence[Any], function: Any, name: str, node: Node) -> Value:
        try:
            result = function(*arguments)
        except (RuntimeError, ValueError, IndexError) as error:
            first = str(error).strip().split("\n")[0]
            raise ShapeError(f"shape: {name}(…) raises {type(error).__name__}: {first}", node.span) from None
        except Exception as error:
            raise ValueKindError(f"{name}(…) raises {type(error).__name__}: {error}", node.span) from None
        if isinstance(result, int | float):
            return Constant(float(result))
        if not is_tensor(result):
            raise ValueKindError(f"{name}(…) is a {type(result).__name__}, not a tensor", node.span)
        return Dense.of_tensor(self.checked(result, f"{name}(…)", node))

    def _matrix(self, node: Matrix) -> Value:
        if len({len(row) for row in node.rows}) != 1:
            raise FormulaSyntaxError("the rows of the matrix differ in length", node.span)
        cells = [[as_array(self.evaluate(cell)) for cell in row] for row in node.rows]
        if any(cell.dim() for row in cells for cell in row):
            raise UnsupportedError("a matrix of blocks", node.span)
        array = torch.stack([torch.stack(row) for row in cells])
        if node.delimiter in ("vmatrix",):
            return Dense(torch.linalg.det(array), (), ())
        if array.shape[1] == 1:
            return Dense(array[:, 0], (array.shape[0],), ())
        return Dense(array, (array.shape[0],), (array.shape[1],))

    # ---- products ---------------------------------------------------------------------------------------------

    def _product(self, node: Product) -> Value:
        """Juxtaposition, dots and crosses first; elementwise and outer products bind weaker."""
        chunks: list[tuple[str, list[Node], list[str]]] = [("", [node.factors[0]], [])]
        for operator, factor in zip(node.operators, node.factors[1:], strict=True):
            if operator in _CHAIN:
                chunks[-1][1].append(factor)
                chunks[-1][2].append(operator)
            else:
                chunks.append((operator, [factor], []))
        result: Value | None = None
        for operator, factors, operators in chunks:
            value = self._chain(factors, operators)
            result = value if result is None else combine(result, value, operator)
        assert result is not None
        return result

    def _chain(self, factors: Sequence[Node], operators: Sequence[str]) -> Value:
        values = list(self._factors(factors, operators))
        result = values[0][1]
        for operator, value, place in values[1:]:
            try:
                result = self.shared_product(result, value, operator)
            except FormulaError as error:
                error.span = error.span or place.span
                raise
        return result

    def shared_product(self, left: Value, right: Value, operator: str) -> Value:
        """A product that is made once, so that rows with a common prefix share what is pulled through it."""
        key = (id(left), id(right), operator)
        if key not in self._products:
            self._products[key] = (left, right, multiply(left, right, operator))
        return self._products[key][2]

    def _factors(self, factors: Sequence[Node], operators: Sequence[str]) -> Iterator[tuple[str, Value, Node]]:
        """The values of factors, applications made: each with the operator before it and its place."""
        position = 0
        while position < len(factors):
            factor = factors[position]
            operator = operators[position - 1] if position else ""
            behind = factors[position + 1] if position + 1 < len(factors) and operators[position] == "" else None
            group = behind.base if isinstance(behind, Scripts) else behind
            if isinstance(group, Group) and group.left in "([":
                applied = self.application(factor, group)
                if applied is not None:
                    if isinstance(behind, Scripts):
                        applied = self._with_scripts(applied, behind)
                    yield operator, applied, factor
                    position += 2
                    continue
            if behind is not None and self._is_operator_d(factor):
                yield operator, self.evaluate(Derivative(behind, factor.sub, span=factor.span | behind.span)), factor
                position += 2
                continue
            yield operator, self.evaluate(factor), factor
            position += 1

    def _is_operator_d(self, node: Node) -> TypeGuard[Scripts]:
        """``D_x`` before a factor, where the snippet binds nothing to ``D``."""
        if not isinstance(node, Scripts) or node.base != Symbol("D") or len(node.sub) != 1 or node.sup is not None:
            return False
        try:
            resolve(node, self.scope)
        except UnboundSymbolError:
            return True
        return False

    def application(self, head: Node, group: Group) -> Value | None:
        """``f(x)`` where ``f`` is callable; ``None`` where it is a product."""
        if not isinstance(head, Symbol | Scripts):
            return None
        if head == Symbol("ones", "bb") and len(group.items) == 1 and isinstance(group.items[0], Relation):
            return Constant(float(self._satisfied(group.items[0], self.scope)))
        place = replace(head, span=head.span | group.span)
        decorated = resolve_call(head, group, self.scope)
        if decorated is not None:
            return self.bound_value(decorated, place)
        try:
            found = self.callee(head)
        except UnboundSymbolError:
            return self._builtin_application(head, group, place)
        if found is None:
            return None
        value = self.call(found.value, found.path, group.items, _primes(head), place)
        return value if found.power is None else self._power(value, found.power)

    def callee(self, head: Symbol | Scripts) -> Bound | None:
        """The function of the snippet that a symbol before parentheses stands for; ``None`` for anything else.

        Raises :class:`UnboundSymbolError` where the snippet binds nothing to it.
        """
        bound = resolve(_without_primes(head), self.scope)
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
        return value if not isinstance(plain, Scripts) or plain.sup is None else self._power(value, plain.sup)

    # ---- sums and products over an index ----------------------------------------------------------------------

    def _big(self, node: BigOperator) -> Value:
        scopes = list(self._scopes(node))
        self.terms += len(scopes)
        if self.terms > MAX_TERMS_IN_ROW:
            raise UnsupportedError(f"sums and products of more than {MAX_TERMS_IN_ROW} terms in a row", node.span)
        if not scopes:
            return Constant(0.0 if node.kind == "sum" else 1.0)
        values = []
        outer = self.scope
        for scope in scopes:
            self.scope = scope
            try:
                values.append(self.evaluate(node.body))
            finally:
                self.scope = outer
        if node.kind in ("sum", "mean"):
            total = add(values, ("+",) * len(values))
            return total if node.kind == "sum" else divide(total, Constant(float(len(values))))
        result, *rest = values[::-1] if self.options.product_order == "descending" else values
        for value in rest:
            result = self.shared_product(result, value, "times")
        return result

    def _scopes(self, node: BigOperator) -> Iterator[Scope]:
        """One scope for each term, the running indices bound."""
        scopes = [self.scope]
        for condition in node.conditions:
            name, values = self._index(condition, node)
            if name is None:
                scopes = [scope for scope in scopes if self._satisfied(condition, scope)]
                continue
            upper = node.upper
            expanded: list[Scope] = []
            for scope in scopes:
                expanded += [scope.bind(name, value) for value in self._values(condition, upper, values, scope)]
                if len(expanded) > MAX_TERMS:
                    raise UnsupportedError(f"a sum or product of more than {MAX_TERMS} terms", node.span)
            scopes = expanded
        yield from scopes

    def _index(self, condition: Node, node: BigOperator) -> tuple[str | None, range | None]:
        match condition:
            case Relation(sides=(Symbol(name=name), _), relations=("=",)):
                return name, None
            case Symbol(name=name):
                if name not in self.ranges:
                    raise UnboundSymbolError(
                        f"\\{node.kind}_{name} needs a range: `ranges: {name} = 1..n`", condition.span
                    )
                return name, self.ranges[name]
            case Relation(sides=(Symbol(name=name), Symbol()), relations=("ne",)) if name in self.ranges:
                if name not in self.scope.integers:
                    return name, self.ranges[name]
                return None, None
            case Relation():
                return None, None
        raise UnsupportedError("this condition under a sum or product", condition.span)

    def _values(self, condition: Node, upper: Node | None, values: range | None, scope: Scope) -> Sequence[int]:
        if values is not None:
            return [v for v in values if self._allowed(condition, scope, v)]
        assert isinstance(condition, Relation)
        low = integer(condition.sides[1], scope)
        high = None if upper is None else integer(upper, scope)
        if low is None or high is None:
            place = condition.sides[1] if low is None else upper or condition
            raise UnboundSymbolError(f"the limit {latex(place)} is not an integer here", place.span)
        if high - low >= MAX_TERMS:
            raise UnsupportedError(f"a sum or product of more than {MAX_TERMS} terms", condition.span)
        return range(low, high + 1)

    def _allowed(self, condition: Node, scope: Scope, value: int) -> bool:
        if not isinstance(condition, Relation):
            return True
        first = condition.sides[0]
        assert isinstance(first, Symbol)
        return self._satisfied(condition, scope.bind(first.name, value))

    def _satisfied(self, condition: Node, scope: Scope) -> bool:
        assert isinstance(condition, Relation)
        numbers = [integer(side, scope) for side in condition.sides]
        if any(number is None for number in numbers):
            raise UnboundSymbolError(f"the condition {latex(condition)} is not about integers", condition.span)
        tests = {
            "=": int.__eq__, "ne": int.__ne__, "<": int.__lt__, ">": int.__gt__, "le": int.__le__, "ge": int.__ge__,
        }  # fmt: skip
        pairs = zip(condition.relations, numbers, numbers[1:], strict=False)
        return all(tests[relation](a or 0, b or 0) for relation, a, b in pairs)


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
