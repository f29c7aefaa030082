"""Fractions that are derivatives."""

from __future__ import annotations

from dataclasses import replace

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.fold import fold
from eqtest.formula.heads import DerivativeHead, Differential
from eqtest.formula.tree import (
    Derivative,
    Group,
    Node,
    Number,
    Product,
    Scripts,
    Symbol,
)
from eqtest.span import Span


def derivative(numerator: Node, denominator: Node, span: Span) -> Node | None:
    """The derivative that a fraction is, if it is one."""
    above = _as_differential(numerator)
    if above is None:
        return None
    below = _differentials(denominator, above.order)
    if below is None:
        if isinstance(numerator, Differential):
            raise FormulaSyntaxError("the denominator of a derivative must be a differential", denominator.span)
        return None
    if above.order != len(below):
        message = f"a derivative of order {above.order} by {len(below)} variable{'s' * (len(below) > 1)}"
        raise FormulaSyntaxError(message, span)
    if above.of is None:
        return DerivativeHead(tuple(below), above.kind, span=span)
    return Derivative(above.of, tuple(below), above.kind, span=span)


def _as_differential(node: Node) -> Differential | None:
    r"""``\partial a`` as it is; ``d a`` and ``d^2 a`` with the letter d."""
    if isinstance(node, Differential):
        return node
    first, rest = (node.factors[0], node) if isinstance(node, Product) else (node, None)
    order = 1
    if isinstance(first, Scripts) and isinstance(first.base, Symbol) and first.sup and not first.sub:
        if not isinstance(first.sup, Number):
            return None
        order, first = int(float(first.sup.text)), first.base
    if first != Symbol("d") or (rest is not None and rest.operators[0]):
        return None
    of = None if rest is None else fold(rest.factors[1:], rest.operators[1:])
    return Differential(of, order, "total", span=node.span)


def _differentials(node: Node, order: int) -> list[Node] | None:
    """The variables of a denominator, each as often as its order says; in a first derivative ``w^2`` is a name."""
    if isinstance(node, Product) and isinstance(node.factors[0], Differential):
        parts: list[Node] = list(node.factors)
    elif isinstance(node, Product) and node.factors[0] == Symbol("d") and not any(node.operators):
        parts = _letters(node)
    else:
        parts = [node]
    found: list[Node] = []
    for part in parts:
        if not isinstance(part, Differential) or part.of is None:
            return None
        found += _repeated(part.of) if order > 1 else [_bare(part.of)]
    return found


def _letters(node: Product) -> list[Node]:
    """``d x d y`` as differentials."""
    parts: list[Node] = []
    group: list[Node] = []
    for factor in node.factors[1:]:
        if factor == Symbol("d"):
            parts.append(Differential(fold(group, [""] * (len(group) - 1)), 1, "total", span=node.span))
            group = []
        else:
            group.append(factor)
    if group:
        parts.append(Differential(fold(group, [""] * (len(group) - 1)), 1, "total", span=node.span))
    return parts


def _repeated(variable: Node) -> list[Node]:
    r"""``w^2`` in ``\partial w^2`` is ``w`` twice; a transpose stays."""
    if isinstance(variable, Scripts) and isinstance(variable.sup, Number) and variable.sup.text in "234":
        base = replace(variable, sup=None)
        plain = base.base if not base.sub and not base.primes else base
        return [plain] * int(variable.sup.text)
    return [_bare(variable)]


def _bare(variable: Node) -> Node:
    """A variable out of its parentheses."""
    if isinstance(variable, Group) and variable.left == "(" and len(variable.items) == 1:
        return variable.items[0]
    return variable
