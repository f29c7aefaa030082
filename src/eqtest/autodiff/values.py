"""Arithmetic on the values of formulas: numbers and linear maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import torch
from torch import Tensor

from eqtest.autodiff.jacobian import Added, Dense, Identity, LinearMap, Scaled, Zero, matrix_view, squeezed, transpose
from eqtest.errors import ShapeError, UnsupportedError


@dataclass(frozen=True, slots=True)
class Constant:
    """A number; where a map is wanted, that multiple of the identity."""

    value: float


@dataclass(frozen=True, slots=True)
class Ones(Constant):
    """A vector of a number, one as a rule, that is as long as what it meets: ``\\mathbf 1``, ``\\mathbf 1^\\top``."""

    value: float = 1.0
    transposed: bool = False


Value = Constant | LinearMap


def describe(value: Value) -> str:
    """The shape of a value, in words."""
    if isinstance(value, Constant):
        return "a number"
    if value.is_scalar:
        return "a scalar"
    if not value.cols:
        return f"a column of shape {value.rows}"
    if not value.rows:
        return f"a row of shape {value.cols}"
    return f"a map from {value.cols} to {value.rows}"


def is_primal(value: Value) -> bool:
    """Whether a value is an array that no derivative went into."""
    return isinstance(value, Dense) and not value.of_derivative


def as_array(value: Value) -> Tensor:
    """The dense array of a value: shape ``rows + cols``."""
    if isinstance(value, Constant):
        return torch.tensor(value.value, dtype=torch.float64)
    return value.dense()


def scalar(value: Value) -> float | Tensor | None:
    """A number, a scalar, or an array with one entry, as a factor; ``None`` for anything else."""
    if isinstance(value, Constant):
        return value.value
    if value.is_scalar:
        return value.dense()
    if set(value.rows + value.cols) == {1} and (not value.rows or not value.cols or len(value.rows) == len(value.cols)):
        return value.dense().reshape(())
    return None


def like(constant: Constant, other: LinearMap) -> LinearMap:
    """A number where a map is wanted: the zero map, a multiple of the identity, or the number in every entry.

    Raises :class:`ShapeError` for a number other than zero with a map that is not square.
    """
    if isinstance(constant, Ones):
        if (other.rows if constant.transposed else other.cols) or other.is_scalar:
            raise ShapeError(f"shape: a {'row' if constant.transposed else 'column'} of ones and {describe(other)}")
        array = torch.full(other.rows + other.cols, constant.value, dtype=torch.float64)
        return Dense(array, other.rows, other.cols)
    if other.is_scalar:
        return Dense(torch.tensor(constant.value, dtype=torch.float64), (), ())
    if constant.value == 0:
        return Zero(other.rows, other.cols)
    if _takes_numbers(other):
        array = torch.full(other.rows + other.cols, constant.value, dtype=torch.float64)
        return Dense(array, other.rows, other.cols, elementwise=True)
    if other.rows == other.cols:
        return Identity(other.rows, constant.value)
    raise ShapeError(f"shape: {constant.value:g} is a multiple of the identity and cannot meet {describe(other)}")


def unify(values: Sequence[Value]) -> list[LinearMap] | None:
    """Values of one shape, numbers made to fit the first map; ``None`` when all are numbers."""
    maps = [value for value in values if isinstance(value, LinearMap)]
    if not maps:
        return None
    if len({(value.rows, value.cols) for value in maps}) > 1:
        values = [matrix_view(value) if isinstance(value, LinearMap) else value for value in values]
        maps = [value for value in values if isinstance(value, LinearMap)]
    if len({(value.rows, value.cols) for value in maps if not value.is_scalar}) > 1:
        values = [squeezed(value) if isinstance(value, LinearMap) else value for value in values]
        maps = [value for value in values if isinstance(value, LinearMap)]
    model = next((value for value in maps if not value.is_scalar), maps[0])
    return [like(value, model) if isinstance(value, Constant) else value for value in values]


def add(terms: Sequence[Value], signs: Sequence[str]) -> Value:
    """A sum; raises :class:`ShapeError` for terms of different shapes."""
    unified = unify(_broadcast(terms))
    if unified is None:
        if any(isinstance(term, Ones) for term in terms):
            if len(terms) > 1:
                raise how_many_ones()
            return terms[0] if signs[0] == "+" else replace(terms[0], value=-terms[0].value)  # type: ignore[type-var,union-attr]
        pairs = zip(terms, signs, strict=True)
        return Constant(sum(t.value if s == "+" else -t.value for t, s in pairs if isinstance(t, Constant)))
    if len(unified) == 1 and signs[0] == "+":
        return unified[0]
    model = next((term for term in unified if not term.is_scalar), unified[0])
    unified = [_spread(term, model) for term in unified]
    first = unified[0]
    for term in unified[1:]:
        if (term.rows, term.cols) != (first.rows, first.cols):
            raise ShapeError(f"shape: {describe(first)} is added to {describe(term)}")
    signed = [term if sign == "+" else scale(-1.0, term) for term, sign in zip(unified, signs, strict=True)]
    if all(isinstance(term, Dense) for term in signed):
        arrays = torch.stack([term.dense() for term in signed]).sum(0)
        entrywise = any(getattr(term, "elementwise", False) for term in signed)
        derived = any(not is_primal(term) for term in signed)
        return Dense(arrays, first.rows, first.cols, entrywise, derived)
    return Added(tuple(signed))


def _broadcast(terms: Sequence[Value]) -> Sequence[Value]:
    r"""A bias of one row or one column for all rows or columns of a matrix: ``X W + b`` with ``b`` of shape (1, n)."""
    shapes = {value.rows + value.cols for value in terms if _is_matrix(value)}
    if len(shapes) < 2:
        return terms
    whole = tuple(map(max, zip(*shapes, strict=True)))
    if whole not in shapes:
        return terms
    return [
        Dense(value.dense().expand(whole), whole[:1], whole[1:])
        if _is_matrix(value) and 1 in value.rows + value.cols
        else value
        for value in terms
    ]


def with_bias(terms: Sequence[Value]) -> tuple[Sequence[Value], str]:
    r"""Terms in which a vector beside matrices is one of them, in every ``row`` or ``column``: ``X W + b``.

    The second is empty where there is no such vector, or where its length fits both ways.
    """
    shapes = {value.rows + value.cols for value in terms if _is_matrix(value)}
    if len(shapes) != 1:
        return terms, ""
    ((rows, cols),) = shapes
    vectors = [value for value in terms if isinstance(value, Dense) and is_primal(value) and not value.is_scalar]
    lengths = {value.rows for value in vectors if not value.cols and len(value.rows) == 1}
    if rows == cols or lengths not in ({(rows,)}, {(cols,)}):
        return terms, ""
    way = "row" if lengths == {(cols,)} else "column"
    return [
        Dense((value.dense() if way == "row" else value.dense()[:, None]).expand(rows, cols), (rows,), (cols,))
        if isinstance(value, Dense) and not value.cols and len(value.rows) == 1
        else value
        for value in terms
    ], way


def _is_matrix(value: Value) -> TypeGuard[Dense]:
    return isinstance(value, Dense) and is_primal(value) and len(value.rows) == len(value.cols) == 1


def _spread(term: LinearMap, model: LinearMap) -> LinearMap:
    """A scalar of the snippet in every entry, where numbers are: ``X w + b`` with one ``b`` for all."""
    if term.is_scalar and not model.is_scalar and is_primal(term) and _takes_numbers(model):
        return Dense(term.dense().expand(model.rows + model.cols), model.rows, model.cols, elementwise=True)
    if term.is_scalar and not model.is_scalar and model.rows == model.cols:
        return Scaled(term.dense(), Identity(model.rows))  # I / c beside a map
    return term


def _takes_numbers(value: LinearMap) -> bool:
    """Whether a number added to a value is added to every entry: arrays that are no maps."""
    return is_primal(value) and (not value.cols or not value.rows or getattr(value, "elementwise", False))


def scale(factor: float | Tensor, value: LinearMap) -> LinearMap:
    if isinstance(value, Dense):
        return Dense(factor * value.array, value.rows, value.cols, value.elementwise, value.of_derivative)
    if isinstance(value, Identity) and isinstance(factor, float):
        return Identity(value.rows, factor * value.factor)
    return Scaled(factor, value)


def entrywise(operation: Callable[..., Tensor], *values: Value) -> Value:
    """An elementwise operation on values of one shape; numbers and scalars meet every entry."""
    maps = [value for value in values if isinstance(value, LinearMap) and scalar(value) is None]
    if not maps:
        result = operation(*map(as_array, values))
        if all(isinstance(value, Constant) for value in values):
            return Constant(float(result))
        return Dense(result, (), ())
    if len({(value.rows, value.cols) for value in maps}) > 1:
        values = tuple(squeezed(value) if isinstance(value, LinearMap) else value for value in values)
        maps = [value for value in values if isinstance(value, LinearMap) and scalar(value) is None]
    first = maps[0]
    for other in maps[1:]:
        if (other.rows, other.cols) != (first.rows, first.cols):
            raise ShapeError(f"shape: {describe(first)} and {describe(other)} entry by entry")
    result = operation(*[as_array(v) if scalar(v) is None else torch.as_tensor(scalar(v)) for v in values])
    return Dense(result, first.rows, first.cols, True, any(not is_primal(item) for item in maps))


def how_many_ones() -> UnsupportedError:
    return UnsupportedError("how many ones are there? Bind them in the snippet: ones = torch.ones(n)")


def transposed(value: Value) -> Value:
    if isinstance(value, Ones):
        return replace(value, transposed=not value.transposed)
    return value if isinstance(value, Constant) else transpose(value)
