"""Rows of a formula -> assertions in plain Python, which need nothing but torch and the tensors of the snippet.

The assertions share no code with the checks: Jacobians are dense, row by row from ``torch.autograd.grad``, products
are tensor contractions. A row is translated for one assignment as far as it consists of derivatives by named tensors,
identities, numbers, tensors and their entries, calls, products, quotients, powers and sums. Every assertion is tried
where it is made, and one that does not come out as the check did is dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import torch

from eqtest.assertions import PRELUDE
from eqtest.errors import EqtestError
from eqtest.formula.resolve import resolve
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Derivative,
    Group,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Scripts,
    Sum,
    Symbol,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eqtest.autodiff.evaluate import Evaluator
    from eqtest.autodiff.outcome import Point

MAX_ENTRIES = 250_000
"""Of a Jacobian: larger ones are not for a reader to wait for."""
MAX_TERMS = 12
"""Of a sum or product that is written out."""
_TIGHT, _FACTOR, _TERM = 2, 1, 0
_FUNCTIONS = {"tanh": "torch.tanh", "exp": "torch.exp", "log": "torch.log", "ln": "torch.log", "sin": "torch.sin",
              "cos": "torch.cos", "sigma": "torch.sigmoid", "ReLU": "torch.relu"}  # fmt: skip


class UntranslatableError(EqtestError):
    """A row with something that has no plain counterpart here."""


@dataclass(frozen=True, slots=True)
class _Code:
    """An expression, what binds it together, and the shapes of its value as a map from ``cols`` to ``rows``."""

    text: str
    strength: int = _TIGHT
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()
    is_map: bool = False
    number: bool = False

    def within(self, strength: int) -> str:
        return self.text if self.strength >= strength else f"({self.text})"


def assertion(row: Relation, point: Point, *, holds: bool) -> str:
    """The assertion of a row at a point, in one line; empty where there is none."""
    scope = point.evaluator.scope
    if point.evaluator.options.layout != "numerator" or set(row.relations) != {"="}:
        return ""
    if not holds and any(isinstance(node, Derivative) and not _is_name(node.of) for node in walk(row)):
        return ""  # of a call it may be partial: that it differs from the total one would say nothing of the row
    translator = _Translator(point.evaluator)
    try:
        sides = [translator.code(side) for side in point.expanded(row).sides]
    except Exception:  # a function of the snippet may raise whatever it likes
        return ""
    claims = [f"agree({sides[0].text}, {side.text})" for side in sides[1:]]
    text = f"assert {' and '.join(claims)}" if holds else f"assert not ({' and '.join(claims)})"
    return text if _passes(text, scope.namespace) else ""


def _passes(text: str, namespace: Mapping[str, Any]) -> bool:
    own = {**namespace, "torch": torch}
    try:
        exec(PRELUDE, own)
        exec(text, own)
    except Exception:  # whatever it is, the reader shall not meet it
        return False
    return True


class _Translator:
    """Translates at the scope that its evaluator has."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def code(self, node: Node) -> _Code:
        match node:
            case Number(text=text):
                return _Code(text, number=True)
            case Symbol() | Scripts():
                return self._name(node)
            case Group(items=(item,), left="(" | "[" | "{}"):
                return self.code(item)
            case Derivative(of=of, by=(by,), kind="partial" | "total") if _is_name(by):
                return _jacobian(self.code(of), self._name(by))
            case Product(factors=factors, operators=operators) if set(operators) <= {"", "times", "cdot", "odot"}:
                return _product(*self._factors(factors, operators))
            case Sum(terms=terms, signs=signs):
                return _sum([self.code(term) for term in terms], signs)
            case Quotient(numerator=above, denominator=below):
                return _quotient(self.code(above), self.code(below))
            case BigOperator(kind="sum" | "prod" as kind, body=body):
                return self._over_index(node, kind, body)
            case Apply(function=Symbol(name=name), arguments=(argument,)) if name in _FUNCTIONS:
                inner = self.code(argument)
                if not inner.is_map:
                    return _Code(f"{_FUNCTIONS[name]}({inner.text})", rows=inner.rows)
        raise UntranslatableError("no plain form")

    def _name(self, node: Node) -> _Code:
        scope = self._evaluator.scope
        if isinstance(node, Symbol) and node.name in scope.integers:
            return _Code(str(scope.integers[node.name]), number=True)
        bound = resolve(node, scope)
        if isinstance(bound.value, int | float) and bound.power is None:
            return _Code(bound.path, number=True)
        if not is_tensor(bound.value) or any(isinstance(index, slice) for index in bound.entry):
            raise UntranslatableError("no tensor")
        text, value = bound.path, bound.value
        if bound.entry:
            text, value = f"{text}[{', '.join(map(str, bound.entry))}]", value[bound.entry]
        shape = tuple(value.shape)
        if bound.transposed:
            if len(shape) != 2:
                raise UntranslatableError("a row")
            return _Code(f"{text}.T", rows=shape[::-1])
        if bound.power is None:
            return _Code(text, rows=shape)
        if shape or not isinstance(bound.power, Number):
            raise UntranslatableError("a power of more than a number")
        return _Code(f"{text} ** {bound.power.text}", _FACTOR)

    def _factors(self, factors: Sequence[Node], operators: Sequence[str]) -> tuple[list[_Code], list[str]]:
        """The factors of a product and what joins them; a function and its arguments are one factor."""
        found: list[_Code] = []
        joined: list[str] = []
        position = 0
        while position < len(factors):
            joined += operators[position - 1 : position]
            head, group = factors[position], factors[position + 1] if position + 1 < len(factors) else None
            function = self._callee(head) if isinstance(group, Group) and group.left == "(" else None
            if function is not None and isinstance(group, Group):
                found.append(self._call(function, group.items))
                position += 1
            else:
                found.append(self.code(head))
            position += 1
        return found, joined

    def _callee(self, head: Node) -> str | None:
        if not isinstance(head, Symbol | Scripts) or (isinstance(head, Scripts) and head.primes):
            return None
        try:
            bound = self._evaluator.calls.callee(head)
        except EqtestError:
            return _FUNCTIONS.get(head.name) if isinstance(head, Symbol) else None
        return None if bound is None or bound.power is not None else bound.path

    def _call(self, path: str, arguments: Sequence[Node]) -> _Code:
        text = f"{path}({', '.join(self._argument(item) for item in arguments)})"
        value = eval(text, {**self._evaluator.scope.namespace, "torch": torch})
        if not is_tensor(value):
            raise UntranslatableError("no tensor")
        return _Code(text, rows=tuple(value.shape))

    def _argument(self, node: Node) -> str:
        """Of a call: also what is no tensor, such as the weights of a unit together."""
        if _is_name(node):
            bound = resolve(node, self._evaluator.scope)
            if not bound.entry and bound.power is None and not bound.transposed:
                return bound.path
        found = self.code(node)
        if found.is_map:
            raise UntranslatableError("an argument that is a map")
        return found.text

    def _over_index(self, node: BigOperator, kind: str, body: Node) -> _Code:
        reductions = self._evaluator.reductions
        scopes = list(reductions.scopes(node))
        if not 0 < len(scopes) <= MAX_TERMS:
            raise UntranslatableError("none, or too many, to write out")
        terms = self._evaluator.in_each(scopes, lambda: self.code(body))
        if kind == "sum":
            return _sum(terms, "+" * len(terms))
        return _product(reductions.ordered(terms))


