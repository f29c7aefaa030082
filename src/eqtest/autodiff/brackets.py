"""What stands in brackets or between bars: groups, norms, determinants, absolute values, lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from eqtest.autodiff.jacobian import Dense, LinearMap
from eqtest.autodiff.matrices import listed
from eqtest.autodiff.values import Constant, Value, as_array, entrywise, is_primal
from eqtest.errors import UnsupportedError
from eqtest.formula.tree import Group, Node, Relation, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def bracketed(evaluator: Evaluator, node: Group) -> Value:
    if node.left == "||":
        return norm(evaluator, node, None)
    if node.left == "<" and len(node.items) == 2:
        left, right = (evaluator.evaluate(item) for item in node.items)
        return Dense((as_array(left) * as_array(right)).sum(), (), (), of_derivative=not is_primal(left))
    if len(node.items) != 1:
        return listed(evaluator, node)
    if isinstance(node.items[0], Relation) and node.left in ("(", "[", "{"):
        return evaluator.reductions.indicator(node.items[0])
    if node.left == "|" and (size := evaluator.reductions.cardinality(node.items[0])) is not None:
        return Constant(float(size))
    value = evaluator.evaluate(node.items[0])
    if node.left in ("floor", "ceil"):
        return entrywise(torch.floor if node.left == "floor" else torch.ceil, value)
    if node.left != "|":
        return value
    if isinstance(value, LinearMap) and value.rows and value.rows == value.cols:
        return evaluator.calls.apply_tensor(torch.linalg.det, [value], False)
    return entrywise(torch.abs, value)


def norm(evaluator: Evaluator, node: Group, order: Node | None) -> Value:
    value = evaluator.evaluate(node.items[0])
    array = as_array(value)
    kind: float | str = 2.0
    if isinstance(order, Symbol):
        kind = {"F": 2.0, "infty": float("inf")}.get(order.name, order.name)
    elif order is not None:
        number = evaluator.evaluate(order)
        kind = number.value if isinstance(number, Constant) else "?"
    if isinstance(kind, str):
        raise UnsupportedError(f"the norm with index {kind}", node.span)
    matrix = isinstance(value, LinearMap) and value.rows and value.cols
    if matrix and kind == 2.0 and order is not None and not isinstance(order, Symbol):
        found = torch.linalg.matrix_norm(array.reshape(math.prod(value.rows), -1), 2)  # type: ignore[union-attr]
    else:
        found = torch.linalg.vector_norm(array.reshape(-1), kind)
    return Dense(found, (), (), of_derivative=not is_primal(value))
