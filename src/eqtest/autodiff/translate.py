"""Rows of a formula -> assertions in plain Python, which need nothing but torch and the tensors of the snippet.

The assertions share no code with the checks: Jacobians are dense, row by row from ``torch.autograd.grad``, products
are tensor contractions. A row is translated for one assignment as far as it consists of derivatives of named tensors
by named tensors, identities, numbers, tensors, elementwise functions, products and sums. Every assertion is tried
where it is made, and one that does not come out as the check did is dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from eqtest.assertions import PRELUDE
from eqtest.errors import EqtestError
from eqtest.formula.resolve import resolve
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import Apply, Derivative, Group, Node, Number, Product, Relation, Scripts, Sum, Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eqtest.autodiff.outcome import Point
    from eqtest.formula.scope import Scope

MAX_ENTRIES = 250_000
"""Of a Jacobian: larger ones are not for a reader to wait for."""
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
    try:
        sides = [_code(side, scope) for side in point.expanded(row).sides]
    except (EqtestError, RecursionError):
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


def _code(node: Node, scope: Scope) -> _Code:
    match node:
        case Number(text=text):
            return _Code(text, number=True)
        case Symbol() | Scripts():
            return _tensor(node, scope)
        case Group(items=(item,), left="(" | "[" | "{}"):
            return _code(item, scope)
        case Derivative(of=of, by=(by,), kind="partial" | "total"):
            return _jacobian(_tensor(of, scope), _tensor(by, scope))
        case Product(factors=factors, operators=operators) if set(operators) <= {"", "times", "cdot"}:
            return _product([_code(factor, scope) for factor in factors])
        case Sum(terms=terms, signs=signs):
            return _sum([_code(term, scope) for term in terms], signs)
        case Apply(function=Symbol(name=name), arguments=(argument,)) if name in _FUNCTIONS:
            inner = _code(argument, scope)
            if not inner.is_map:
                return _Code(f"{_FUNCTIONS[name]}({inner.text})", rows=inner.rows)
    raise UntranslatableError("no plain form")


def _tensor(node: Node, scope: Scope) -> _Code:
    if not isinstance(node, Symbol | Scripts):
        raise UntranslatableError("not a name")
    bound = resolve(node, scope)
    if bound.entry or bound.power is not None or bound.transposed or not is_tensor(bound.value):
        raise UntranslatableError("more than a name")
    return _Code(bound.path, rows=tuple(bound.value.shape))


def _jacobian(of: _Code, by: _Code) -> _Code:
    if math.prod(of.rows + by.rows) > MAX_ENTRIES:
        raise UntranslatableError("too large")
    return _Code(f"jacobian({of.text}, {by.text})", rows=of.rows, cols=by.rows, is_map=True)


def _product(factors: Sequence[_Code]) -> _Code:
    found = factors[0]
    for factor in factors[1:]:
        found = _times(found, factor)
    return found


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
        if (term.rows, term.cols, term.is_map) != (shaped.rows, shaped.cols, shaped.is_map) or sign not in "+-":
            raise UntranslatableError("terms")
        parts.append(f"{sign} {term.within(_FACTOR)}")
    return _Code(" ".join(parts).removeprefix("+ "), _TERM, shaped.rows, shaped.cols, shaped.is_map)
