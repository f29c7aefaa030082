"""Values at a point: an expression in which variables have other values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from eqtest.autodiff.values import Value, as_array
from eqtest.errors import UnboundSymbolError, UnsupportedError
from eqtest.formula.latex import latex
from eqtest.formula.names import spellings
from eqtest.formula.resolve import Bound
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import At, Derivative, Empty, Node, Relation, Scripts, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def at_point(evaluator: Evaluator, node: At) -> Value:
    """The value of an expression at a point.

    Where that is not the point of the snippet, the expression may use functions, but nothing that the snippet has
    computed from the variable: that raises :class:`UnsupportedError`.
    """
    new: dict[str, Tensor] = {}
    old: list[Tensor] = []
    for variable, value in (_assignment(item, node.of) for item in node.conditions):
        point = as_array(evaluator.evaluate(value)).detach()
        bound = _bound(evaluator, variable)
        if bound is not None and is_tensor(bound.value):
            current = bound.value[bound.entry] if bound.entry else bound.value
            point = point.expand(current.shape) if not point.dim() else point
            if torch.equal(current.detach(), point):
                continue
            old.append(bound.value)
        if not isinstance(variable, Symbol):
            raise UnsupportedError(f"{latex(variable)} at another point than the snippet's", variable.span)
        names = spellings(variable)
        name = next((name for name in names if name in evaluator.scope.namespace), names[0])
        new[name] = point.clone().requires_grad_()
    if not new:
        return evaluator.evaluate(node.of)
    scope = replace(evaluator.scope, namespace={**evaluator.scope.namespace, **new})
    return evaluator.elsewhere(scope, tuple(old)).evaluate(node.of)


def _assignment(condition: Node, of: Node) -> tuple[Symbol | Scripts, Node]:
    r"""``x = x_0``, or ``x_0`` alone behind a derivative by ``x``."""
    match condition:
        case Relation(sides=(Symbol() | Scripts() as variable, value), relations=("=",)):
            return variable, value
        case Relation():
            raise UnsupportedError("a value at a point: the bar is for one variable = its value each", condition.span)
    variables: Sequence[Node] = of.by if isinstance(of, Derivative) else ()
    if not variables or not isinstance(variables[0], Symbol | Scripts) or isinstance(variables[0], Empty):
        raise UnsupportedError("a value at a point, but of which variable? Write |_{x = …}", condition.span)
    return variables[0], condition


def _bound(evaluator: Evaluator, variable: Symbol | Scripts) -> Bound | None:
    try:
        return evaluator.resolve(variable)
    except UnboundSymbolError:
        return None
