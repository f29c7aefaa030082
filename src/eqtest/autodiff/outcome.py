"""One row at one point: what its sides come to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from eqtest.autodiff.compare import Comparison, arrays, compare
from eqtest.autodiff.evaluate import Evaluator
from eqtest.autodiff.jitter import Jitter, amplified, cancels
from eqtest.autodiff.memory import Memory
from eqtest.autodiff.values import Constant, Value
from eqtest.errors import FormulaError, OutsideDomainError, ShapeError, WrongFormulaError
from eqtest.formula.ellipsis import Expansion
from eqtest.formula.indices import free_names
from eqtest.formula.patterns import HeldPattern, SymbolPattern
from eqtest.formula.scope import Scope, integer
from eqtest.formula.stated import StatedRange
from eqtest.formula.tree import Node, Relation, same
from eqtest.formula.where import Binding, values
from eqtest.options import RTOL, CheckOptions
from eqtest.report import Status

MAX_FREE = 4096
SUSPICIOUS = 1e-10
"""A relative error above this is taken for rounding only where rounding can be as large."""
ROUNDING = 1e5
"""How many times the estimate of rounding errors they may be."""

Draw = Callable[[Mapping[str, int], int], Mapping[str, Any]]
"""(assignment, trial) -> the namespace of the snippet after it has run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on a row at one assignment and trial."""

    status: Status
    error: float | None = None
    link: int = 1
    left: str = ""
    right: str = ""
    problem: FormulaError | None = None
    pathless: tuple[str, ...] = ()
    """Derivatives that are zero because nothing leads from their variable to what is differentiated."""


@dataclass(frozen=True)
class Context:
    """What the points of one check have in common."""

    options: CheckOptions
    patterns: tuple[SymbolPattern, ...]
    ranges: tuple[Binding, ...] = ()
    assignments: tuple[Mapping[str, int], ...] = ({},)
    held: tuple[HeldPattern, ...] = ()
    layers: bool = False
    directions: dict[Any, Any] = field(default_factory=dict)
    """Which way the runs of dots go; found once for all points."""

    def scope(self, namespace: Mapping[str, Any], assignment: Mapping[str, int]) -> Scope:
        return Scope(namespace, assignment, self.patterns, self.options.index_base, self.layers)

    def point(self, namespace: Mapping[str, Any], assignment: Mapping[str, int], trial: int) -> Point:
        scope = self.scope(namespace, assignment)
        scopes = tuple(self.scope(namespace, other) for other in self.assignments)
        evaluator = Evaluator(scope, self.options, self._ranges(scope), self.held, scopes=scopes)
        towards = 1 if self.options.layout == "denominator" else -1
        expansion = Expansion(evaluator.scope, scopes, towards, self.directions)
        return Point(evaluator, expansion, self.options.seed + trial)

    def _ranges(self, scope: Scope) -> dict[str, range]:
        """The declared ranges; their limits may use the integers of the snippet and of the assignment."""
        own = {name: value for name, value in scope.namespace.items() if type(value) is int}
        return {binding.name: values(binding, {**own, **scope.integers}) for binding in self.ranges}


@dataclass(frozen=True, slots=True)
class Point:
    """One run of the snippet: an assignment and a trial.  Rows judged at it share Jacobians and products."""

    evaluator: Evaluator
    expansion: Expansion
    seed: int
    _last: list[tuple[Relation, Scope, Relation]] = field(default_factory=list)
    """The row expanded last."""
    _free: dict[tuple[tuple[str, range], ...], list[Scope]] = field(default_factory=dict)
    """The values of free indices: the very same scopes for all variants of a row."""

    @contextmanager
    def variants(self, row: Relation) -> Iterator[None]:
        """Within it what variants of a row share with the row is evaluated once."""
        self.evaluator.memory = Memory(row)
        try:
            yield
        finally:
            self.evaluator.memory = None

    def judge_variant(self, row: Relation, stated: Sequence[StatedRange] = ()) -> Outcome:
        """As :meth:`judge`, and nothing is kept of it."""
        return self.evaluator.forget(lambda: self.judge(row, stated))

    def judge(self, row: Relation, stated: Sequence[StatedRange] = ()) -> Outcome:
        """Evaluate a row and compare each side with the first, at all values of its free indices.

        A range ``stated`` behind the equation counts where neither ``where`` nor ``ranges`` bind its index.
        """
        known = {**{item.name: self._values(item) for item in stated}, **self.evaluator.ranges}
        free = sorted(free_names(row, frozenset(known)) - frozenset(self.evaluator.scope.integers))
        if not free:
            return self._attempt(row)
        ranges = [known[name] for name in free]
        if math.prod(map(len, ranges)) > MAX_FREE:
            return Outcome("error", problem=FormulaError(f"more than {MAX_FREE} values of the free indices", row.span))
        outer = self.evaluator.scope
        found = Outcome("undefined", problem=OutsideDomainError("a free index has no values", row.span))
        try:
            for scope in self._scopes(tuple(zip(free, ranges, strict=True))):
                self.evaluator.scope = scope
                found = _worse(found, self._attempt(row))
                if found.status in ("fails", "error"):
                    break
        finally:
            self.evaluator.scope = outer
        return found

    def _scopes(self, free: tuple[tuple[str, range], ...]) -> list[Scope]:
        """One scope for each combination of the values of free indices."""
        if free not in self._free:
            outer, names = self.evaluator.scope, [name for name, _ in free]
            self._free[free] = [
                replace(outer, integers={**outer.integers, **dict(zip(names, combination, strict=True))})
                for combination in itertools.product(*(values for _, values in free))
            ]
        return self._free[free]

    def _values(self, stated: StatedRange) -> range:
        low, high = (integer(node, self.evaluator.scope) for node in (stated.low, stated.high))
        return range(0) if low is None or high is None else range(low, high + 1)

    def outside(self, stated: Sequence[StatedRange]) -> Iterator[str]:
        """What the assignment binds to a value outside the range that the text states."""
        for item in stated:
            value, values = self.evaluator.scope.integers.get(item.name), self._values(item)
            if value is not None and values and value not in values:
                yield f"{item.name} = {value} lies outside the stated range {values[0]} to {values[-1]}"

    def _attempt(self, row: Relation) -> Outcome:
        r"""The outcome of a row.

        Where its shapes fit only with ``\cdot`` between arrays as the elementwise product, it is read so, and says so.
        """
        found = self._outcome(row)
        if not (self.evaluator.dotted and isinstance(found.problem, ShapeError)):
            return found
        self.evaluator.dots_are_entrywise = True
        try:
            again = self._outcome(row)
        finally:
            self.evaluator.dots_are_entrywise = False
        if again.status == "error" or isinstance(again.problem, ShapeError):
            found.problem.message += r"; \cdot between columns is their dot product, \odot the elementwise one"
            return found
        self.evaluator.remarks.add(r"\cdot is read as the elementwise product, as only that fits the shapes")
        return again

    def _outcome(self, row: Relation) -> Outcome:
        self.evaluator.terms, self.evaluator.dotted = 0, False
        self.evaluator.remarks.clear()
        self.evaluator.differentiation.used.clear()
        try:
            return self._judge(self.expanded(row))
        except OutsideDomainError as problem:
            return Outcome("undefined", problem=problem)
        except WrongFormulaError as problem:
            return Outcome("fails", problem=problem)
        except FormulaError as problem:
            return Outcome("error", problem=problem)
        except (RecursionError, MemoryError, OverflowError) as problem:
            return Outcome("error", problem=FormulaError(f"too large to evaluate ({type(problem).__name__})", row.span))
        except RuntimeError as problem:
            first = str(problem).strip().split("\n")[0]
            return Outcome("error", problem=FormulaError(f"torch cannot evaluate this: {first}", row.span))

    def expanded(self, row: Relation) -> Relation:
        """The row without dots at this assignment."""
        scope = self.evaluator.scope
        if self.evaluator.memory is not None and not self.evaluator.memory.has_dots:
            return row
        if self._last and self._last[0][0] is row and self._last[0][1] is scope:
            return self._last[0][2]
        found = replace(self.expansion, scope=scope).expand(row)
        assert isinstance(found, Relation)
        self._last[:] = [(row, scope, found)]
        return found

    def _judge(self, row: Relation) -> Outcome:
        if len(row.sides) < 2:
            raise FormulaError("nothing is claimed here: there is no relation", row.span)
        sides = [self.evaluator.evaluate(side) for side in row.sides]
        worst, all_zero, start = 0.0, True, 0
        options = self.evaluator.options
        for link, (relation, value) in enumerate(zip(row.relations, sides[1:], strict=True), 1):
            reference = sides[start] if relation == "=" else sides[link - 1]
            start = start if relation == "=" else link
            try:
                found = compare(reference, value, relation, options.rtol, options.approx, self.seed)
            except ShapeError as problem:
                problem.span = problem.span or row.sides[link].span
                raise
            all_zero = all_zero and found.zero
            if not found.agrees and relation == "=":
                found = self._cancelled(found, row.sides[start], row.sides[link])
            if relation == "=" and found.agrees and found.error > SUSPICIOUS and options.rtol <= RTOL:
                found = self._explained(found, row.sides[start], row.sides[link])
            if not found.agrees:
                pathless = self.evaluator.differentiation.pathless()
                return Outcome("fails", found.error, link, show(found.left), show(found.right), pathless=pathless)
            worst = max(worst, found.error)
        if worst == 0 and all(
            a is sides[0] or same(b, row.sides[0]) for a, b in zip(sides[1:], row.sides[1:], strict=True)
        ):
            all_zero = True
        elif all_zero:
            all_zero = not any(self._cancels(value, side) for value, side in zip(sides, row.sides, strict=True))
        if all_zero:
            return Outcome("vacuous", worst, pathless=self.evaluator.differentiation.pathless())
        return Outcome("holds", worst)

    def _cancelled(self, found: Comparison, left: Node, right: Node) -> Comparison:
        """The comparison of a side that is exactly zero with one that is zero because its terms cancel."""
        for zero, value, other in ((found.left, found.right, right), (found.right, found.left, left)):
            if not bool(zero.any()) and bool(value.isfinite().all()):
                size = self._jittered(value, other)
                if size is not None:
                    return replace(found, error=size, agrees=True)
        return found

    def _explained(self, found: Comparison, left: Node, right: Node) -> Comparison:
        r"""The comparison of two sides that nearly agree: they do not where rounding explains no such difference.

        So a tiny term in the wrong place is seen, as ``\epsilon`` under the root of Adam.
        """
        noisy = self._noisy()
        a, b = arrays(noisy.evaluate(left), noisy.evaluate(right), self.seed)
        if a.shape != found.left.shape or b.shape != found.right.shape:
            return found
        noise = max(amplified(found.left, a), amplified(found.right, b))
        if float((found.left - found.right).abs().max()) <= ROUNDING * noise:
            return found
        self.evaluator.remarks.add(
            f"the sides differ by {found.error:.1e}, more than rounding explains; a larger `rtol` accepts it"
        )
        return replace(found, agrees=False)

    def _cancels(self, value: Value, side: Node) -> bool:
        """Whether the terms of a side that is exactly zero cancel: that they do is something to claim."""
        if isinstance(value, Constant):
            return False
        return self._jittered(arrays(value, Constant(0.0), self.seed)[0], side) is not None

    def _jittered(self, value: Tensor, side: Node) -> float | None:
        """How small a side is beside its terms, where that makes it a zero."""
        again, _ = arrays(self._noisy().evaluate(side), Constant(0.0), self.seed)
        return cancels(value, again) if again.shape == value.shape else None

    def _noisy(self) -> Evaluator:
        """An evaluator of the same formulas whose leaves are jittered."""
        own = self.evaluator
        return Evaluator(own.scope, own.options, own.ranges, own.held, Jitter(self.seed), own.scopes)


def _worse(first: Outcome, second: Outcome) -> Outcome:
    """Of two outcomes of a row, the one that decides: a failure, then one that says something."""
    order = ("error", "fails", "holds", "vacuous", "undefined")
    if first.status == second.status == "holds":
        return first if (first.error or 0.0) >= (second.error or 0.0) else second
    return min(first, second, key=lambda outcome: order.index(outcome.status))


def show(array: Tensor) -> str:
    """A value in a line: a number, the entries of a short array, or the shape and norm of a long one."""
    if array.dim() == 0:
        return f"{float(array):.6g}"
    if array.numel() <= 6:
        return "[" + ", ".join(f"{float(item):.4g}" for item in array.reshape(-1)) + "]"
    norm = float(array.norm())
    return (
        f"shape {tuple(array.shape)}, norm {norm:.6g}" if math.isfinite(norm) else f"shape {tuple(array.shape)}, {norm}"
    )
