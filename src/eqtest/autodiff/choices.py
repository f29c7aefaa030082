"""Definitions by cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from eqtest.autodiff.values import Constant, Value, entrywise, scalar
from eqtest.errors import FormulaSyntaxError, OutsideDomainError
from eqtest.formula.cases import OTHERWISE
from eqtest.formula.tree import Matrix, Node, Relation, Symbol, walk

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator

Case = tuple[int, int]
"""Where cases are printed, and which of them."""


def choose(evaluator: Evaluator, node: Matrix) -> Value:
    """The value of the first case whose condition is met: of the whole, or entry by entry."""
    found: Value | None = None
    missing: Value = Constant(1.0)
    for number, row in enumerate(node.rows):
        if len(row) != 2:
            raise FormulaSyntaxError("a case is a value and, behind &, its condition", node.span)
        met = _condition(evaluator, row[1])
        whole = scalar(met)
        if whole is not None and not whole:
            continue
        if whole is not None and found is None:
            evaluator.cases.add((node.span.start, number))
            return evaluator.evaluate(row[0])
        taken = entrywise(torch.multiply, missing, met)
        if _any(taken):
            evaluator.cases.add((node.span.start, number))
        value = evaluator.evaluate(row[0])
        found = entrywise(_where, taken, value, Constant(float("nan")) if found is None else found)
        missing = entrywise(torch.sub, missing, taken)
    if found is None or _any(missing):
        raise OutsideDomainError("no case applies", node.span)
    return found


def printed(row: Relation) -> frozenset[Case]:
    """All cases of a row."""
    matrices = [node for node in walk(row) if isinstance(node, Matrix) and node.is_cases]
    return frozenset((node.span.start, number) for node in matrices for number in range(len(node.rows)))


def _condition(evaluator: Evaluator, node: Node) -> Value:
    if isinstance(node, Symbol) and node.name == OTHERWISE:
        return Constant(1.0)
    if not isinstance(node, Relation):
        raise FormulaSyntaxError("the condition of a case is a relation, or `otherwise`", node.span)
    return evaluator.reductions.indicator(node)


def _where(condition: Tensor, value: Tensor, other: Tensor) -> Tensor:
    return torch.where(condition.bool(), value, other)


def _any(value: Value) -> bool:
    return bool(value.value) if isinstance(value, Constant) else bool(value.dense().any())