def _is_name(node: Node) -> bool:
    return isinstance(node, Symbol | Scripts)


def _quotient(above: _Code, below: _Code) -> _Code:
    if below.rows or below.is_map or (above.is_map and above.rows != above.cols):
        raise UntranslatableError("a quotient of more than numbers")
    text = f"{above.within(_FACTOR)} / {below.within(_TIGHT)}"
    return _Code(text, _FACTOR, above.rows, above.cols, above.is_map, above.number and below.number)


def _jacobian(of: _Code, by: _Code) -> _Code:
    if of.is_map or of.number:
        raise UntranslatableError("a second derivative")
    if math.prod(of.rows + by.rows) > MAX_ENTRIES:
        raise UntranslatableError("too large")
    return _Code(f"jacobian({of.text}, {by.text})", rows=of.rows, cols=by.rows, is_map=True)


def _product(factors: Sequence[_Code], operators: Sequence[str] = ()) -> _Code:
    if "odot" in operators:
        shapes = {(factor.rows, factor.is_map) for factor in factors}
        if set(operators) != {"odot"} or len(shapes) != 1 or any(factor.is_map for factor in factors):
            raise UntranslatableError("products of several kinds")
        return _Code(" * ".join(factor.within(_FACTOR) for factor in factors), _FACTOR, factors[0].rows)
    return reduce(_times, factors)


def _times(left: _Code, right: _Code) -> _Code:
    scalar = left.number or right.number or not (left.rows or left.cols) or not (right.rows or right.cols)
    if scalar:
        shaped = right if left.number or not (left.rows or left.cols) else left
        number = left.number and right.number
        text = f"{left.within(_FACTOR)} * {right.within(_FACTOR)}"
        return _Code(text, _FACTOR, shaped.rows, shaped.cols, shaped.is_map, number)
    if left.is_map and right.is_map and left.cols == right.rows:
        text = f"torch.tensordot({left.text}, {right.text}, {len(left.cols)})"
        return _Code(text, rows=left.rows, cols=right.cols, is_map=True)
    if not left.is_map and not right.is_map and len(left.rows) == 2 and left.rows[1:] == right.rows[:1]:
        return _Code(f"{left.within(_FACTOR)} @ {right.within(_TIGHT)}", _FACTOR, left.rows[:1] + right.rows[1:])
    raise UntranslatableError("shapes")


def _sum(terms: Sequence[_Code], signs: Sequence[str]) -> _Code:
    shaped = next((term for term in terms if not term.number), terms[0])
    parts = []
    for term, sign in zip(terms, signs, strict=True):
        if term.number and shaped.is_map and shaped.rows == shaped.cols:
            factor = "" if term.text == "1" else f"{term.text} * "
            term = _Code(
                f"{factor}identity({', '.join(map(str, shaped.rows))})", _FACTOR, shaped.rows, shaped.cols, is_map=True
            )
        alike = (term.rows, term.cols, term.is_map) == (shaped.rows, shaped.cols, shaped.is_map)
        if (not alike and not (term.number and not shaped.is_map)) or sign not in "+-":
            raise UntranslatableError("terms")
        parts.append(f"{sign} {term.within(_FACTOR)}")
    return _Code(" ".join(parts).removeprefix("+ "), _TERM, shaped.rows, shaped.cols, shaped.is_map)
