"""``N in 4..8, q in 2..N, p in 1..q-1, L = 12``: the assignments of the integer parameters of a formula."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice

from eqtest.errors import WhereError
from eqtest.span import Span

MAX_INTEGER = 10**6
MAX_ENUMERATED = 20_000
MAX_STEPS = 100_000
"""Values tried in search of assignments: an empty range may stand behind large ones."""
MAX_BINDINGS = 50

Assignment = dict[str, int]
_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv}


@dataclass(frozen=True, slots=True)
class Binding:
    """One name with the expressions of its two limits."""

    name: str
    lower: ast.expr
    upper: ast.expr
    span: Span


def parse_where(text: str) -> tuple[Binding, ...]:
    """Read a ``where`` text; raises :class:`WhereError` with the place."""
    found: list[Binding] = []
    position = 0
    for part in text.split(","):
        span = Span(position + len(part) - len(part.lstrip()), position + len(part.rstrip()))
        position += len(part) + 1
        if not part.strip():
            if text.strip():
                raise WhereError("expected `name in low..high` or `name = value` between the commas", span)
            continue
        found.append(_binding(part.strip(), span))
    if len(found) > MAX_BINDINGS:
        raise WhereError(f"{len(found)} names are bound; {MAX_BINDINGS} is the limit", found[MAX_BINDINGS].span)
    names = [binding.name for binding in found]
    for binding in found:
        if names.count(binding.name) > 1:
            raise WhereError(f"{binding.name} is bound twice", binding.span)
    return tuple(found)


def _binding(part: str, span: Span) -> Binding:
    name, keyword, rest = part.partition(" in ") if " in " in part else part.partition("=")
    name = name.strip()
    if not keyword or not name.isidentifier():
        raise WhereError(f"{part!r}: expected `name in low..high` or `name = value`", span)
    lower, dots, upper = rest.partition("..")
    if keyword == " in " and not dots:
        raise WhereError(f"{part!r}: expected a range such as `{name} in 1..4`", span)
    return Binding(name, _arithmetic(lower, part, span), _arithmetic(upper if dots else lower, part, span), span)


def _arithmetic(text: str, part: str, span: Span) -> ast.expr:
    if not text.strip():
        raise WhereError(f"{part!r}: a value is missing; expected `name in low..high` or `name = value`", span)
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise WhereError(f"{part!r}: {text.strip()!r} is not an integer expression", span) from None


def _integer(node: ast.expr, names: Mapping[str, int], span: Span) -> int:
    """The value of an expression of ``+ - * //``, names and integers; bounded in size."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            result = value
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(names) or "none"
                raise WhereError(f"{name} is not bound to the left of here (bound: {known})", span)
            result = names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            result = -_integer(operand, names, span)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() as op, right=right):
            a, b = _integer(left, names, span), _integer(right, names, span)
            if isinstance(op, ast.FloorDiv) and b == 0:
                raise WhereError("division by zero", span)
            result = _OPERATIONS[type(op)](a, b)
        case _:
            raise WhereError(f"{ast.unparse(node)!r} is not integer arithmetic (+ - * //) over bound names", span)
    if abs(result) > MAX_INTEGER:
        raise WhereError(f"{result} is beyond {MAX_INTEGER}", span)
    return result


def assignments(text: str) -> list[Assignment]:
    """All assignments that a ``where`` text allows, in lexicographic order; the first ``MAX_ENUMERATED`` of very many.

    An empty text has the one empty assignment.  Raises :class:`WhereError` for a text that is malformed, or where none
    is found.
    """
    bindings = parse_where(text)
    steps = count()
    found = list(islice(_enumerate(bindings, {}, steps), MAX_ENUMERATED))
    if not found:
        span = bindings[-1].span if bindings else Span(0, len(text))
        tried = next(steps)
        why = "a range is empty" if tried < MAX_STEPS else f"none is among the first {MAX_STEPS} values tried"
        raise WhereError(f"no assignment satisfies {text!r}: {why}", span)
    return found


def values(binding: Binding, names: Mapping[str, int]) -> range:
    """The values of one binding where the names in its limits have values; raises :class:`WhereError`."""
    return range(_integer(binding.lower, names, binding.span), _integer(binding.upper, names, binding.span) + 1)


def _enumerate(bindings: tuple[Binding, ...], names: Assignment, steps: Iterator[int]) -> Iterator[Assignment]:
    """``steps`` counts the values tried; past ``MAX_STEPS`` of them the search ends."""
    if not bindings:
        yield dict(names)
        return
    first, *rest = bindings
    for value in values(first, names):
        if next(steps) >= MAX_STEPS:
            return
        yield from _enumerate(tuple(rest), {**names, first.name: value}, steps)
