"""The derivatives of a written-out row and their shapes, for readers who keep track of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.autodiff.jacobian import LinearMap
from eqtest.errors import FormulaError
from eqtest.formula.indices import concrete
from eqtest.formula.latex import latex
from eqtest.formula.plain import plain
from eqtest.formula.tree import Derivative, Node, children
from eqtest.report import Factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eqtest.autodiff.evaluate import Evaluator

MAX_FACTORS = 24


def factors(row: Node, evaluator: Evaluator) -> tuple[Factor, ...]:
    """Each derivative of an expanded row once, in the order in which it is printed first.

    One that has no shape of its own here, as under a sum that is not written out, is left out.
    """
    found: dict[str, Factor] = {}
    for node in _derivatives(row):
        if len(found) == MAX_FACTORS:
            break
        named = concrete(node, evaluator.scope)
        text = latex(named)
        if text not in found and (shape := _shape(node, evaluator)):
            found[text] = Factor(text, plain(named), *shape)
    return tuple(found.values())


def _derivatives(node: Node) -> Iterator[Derivative]:
    """The outermost ones, from left to right."""
    if isinstance(node, Derivative):
        yield node
        return
    for child in children(node):
        yield from _derivatives(child)


def _shape(node: Derivative, evaluator: Evaluator) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    try:
        value = evaluator.evaluate(node)
    except (FormulaError, RuntimeError):
        return None
    return (value.rows, value.cols) if isinstance(value, LinearMap) else None
