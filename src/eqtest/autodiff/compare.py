"""Whether two sides are equal: the same cotangent pulled back through both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from eqtest.autodiff.jacobian import Dense, LinearMap, matrix_view, squeezed
from eqtest.autodiff.values import Constant, Value, describe, like
from eqtest.errors import ShapeError, UnsupportedError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides as arrays, and how far they are apart.

    ``error`` is ``|left - right| / max(|left|, |right|)`` in the largest-entry norm; NaN or infinity on either side
    make it infinite, and it is zero when both sides are zero.
    """

    left: Tensor
    right: Tensor
    error: float
    zero: bool
    agrees: bool


def compare(left: Value, right: Value, relation: str, rtol: float, approx: float, seed: int) -> Comparison:
    """Compare two sides; raises :class:`ShapeError` when they cannot be equal, whatever their values."""
    a, b = arrays(left, right, seed)
    error = relative_error(a, b)
    zero = not bool(a.any()) and not bool(b.any())
    match relation:
        case "=":
            agrees = error <= rtol
        case "approx":
            agrees = error <= approx
        case "ne":
            agrees = rtol < error < math.inf
        case "<" | "le" | ">" | "ge":
            agrees, error = _ordered(a, b, relation, rtol)
        case _:
            raise UnsupportedError(f"the relation {relation} between two sides")
    return Comparison(a, b, error, zero, agrees)


def relative_error(left: Tensor, right: Tensor) -> float:
    """The relative distance in the largest-entry norm; infinite where a side is not finite."""
    if not (bool(left.isfinite().all()) and bool(right.isfinite().all())):
        return math.inf
    size = max(_largest(left), _largest(right))
    return _largest(left - right) / size if size else 0.0


def _largest(array: Tensor) -> float:
    return float(array.abs().max()) if array.numel() else 0.0


def _ordered(left: Tensor, right: Tensor, relation: str, rtol: float) -> tuple[bool, float]:
    """An inequality entry by entry; equality within ``rtol`` counts for the weak ones."""
    if not (bool(left.isfinite().all()) and bool(right.isfinite().all())):
        return False, math.inf
    excess = left - right if relation in ("<", "le") else right - left
    size = max(_largest(left), _largest(right)) or 1.0
    worst = float(excess.max()) / size if excess.numel() else 0.0
    return (worst < 0 if relation in ("<", ">") else worst <= rtol), max(0.0, worst)


def arrays(left: Value, right: Value, seed: int) -> tuple[Tensor, Tensor]:
    """Two sides as arrays: as they are, or pulled back along the same random cotangent.

    Raises :class:`ShapeError` for sides of different shapes.
    """
    if isinstance(left, Constant) and isinstance(right, Constant):
        return torch.tensor(left.value, dtype=torch.float64), torch.tensor(right.value, dtype=torch.float64)
    if isinstance(left, Constant):
        left = like(left, right)  # type: ignore[arg-type]
    elif isinstance(right, Constant):
        right = like(right, left)
    assert isinstance(left, LinearMap)
    assert isinstance(right, LinearMap)
    left, right = _matched(left, right)
    if (left.rows, left.cols) != (right.rows, right.cols):
        raise ShapeError(f"shape: the left side is {describe(left)}, the right side {describe(right)}")
    if not left.rows or not left.cols or (isinstance(left, Dense) and isinstance(right, Dense)):
        return left.dense().detach(), right.dense().detach()
    # far from the seeds of snippets: a cotangent equal to a snippet's own tensor may be one that the map annihilates
    generator = torch.Generator().manual_seed((0x9E3779B97F4A7C15 + seed) % 2**63)
    cotangent = torch.randn(left.rows, generator=generator, dtype=torch.float64)
    return left.vjp(cotangent).detach(), right.vjp(cotangent).detach()


def _matched(left: LinearMap, right: LinearMap) -> tuple[LinearMap, LinearMap]:
    """A column of matrices is the matrix, and an array with one entry a scalar, where the other side is one."""
    if (left.rows, left.cols) == (right.rows, right.cols):
        return left, right
    if left.is_scalar or right.is_scalar:
        return _single(left), _single(right)
    left, right = matrix_view(left), matrix_view(right)
    return (left, right) if (left.rows, left.cols) == (right.rows, right.cols) else (squeezed(left), squeezed(right))


def _single(value: LinearMap) -> LinearMap:
    ones = value.rows + value.cols
    return Dense(value.dense().reshape(()), (), ()) if ones and set(ones) == {1} else value
