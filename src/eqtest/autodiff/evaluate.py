"""The interpreter: tree + namespace -> numbers and linear maps, for one run of a snippet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard, TypeVar

import torch
from torch import Tensor

from eqtest.autodiff.brackets import bracketed
from eqtest.autodiff.calls import Calls
from eqtest.autodiff.choices import Case, choose
from eqtest.autodiff.constants import constant
from eqtest.autodiff.differentiate import Differentiation
from eqtest.autodiff.increments import increment
from eqtest.autodiff.jacobian import Dense
from eqtest.autodiff.jitter import Jitter
from eqtest.autodiff.matrices import matrix
from eqtest.autodiff.memory import Memory
from eqtest.autodiff.operands import evaluated
from eqtest.autodiff.products import combine, divide, is_entrywise, multiply
from eqtest.autodiff.reductions import Reductions
from eqtest.autodiff.sample import leads_to, strided
from eqtest.autodiff.scripted import part, scripted, with_exponent
from eqtest.autodiff.substitution import at_point
from eqtest.autodiff.values import Constant, Value, add, entrywise, transposed, with_bias
from eqtest.errors import (
    EllipsisError,
    FormulaError,
    UnboundSymbolError,
    UnsupportedError,
    ValueKindError,
)
from eqtest.formula.latex import latex
from eqtest.formula.patterns import HeldPattern
from eqtest.formula.plain import plain
from eqtest.formula.resolve import Bound, resolve
from eqtest.formula.scope import Scope, integer, is_tensor
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
    Derivative,
    Dots,
    Group,
    Increment,
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
                return bracketed(self, node)
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
            return scripted(self, node)
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
            value = with_exponent(self, value, bound.power)
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
            return part(tensor, bound.entry)
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
        return self.read_as_transpose(self.bound_value(bound, node), node)

    def read_as_transpose(self, value: Value, node: Node) -> Value:
        self.remarks.add(f"{plain(node)} is read as a transpose")
        return transposed(value)

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


def _is_column(found: object) -> TypeGuard[Sequence[Tensor]]:
    """Is this a list of numbers that are tensors?"""
    return isinstance(found, list | tuple) and bool(found) and all(is_tensor(x) and not x.dim() for x in found)
