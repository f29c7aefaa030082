"""Products and quotients of values, and the products that have a sign of their own."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from eqtest.autodiff.jacobian import Dense, LinearMap, compose, matrix_view, refuse_large, squeezed
from eqtest.autodiff.values import (
    Constant,
    Ones,
    Value,
    as_array,
    describe,
    entrywise,
    how_many_ones,
    is_primal,
    scalar,
    scale,
)
from eqtest.errors import FormulaError, ShapeError, UnsupportedError

ENTRYWISE = frozenset(("odot", "circ", "ast", "star", "bullet"))


def multiply(left: Value, right: Value, operator: str) -> Value:
    """The product in written order; raises :class:`ShapeError` where it does not exist.

    Between maps it is composition, with a number or scalar it is scaling; two columns of one shape have a dot
    product, and only where a dot (``\\cdot``) is printed.
    """
    if isinstance(left, Ones) or isinstance(right, Ones):
        return _times_ones(left, right)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant(left.value * right.value)
    for factor, other in ((left, right), (right, left)):
        number = scalar(factor)
        if number is not None and not (isinstance(other, LinearMap) and _fits(left, right)):
            return scale(number, other) if isinstance(other, LinearMap) else multiply(other, factor, operator)
    assert isinstance(left, LinearMap)
    assert isinstance(right, LinearMap)
    if operator == "cdot" and left.rows == right.rows and left.rows and not left.cols and not right.cols:
        return Dense(
            (left.dense() * right.dense()).sum(), (), (), of_derivative=not (is_primal(left) and is_primal(right))
        )
    if left.cols != right.rows:
        left, right = matrix_view(left), matrix_view(right)  # dY/dt of a matrix by a number is a matrix
    if left.cols != right.rows:
        left, right = squeezed(left), squeezed(right)
    if left.cols != right.rows and operator == "*" and (left.rows, left.cols) == (right.rows, right.cols):
        return entrywise(torch.multiply, left, right)  # there is no other product of these
    if left.cols != right.rows:
        raise ShapeError(f"shape: {describe(left)} times {describe(right)}")
    if is_primal(left) and is_primal(right):
        refuse_large("a product", left.rows + right.cols)
        return Dense(torch.tensordot(left.dense(), right.dense(), dims=len(left.cols)), left.rows, right.cols)
    return compose(left, right)


def _times_ones(left: Value, right: Value) -> Value:
    """A sum along an axis, or a vector of another number than one."""
    match left, right:
        case Ones(transposed=True), LinearMap() if right.rows:
            found = left.value * right.vjp(torch.ones(right.rows))
            return Dense(found, (), right.cols, of_derivative=not is_primal(right))
        case LinearMap(), Ones(transposed=False) if left.cols:
            found = right.value * left.jvp(torch.ones(left.cols))
            return Dense(found, left.rows, (), of_derivative=not is_primal(left))
        case Ones(transposed=False), LinearMap() if (
            right.cols and not right.rows
        ):  # 1 bᵀ: one row, for as many as it meets
            return Dense(left.value * right.dense()[None], (1,), right.cols, of_derivative=not is_primal(right))
        case LinearMap(), Ones(transposed=True) if left.rows and not left.cols:
            return Dense(right.value * left.dense()[..., None], left.rows, (1,), of_derivative=not is_primal(left))
        case (Ones() as ones, Constant(value=number)) | (Constant(value=number), Ones() as ones):
            if not (isinstance(left, Ones) and isinstance(right, Ones)):
                return replace(ones, value=ones.value * number)
    raise how_many_ones()


def _fits(left: Value, right: Value) -> bool:
    """Whether a factor with a single entry still takes part in a composition, as 1 x 1 maps in a chain do."""
    if not isinstance(left, LinearMap) or not isinstance(right, LinearMap):
        return False
    return not left.is_scalar and not right.is_scalar and left.cols == right.rows and left.cols != ()


def divide(above: Value, below: Value) -> Value:
    """A quotient: by a number or scalar, or of two arrays of one shape entry by entry."""
    number = scalar(below)
    if number is not None:
        if isinstance(above, Constant):
            if isinstance(below, Constant):
                if below.value == 0:
                    raise FormulaError("division by zero")
                quotient = above.value / below.value
                return replace(above, value=quotient) if isinstance(above, Ones) else Constant(quotient)
            return Dense(above.value / torch.as_tensor(number), (), (), of_derivative=not is_primal(below))
        return scale(1 / number if number != 0 else torch.tensor(float("nan")), above)
    if not is_primal(below) or (isinstance(above, LinearMap) and not is_primal(above)):
        raise ShapeError(f"shape: {describe(above)} is divided by {describe(below)}")
    return entrywise(torch.divide, above, below)


def is_entrywise(left: Value, right: Value) -> bool:
    r"""Whether a ``\cdot`` between two values may be meant entry by entry: they are arrays of one shape."""
    if not isinstance(left, LinearMap) or not isinstance(right, LinearMap) or scalar(left) is not None:
        return False
    return (left.rows, left.cols) == (right.rows, right.cols)


def combine(left: Value, right: Value, operator: str) -> Value:
    """The products that bind weaker than juxtaposition: elementwise, outer, elementwise quotient."""
    if operator == "cdot" and not is_entrywise(left, right):
        return multiply(left, right, operator)
    if operator in ENTRYWISE or operator == "cdot":
        return entrywise(torch.multiply, left, right)
    if operator == "oslash":
        return entrywise(torch.divide, left, right)
    if operator == "otimes":
        return _outer(left, right)
    if operator == "div":
        return divide(left, right)
    raise UnsupportedError(f"the operator \\{operator}")


def _outer(left: Value, right: Value) -> Value:
    if isinstance(left, LinearMap) and isinstance(right, LinearMap) and not left.cols and not right.cols:
        refuse_large("an outer product", left.rows + right.rows)
        array = torch.tensordot(as_array(left), as_array(right), dims=0)
        return Dense(array, left.rows, right.rows, of_derivative=not (is_primal(left) and is_primal(right)))
    if isinstance(left, LinearMap) and isinstance(right, LinearMap) and len(left.rows + left.cols) == 2:
        rows, cols = (math.prod(a) * math.prod(b) for a, b in ((left.rows, right.rows), (left.cols, right.cols)))
        refuse_large("a Kronecker product", (rows, cols))
        a, b = (as_array(item).reshape(math.prod(item.rows), math.prod(item.cols)) for item in (left, right))
        derived = not (is_primal(left) and is_primal(right))
        return Dense(torch.kron(a.contiguous(), b.contiguous()), (rows,), (cols,), of_derivative=derived)
    raise ShapeError(f"shape: the outer product of {describe(left)} and {describe(right)}")


def power(base: Value, exponent: Value) -> Value:
    """Powers of numbers and scalars, of square maps (repeated composition), of arrays entry by entry."""
    if isinstance(base, Ones):
        raise how_many_ones()
    if isinstance(base, Constant) and isinstance(exponent, Constant):
        try:
            result = base.value**exponent.value
        except (OverflowError, ZeroDivisionError):
            raise FormulaError("a power without a finite value") from None
        if isinstance(result, complex):
            raise FormulaError("a power without a real value")
        return Constant(result)
    number = scalar(base)
    if number is not None or (isinstance(base, Dense) and (base.elementwise or not base.cols) and is_primal(base)):
        return entrywise(torch.pow, base, exponent)
    if not isinstance(exponent, Constant) or abs(exponent.value) > 64:
        raise UnsupportedError("a power of a map must be a number of at most 64")
    assert isinstance(base, LinearMap)
    if base.rows != base.cols:
        raise ShapeError(f"shape: a power of {describe(base)}")
    if exponent.value != int(exponent.value):
        return _root(base, exponent.value)
    count = int(exponent.value)
    factor: LinearMap = inverse(base) if count < 0 else base
    result_map: Value = Constant(1.0)
    for _ in range(abs(count)):
        result_map = multiply(result_map, factor, "")
    return result_map


def _root(base: LinearMap, exponent: float) -> Value:
    """A power of a symmetric positive definite matrix that is no integer, by its eigenvalues."""
    array = base.dense()
    if array.dim() != 2 or not torch.allclose(array, array.T, rtol=1e-12, atol=0):
        raise UnsupportedError(f"the power {exponent:g} of a map that is not symmetric")
    values, vectors = torch.linalg.eigh(array)
    if not bool((values > 0).all()):
        raise FormulaError(f"the power {exponent:g} of a matrix that is not positive definite")
    return Dense(vectors @ torch.diag(values**exponent) @ vectors.T, base.rows, base.cols, False, not is_primal(base))


def inverse(value: LinearMap) -> LinearMap:
    if value.rows != value.cols or not value.rows:
        raise ShapeError(f"shape: the inverse of {describe(value)}")
    array = value.dense()
    size = array.numel()
    side = int(size**0.5)
    try:
        found = torch.linalg.inv(array.reshape(side, side)).reshape(array.shape)
    except RuntimeError:  # torch's LinAlgError
        raise FormulaError("the inverse of a singular matrix") from None
    return Dense(found, value.rows, value.cols, of_derivative=not is_primal(value))
