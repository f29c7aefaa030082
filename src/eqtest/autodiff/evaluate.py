"""The interpreter: tree + namespace -> numbers and linear maps, for one run of a snippet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard, TypeVar

import torch
from torch import Tensor

from eqtest.autodiff.calls import Calls
from eqtest.autodiff.choices import Case, choose
from eqtest.autodiff.constants import constant
from eqtest.autodiff.differentiate import Differentiation
from eqtest.autodiff.increments import increment
from eqtest.autodiff.jacobian import Dense, LinearMap
from eqtest.autodiff.jitter import Jitter
from eqtest.autodiff.matrices import listed, matrix
from eqtest.autodiff.memory import Memory
from eqtest.autodiff.operands import evaluated
from eqtest.autodiff.products import combine, divide, inverse, is_entrywise, multiply, power
from eqtest.autodiff.reductions import Reductions
from eqtest.autodiff.sample import leads_to, strided
from eqtest.autodiff.substitution import at_point
from eqtest.autodiff.values import Constant, Value, add, as_array, entrywise, is_primal, scalar, transposed, with_bias
from eqtest.errors import (
    EllipsisError,
    FormulaError,
    ShapeError,
    UnboundSymbolError,
    UnsupportedError,
    ValueKindError,
)
from eqtest.formula.latex import latex
from eqtest.formula.names import is_inverse_transpose, is_transpose
from eqtest.formula.patterns import HeldPattern
from eqtest.formula.plain import plain
from eqtest.formula.resolve import Bound, resolve
from eqtest.formula.scope import Scope, integer, is_tensor
from eqtest.formula.scripts import Index, indices_of
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
    Derivative,
    Dots,
    Group,
    Increment,
    Mark,
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

T = TypeVar("T")
_CHAIN = frozenset(("", "times", "cdot", "*"))
STEP = 2**21
"""So many multiplications cost about as much as a part of a formula without large arrays."""


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
    scopes: tuple[Scope, ...] = ()
    """Those of all assignments of the check."""
    live: bool = False
    """Whether values will be differentiated again."""
    replaced: tuple[Tensor, ...] = ()
    """Variables that have other values here: nothing that was computed from them may be used."""

    def __post_init__(self) -> None:
        self.differentiation = Differentiation(self)
        self.calls = Calls(self)
        self.reductions = Reductions(self)
        self.cases: set[Case] = set()
        """Which cases of definitions by cases have applied."""
        self.remarks: set[str] = set()
        """How what can be read in two ways was read."""
        self.dots_are_entrywise = False
        r"""Whether ``\cdot`` between two arrays of one shape is their elementwise product."""
        self.dotted = False
        r"""Whether there was such a ``\cdot`` in the row."""
        self.terms = 0
        """Terms of sums and products evaluated in the row so far."""
        self._products: dict[tuple[int, int, str], tuple[Value, Value, Value]] = {}
        self._tensors: dict[int, tuple[Tensor, Dense]] = {}
        self._resolved: dict[int, tuple[Node, Scope, Bound]] = {}
        self.letters = any(pattern.letters for pattern in self.scope.patterns)
        self.memory: Memory | None = None
        """Of the row whose variants are evaluated."""
        self.evaluated = 0
        """Parts of formulas evaluated so far, large arrays as several: what the work is measured by."""

    def evaluate(self, node: Node) -> Value:
        """The value of an expression."""
        return self._anew(node) if self.memory is None else self.memory.value(node, self, self._anew)

    def _anew(self, node: Node) -> Value:
        self.evaluated += 1
        try:
            value = self._evaluate(node)
        except FormulaError as error:
            if error.span is None:
                error.span = node.span
            raise
        if isinstance(value, Dense):
            entries = value.array.numel()
            self.evaluated += entries * math.isqrt(entries) // STEP  # as if it were a product of matrices
        return value

    def _evaluate(self, node: Node) -> Value:
        match node:
            case Number(text=text):
                return Constant(float(text))
            case Symbol() | Scripts():
                return self.symbol(node)
            case Group():
                return self._group(node)
            case Sum(terms=terms, signs=signs):
                values, way = with_bias([self.evaluate(term) for term in terms])
                if way:
                    self.remarks.add(f"a vector added to a matrix is added to every {way} of it, as its length fits")
                return add(values, signs)
            case Product():
                return self._product(node)
            case Quotient(numerator=above, denominator=below):
                return divide(self.evaluate(above), self.evaluate(below))
            case Root(radicand=radicand):
                return entrywise(torch.sqrt, self.evaluate(radicand))
            case Derivative():
                return self.differentiation.value(node)
            case BigOperator():
                return self.reductions.value(node)
            case Apply():
                return self.calls.builtin(node)
            case Matrix(is_cases=True):
                return choose(self, node)
            case Matrix():
                return matrix(self, node)
            case At():
                return at_point(self, node)
            case Increment():
                return increment(self, node)
            case Dots():
                raise EllipsisError("dots without a term before and after them", node.span)
            case Relation():
                raise UnsupportedError("a relation within an expression", node.span)
        raise UnsupportedError(f"{latex(node)} is not a value", node.span)

    def elsewhere(self, scope: Scope, replaced: tuple[Tensor, ...]) -> Evaluator:
        """An evaluator for another namespace, in which tensors have been ``replaced``."""
        replaced += self.replaced
        return Evaluator(scope, self.options, self.ranges, self.held, self.jitter, self.scopes, self.live, replaced)

    # ---- names ------------------------------------------------------------------------------------------------

    def resolve(self, node: Node) -> Bound:
        """What a symbol stands for; neighbours in a chain of derivatives share their ends."""
        known = self._resolved.get(id(node))
        if known is None or known[0] is not node or known[1] is not self.scope:
            known = self._resolved[id(node)] = (node, self.scope, resolve(node, self.scope))
        return known[2]

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
            fixed = constant(self, node)
            fixed = self._primed(node) if fixed is None else fixed
            if fixed is None:
                raise
            return fixed
        return self.scripted_value(bound, node)

    def scripted_value(self, bound: Bound, node: Node) -> Value:
        """What a symbol is bound to, with its power and its transpose."""
        value = self.bound_value(bound, node)
        if bound.power is not None:
            value = self.power(value, bound.power)
        return transposed(value) if bound.transposed else value

    def bound_value(self, bound: Bound, node: Node) -> Value:
        found = bound.value
        if isinstance(found, bool) or not (is_tensor(found) or isinstance(found, int | float)):
            try:
                # as_tensor would cut a list of numbers that are tensors from the graph that computed them.
                found = torch.stack(list(found)) if _is_column(found) else torch.as_tensor(found)
            except (TypeError, ValueError, RuntimeError):
                kind = type(found).__name__
                message = f"{bound.path} is a {kind}, and {latex(node)} stands where a tensor or a number is needed"
                raise ValueKindError(message, node.span) from None
        if isinstance(found, int | float):
            return Constant(float(found))
        tensor = self.checked(found, bound.path, node)
        if self.jitter is not None and not self.live:
            tensor = self.jitter(tensor, tensor)
        if bound.entry:
            return _part(tensor, bound.entry)
        if id(tensor) not in self._tensors:
            self._tensors[id(tensor)] = (tensor, Dense.of_tensor(tensor))
        return self._tensors[id(tensor)][1]

    def checked(self, tensor: Tensor, path: str, node: Node) -> Tensor:
        if self.replaced and any(leads_to(old, tensor) for old in self.replaced):
            message = f"{path} was computed at another point: define it as a function in the snippet"
            raise UnsupportedError(message, node.span)
        if tensor.is_meta:
            raise ValueKindError(f"{path} is on the device meta and has no values", node.span)
        tensor = strided(tensor)
        if tensor.dtype == torch.float64:
            return tensor
        if tensor.dtype in (torch.float32, torch.float16, torch.bfloat16) or tensor.is_complex():
            message = f"{path} is {tensor.dtype}: a check needs torch.float64 (torch.set_default_dtype(torch.float64))"
            raise ValueKindError(message, node.span)
        return tensor.to(torch.float64)

    def _primed(self, node: Node) -> Value | None:
        """``X'`` of a matrix or a vector of the snippet, which binds no ``X_prime``: its transpose."""
        if not isinstance(node, Scripts) or node.primes != 1 or node.sup is not None:
            return None
        try:
            bound = resolve(replace(node, primes=0), self.scope)
        except UnboundSymbolError:
            return None
        if not is_tensor(bound.value) or bound.value.dim() <= len(bound.entry):
            return None
        return self._read_as_transpose(self.bound_value(bound, node), node)

    def _read_as_transpose(self, value: Value, node: Node) -> Value:
        self.remarks.add(f"{plain(node)} is read as a transpose")
        return transposed(value)

    def _scripted(self, node: Scripts) -> Value:
        """Scripts on an expression: ``(W h)_i``, ``(A B)^{-1}``, ``|x|_2^2``."""
        base = node.base
        if isinstance(base, Group) and base.left in ("|", "||") and (node.sub or base.left == "||"):
            order = node.sub[0] if node.sub else None
            value = self._norm(base, order)
            return value if node.sup is None else self.power(value, node.sup)
        if isinstance(base, Group) and base.left == "<" and node.sub in ((Symbol("F"),), (Number("2"),)):
            node = replace(node, sub=())  # the usual inner product, named
        return self.with_scripts(self.evaluate(base), node)

    def with_scripts(self, value: Value, node: Scripts) -> Value:
        """An entry, a transpose, a power of a value."""
        if node.sub == (Mark("+"),):
            value = entrywise(torch.relu, value)
        elif node.sub:
            array = as_array(value)
            base = self.scope.index_base
            entry = tuple(i if isinstance(i, slice) else i - base for i in indices_of(node.sub, self.scope))
            outside = any(isinstance(i, int) and not 0 <= i < n for i, n in zip(entry, array.shape, strict=False))
            if outside or len(entry) > array.dim():
                raise ShapeError(f"shape: no entry {entry} in an array of shape {tuple(array.shape)}", node.span)
            value = _part(array, entry)
        if node.primes:
            if node.primes > 1 or node.sup is not None or scalar(value) is not None:
                raise UnsupportedError("a prime behind a bracket: a transpose is written with ^\\top", node.span)
            return self._read_as_transpose(value, node)
        return value if node.sup is None else self.power(value, node.sup)

    def power(self, value: Value, exponent: Node) -> Value:
        entry = _hadamard(exponent)
        if entry is not None:
            return entrywise(torch.pow, value, self.evaluate(entry))
        if is_transpose(exponent):
            return transposed(value)
        if is_inverse_transpose(exponent) and isinstance(value, LinearMap):
            return transposed(inverse(value))
        if exponent == Sum((Number("1"),), ("-",)) and isinstance(value, LinearMap) and value.rows and value.cols:
            return inverse(value)
        number = self.evaluate(exponent)
        if isinstance(value, Dense) and value.rows and value.cols and value.rows != value.cols:
            self.remarks.add("the power of a matrix that is not square is read entry by entry")
            return entrywise(torch.pow, value, number)
        return power(value, number)

    # ---- groups, functions, matrices --------------------------------------------------------------------------

    def _group(self, node: Group) -> Value:
        if node.left == "||":
            return self._norm(node, None)
        if node.left == "<" and len(node.items) == 2:
            left, right = (self.evaluate(item) for item in node.items)
            return Dense((as_array(left) * as_array(right)).sum(), (), (), of_derivative=not is_primal(left))
        if len(node.items) != 1:
            return listed(self, node)
        if isinstance(node.items[0], Relation) and node.left in ("(", "[", "{"):
            return self.reductions.indicator(node.items[0])
        if node.left == "|" and (size := self.reductions.cardinality(node.items[0])) is not None:
            return Constant(float(size))
        value = self.evaluate(node.items[0])
        if node.left in ("floor", "ceil"):
            return entrywise(torch.floor if node.left == "floor" else torch.ceil, value)
        if node.left != "|":
            return value
        if isinstance(value, LinearMap) and value.rows and value.rows == value.cols:
            return self.calls.apply_tensor(torch.linalg.det, [value], False)
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

    # ---- products ---------------------------------------------------------------------------------------------

    def _product(self, node: Product) -> Value:
        """Juxtaposition, dots and crosses first; elementwise and outer products bind weaker."""
        chain = _CHAIN - {"cdot"} if self.dots_are_entrywise else _CHAIN
        chunks: list[tuple[str, list[Node], list[str]]] = [("", [node.factors[0]], [])]
        for operator, factor in zip(node.operators, node.factors[1:], strict=True):
            if operator in chain:
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
        values = list(evaluated(self, factors, operators))
        result = values[0][1]
        for operator, value, place in values[1:]:
            try:
                result = self.shared_product(result, value, operator)
            except FormulaError as error:
                error.span = error.span or place.span
                self.dotted |= operator == "cdot"
                raise
        return result

    def in_each(self, scopes: Iterable[Scope], action: Callable[[], T]) -> list[T]:
        """What an action gives in each of the scopes, one after another."""
        outer, found = self.scope, []
        try:
            for scope in scopes:
                self.scope = scope
                found.append(action())
        finally:
            self.scope = outer
        return found

    def forget(self, action: Callable[[], T]) -> T:
        """What an action gives, of whose products and names none is kept."""
        kept: tuple[dict[Any, Any], ...] = (self._products, self._resolved, self._tensors)
        sizes = [len(known) for known in kept]
        try:
            return action()
        finally:
            for known, size in zip(kept, sizes, strict=True):
                while len(known) > size:
                    known.popitem()

    def shared_product(self, left: Value, right: Value, operator: str) -> Value:
        """A product that is made once, so that rows with a common prefix share what is pulled through it."""
        self.dotted |= operator == "cdot" and is_entrywise(left, right)
        key = (id(left), id(right), operator)
        if key not in self._products:
            self._products[key] = (left, right, multiply(left, right, operator))
        return self._products[key][2]


def _hadamard(exponent: Node) -> Node | None:
    r"""The exponent of an entrywise power: ``X^{\odot 2}``, ``X^{\circ -1}``."""
    match exponent:
        case Product(factors=(Mark(name="odot" | "circ"), rest), operators=("",)):
            return rest
        case Sum(terms=(Mark(name="odot" | "circ"), *terms), signs=("+", *signs)) if terms:
            return Sum(tuple(terms), tuple(signs), span=exponent.span)
    return None


def _part(array: Tensor, entry: tuple[Index, ...]) -> Dense:
    """An entry, a column ``W_{:,j}`` or a row ``W_{i,:}`` of an array."""
    found = array[entry]
    if found.dim() == 1 and len(entry) == 2 and isinstance(entry[1], slice):
        return Dense(found, (), tuple(found.shape))
    return Dense.of_tensor(found)


def _is_column(found: object) -> TypeGuard[Sequence[Tensor]]:
    """Is this a list of numbers that are tensors?"""
    return isinstance(found, list | tuple) and bool(found) and all(is_tensor(x) and not x.dim() for x in found)
