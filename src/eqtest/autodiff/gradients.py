r"""How far a gradient sign reaches: in ``\nabla_x x^\top A x`` over the form, in ``\nabla_x L \, v`` over ``L``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eqtest.autodiff.sample import leads_to
from eqtest.errors import FormulaError
from eqtest.formula.names import is_transpose
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import Derivative, Empty, Group, Node, Product, Quotient, Scripts, Symbol, same, walk

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def long_gradient(
    evaluator: Evaluator, factors: Sequence[Node], operators: Sequence[str], position: int
) -> Derivative | None:
    """The gradient of all the factors from a position on, where that of the first alone cannot be meant; else ``None``.

    It cannot be meant where the first is the variable itself, or does not depend on it, as the coefficient in
    ``\\nabla \\frac{\\lambda}{2} \\|w\\|^2``, and a factor behind it does.
    """
    found = _first(factors[position])
    if found is None or position + 1 == len(factors):
        return None
    gradient, of = found
    rest = factors[position + 1 :]
    variable = gradient.by[0]
    last = of.factors[-1] if isinstance(of, Product) else of
    plain = replace(last, sup=None) if isinstance(last, Scripts) and is_transpose(last.sup) else last
    plain = plain.base if isinstance(plain, Scripts) and not (plain.sub or plain.sup or plain.primes) else plain
    if not same(plain, variable) and (_depends(evaluator, plain, variable) or not _behind(evaluator, rest, variable)):
        return None
    front, between = (of.factors, of.operators) if isinstance(of, Product) else ((of,), ())
    span = of.span | rest[-1].span
    whole = Product((*front, *rest), (*between, *operators[position:]), span=span)
    return replace(gradient, of=whole, span=gradient.span | span)


def _first(factor: Node) -> tuple[Derivative, Node] | None:
    r"""A gradient, and what it stands before: the transpose of ``\nabla_x b^\top`` and ``/2`` put back on it."""
    match factor:
        case Derivative(kind="nabla", by=(Symbol() | Scripts() | Empty(), *_)):
            return factor, factor.of
        case Quotient(numerator=Derivative(kind="nabla") as inner, denominator=below):
            return inner, Quotient(inner.of, below, span=inner.of.span | below.span)
        case Scripts(base=Group(items=(Derivative(kind="nabla") as inner,), left="{}"), sub=(), sup=sup, primes=0):
            if is_transpose(sup) and isinstance(inner.of, Symbol | Scripts) and not isinstance(inner.by[0], Empty):
                base, sub = (inner.of.base, inner.of.sub) if isinstance(inner.of, Scripts) else (inner.of, ())
                return inner, Scripts(base, sub, sup, span=factor.span)
    return None


def _behind(evaluator: Evaluator, rest: Sequence[Node], variable: Node) -> bool:
    """Whether the variable is printed in one of the factors, or one of them was computed from it."""
    printed = any(same(node, variable) for factor in rest for node in walk(factor))
    return printed or any(_depends(evaluator, factor, variable, unknown=False) for factor in rest)


def _depends(evaluator: Evaluator, node: Node, variable: Node, unknown: bool = True) -> bool:
    """Whether a value was computed from the variable, or from any where a nabla names none."""
    try:
        value = evaluator.differentiation.tensor(node)
        by = None if isinstance(variable, Empty) else evaluator.resolve(variable).value
    except FormulaError:
        return unknown
    if by is None:
        return value.requires_grad
    return is_tensor(by) and (value is by or leads_to(by, value))
