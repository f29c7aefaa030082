"""Scripts on values: entries, transposes and powers of what stands in brackets, of calls and of symbols."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from eqtest.autodiff.brackets import norm
from eqtest.autodiff.jacobian import Dense, LinearMap
from eqtest.autodiff.products import inverse, power
from eqtest.autodiff.values import Value, as_array, entrywise, scalar, transposed
from eqtest.errors import ShapeError, UnsupportedError
from eqtest.formula.names import is_inverse_transpose, is_transpose
from eqtest.formula.scripts import Index, indices_of
from eqtest.formula.tree import Group, Mark, Node, Number, Product, Scripts, Sum, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def scripted(evaluator: Evaluator, node: Scripts) -> Value:
    """Scripts on an expression: ``(W h)_i``, ``(A B)^{-1}``, ``|x|_2^2``."""
    base = node.base
    if isinstance(base, Group) and base.left in ("|", "||") and (node.sub or base.left == "||"):
        order = node.sub[0] if node.sub else None
        value = norm(evaluator, base, order)
        return value if node.sup is None else with_exponent(evaluator, value, node.sup)
    if isinstance(base, Group) and base.left == "<" and node.sub in ((Symbol("F"),), (Number("2"),)):
        node = replace(node, sub=())  # the usual inner product, named
    return with_scripts(evaluator, evaluator.evaluate(base), node)


def with_scripts(evaluator: Evaluator, value: Value, node: Scripts) -> Value:
    """An entry, a transpose, a power of a value."""
    if node.sub == (Mark("+"),):
        value = entrywise(torch.relu, value)
    elif node.sub:
        array = as_array(value)
        base = evaluator.scope.index_base
        entry = tuple(i if isinstance(i, slice) else i - base for i in indices_of(node.sub, evaluator.scope))
        outside = any(isinstance(i, int) and not 0 <= i < n for i, n in zip(entry, array.shape, strict=False))
        if outside or len(entry) > array.dim():
            raise ShapeError(f"shape: no entry {entry} in an array of shape {tuple(array.shape)}", node.span)
        value = part(array, entry)
    if node.primes:
        if node.primes > 1 or node.sup is not None or scalar(value) is not None:
            raise UnsupportedError("a prime behind a bracket: a transpose is written with ^\\top", node.span)
        return evaluator.read_as_transpose(value, node)
    return value if node.sup is None else with_exponent(evaluator, value, node.sup)


def with_exponent(evaluator: Evaluator, value: Value, exponent: Node) -> Value:
    entry = _hadamard(exponent)
    if entry is not None:
        return entrywise(torch.pow, value, evaluator.evaluate(entry))
    if is_transpose(exponent):
        return transposed(value)
    if is_inverse_transpose(exponent) and isinstance(value, LinearMap):
        return transposed(inverse(value))
    if exponent == Sum((Number("1"),), ("-",)) and isinstance(value, LinearMap) and value.rows and value.cols:
        return inverse(value)
    number = evaluator.evaluate(exponent)
    if isinstance(value, Dense) and value.rows and value.cols and value.rows != value.cols:
        evaluator.remarks.add("the power of a matrix that is not square is read entry by entry")
        return entrywise(torch.pow, value, number)
    return power(value, number)


def part(array: Tensor, entry: tuple[Index, ...]) -> Dense:
    """An entry, a column ``W_{:,j}`` or a row ``W_{i,:}`` of an array."""
    found = array[entry]
    if found.dim() == 1 and len(entry) == 2 and isinstance(entry[1], slice):
        return Dense(found, (), tuple(found.shape))
    return Dense.of_tensor(found)


def _hadamard(exponent: Node) -> Node | None:
    r"""The exponent of an entrywise power: ``X^{\odot 2}``, ``X^{\circ -1}``."""
    match exponent:
        case Product(factors=(Mark(name="odot" | "circ"), rest), operators=("",)):
            return rest
        case Sum(terms=(Mark(name="odot" | "circ"), *terms), signs=("+", *signs)) if terms:
            return Sum(tuple(terms), tuple(signs), span=exponent.span)
    return None
