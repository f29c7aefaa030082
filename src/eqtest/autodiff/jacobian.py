"""Linear maps: what a derivative is, and what matrices, row vectors and columns are too.

A map takes the space of its columns to the space of its rows.  A Jacobian ``da/db`` has ``rows = a.shape`` and
``cols = b.shape``; a matrix ``W`` of shape (m, n) has ``rows = (m,)`` and ``cols = (n,)``; a column has
``cols = ()``, a row ``rows = ()``, a scalar neither.  ``vjp`` multiplies from the left, ``jvp`` from the right; no
Jacobian is built unless :meth:`LinearMap.dense` is asked for.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from eqtest.errors import ShapeError, UnsupportedError

Shape = tuple[int, ...]
MAX_DENSE = 2**24
"""Largest number of entries of a Jacobian or a product that is built in full."""


def refuse_large(what: str, shape: Shape) -> None:
    """Raises :class:`UnsupportedError` for an array of more than ``MAX_DENSE`` entries, before it is made."""
    size = math.prod(shape)
    if size > MAX_DENSE:
        raise UnsupportedError(f"{what} of shape {shape} would have {size} entries; {MAX_DENSE} is the limit")


class LinearMap(ABC):
    """A linear map from arrays of shape ``cols`` to arrays of shape ``rows``."""

    rows: Shape
    cols: Shape

    @abstractmethod
    def vjp(self, cotangent: Tensor) -> Tensor:
        """Pull back a cotangent of shape ``rows`` to one of shape ``cols``."""

    @abstractmethod
    def jvp(self, tangent: Tensor) -> Tensor:
        """Push a tangent of shape ``cols`` forward to one of shape ``rows``."""

    @property
    def is_scalar(self) -> bool:
        return not self.rows and not self.cols

    def dense(self) -> Tensor:
        """The map as an array of shape ``rows + cols``.

        Raises :class:`UnsupportedError` for one of more than ``MAX_DENSE`` entries.
        """
        one = torch.ones(())
        if not self.rows:
            return self.vjp(one)
        if not self.cols:
            return self.jvp(one)
        rows, cols = math.prod(self.rows), math.prod(self.cols)
        refuse_large("a Jacobian", self.rows + self.cols)
        if rows <= cols:
            basis = torch.eye(rows).reshape(rows, *self.rows)
            return torch.stack([self.vjp(unit) for unit in basis]).reshape(self.rows + self.cols)
        basis = torch.eye(cols).reshape(cols, *self.cols)
        columns = torch.stack([self.jvp(unit) for unit in basis], dim=-1)
        return columns.reshape(self.rows + self.cols)


@dataclass(eq=False)
class Dense(LinearMap):
    """A map given by its array of shape ``rows + cols``."""

    array: Tensor
    rows: Shape
    cols: Shape
    elementwise: bool = False
    """Made by an elementwise operation: a number added to it is added to every entry."""
    of_derivative: bool = False

    @classmethod
    def of_tensor(cls, tensor: Tensor, elementwise: bool = False) -> Dense:
        """A tensor of the snippet: a scalar, a column, a matrix, or an array that is a column of its shape."""
        shape = tuple(tensor.shape)
        if len(shape) == 2:
            return cls(tensor, shape[:1], shape[1:], elementwise)
        return cls(tensor, shape, (), elementwise)

    def vjp(self, cotangent: Tensor) -> Tensor:
        return contract(cotangent, self.array, len(self.rows))

    def jvp(self, tangent: Tensor) -> Tensor:
        return contract(self.array, tangent, len(self.cols))

    def dense(self) -> Tensor:
        return self.array


@dataclass(eq=False)
class Jacobian(LinearMap):
    """``d of / d by`` through the live graph, with ``by`` taken as the independent variable.

    With ``differentiable`` its products can be differentiated again; paths through ``held`` tensors are cut.
    """

    of: Tensor
    by: Tensor
    differentiable: bool = False
    held: tuple[Tensor, ...] = ()
    jitter: Callable[[Tensor, object], Tensor] | None = None

    def __post_init__(self) -> None:
        self.rows, self.cols = tuple(self.of.shape), tuple(self.by.shape)
        self.has_path = True

    def vjp(self, cotangent: Tensor) -> Tensor:
        found = self._grad(cotangent, self.differentiable)
        if found is None:
            return torch.zeros(self.cols)
        return found if self.jitter is None else self.jitter(found, self)

    def _grad(self, cotangent: Tensor, differentiable: bool) -> Tensor | None:
        if not self.of.requires_grad:
            self.has_path = False
            return None
        hooks = [tensor.register_hook(torch.zeros_like) for tensor in self.held]  # type: ignore[no-untyped-call]
        try:
            (found,) = torch.autograd.grad(
                self.of, self.by, cotangent, retain_graph=True, create_graph=differentiable, allow_unused=True
            )
        finally:
            for hook in hooks:
                hook.remove()
        self.has_path = found is not None
        return found

    def jvp(self, tangent: Tensor) -> Tensor:
        # The derivative of the (linear) pullback with respect to its cotangent, pulled back along the tangent.
        dummy = torch.zeros(self.rows, requires_grad=True)
        with torch.enable_grad():
            pulled = self._grad(dummy, True)
        if pulled is None or not pulled.requires_grad:
            return torch.zeros(self.rows)
        (found,) = torch.autograd.grad(
            pulled, dummy, tangent, retain_graph=True, create_graph=self.differentiable, allow_unused=True
        )
        return torch.zeros(self.rows) if found is None else found


@dataclass(eq=False)
class Identity(LinearMap):
    """A multiple of the identity on arrays of one shape."""

    rows: Shape
    factor: float = 1.0

    def __post_init__(self) -> None:
        self.cols = self.rows

    def vjp(self, cotangent: Tensor) -> Tensor:
        return self.factor * cotangent

    def jvp(self, tangent: Tensor) -> Tensor:
        return self.factor * tangent


@dataclass(eq=False)
class Zero(LinearMap):
    rows: Shape
    cols: Shape

    def vjp(self, cotangent: Tensor) -> Tensor:
        return cotangent.new_zeros(self.cols)

    def jvp(self, tangent: Tensor) -> Tensor:
        return tangent.new_zeros(self.rows)


@dataclass(eq=False)
class Scaled(LinearMap):
    """A map times a scalar."""

    factor: Tensor | float
    map: LinearMap

    def __post_init__(self) -> None:
        self.rows, self.cols = self.map.rows, self.map.cols

    def vjp(self, cotangent: Tensor) -> Tensor:
        return self.factor * self.map.vjp(cotangent)

    def jvp(self, tangent: Tensor) -> Tensor:
        return self.factor * self.map.jvp(tangent)


@dataclass(eq=False)
class Composed(LinearMap):
    """``left`` after ``right``: the product in written order.

    The pullback of 1 through a ``left`` that starts at a scalar is kept, so rows that share a prefix share its cost.
    """

    left: LinearMap
    right: LinearMap

    def __post_init__(self) -> None:
        self.rows, self.cols = self.left.rows, self.right.cols
        self._row: Tensor | None = None

    def vjp(self, cotangent: Tensor) -> Tensor:
        if self.rows:
            return self._pull(cotangent)
        if self._row is None:
            self._row = self._pull(torch.ones(()))
        return cotangent * self._row

    def _pull(self, cotangent: Tensor) -> Tensor:
        """Left to right along the chain, without recursion: chains are as long as networks are deep."""
        chain: list[Composed] = [self]
        first = self.left
        while isinstance(first, Composed) and (first.rows or first._row is None):
            chain.append(first)
            first = first.left
        pulled = first.vjp(cotangent)
        for product in reversed(chain):
            if product.left.cols:
                pulled = product.right.vjp(pulled)
            else:  # an outer product: the right factor starts at a scalar
                pulled = contract(pulled, product.right.vjp(torch.ones(())), 0)
            if not product.rows:
                product._row = pulled
        return pulled

    def jvp(self, tangent: Tensor) -> Tensor:
        product: LinearMap = self
        while isinstance(product, Composed):
            tangent = product.right.jvp(tangent)
            product = product.left
        return product.jvp(tangent)


@dataclass(eq=False)
class Added(LinearMap):
    """A sum of maps of one shape."""

    terms: tuple[LinearMap, ...]

    def __post_init__(self) -> None:
        self.rows, self.cols = self.terms[0].rows, self.terms[0].cols

    def vjp(self, cotangent: Tensor) -> Tensor:
        return torch.stack([term.vjp(cotangent) for term in self.terms]).sum(0)

    def jvp(self, tangent: Tensor) -> Tensor:
        return torch.stack([term.jvp(tangent) for term in self.terms]).sum(0)


@dataclass(eq=False)
class Transposed(LinearMap):
    map: LinearMap

    def __post_init__(self) -> None:
        self.rows, self.cols = self.map.cols, self.map.rows

    def vjp(self, cotangent: Tensor) -> Tensor:
        return self.map.jvp(cotangent)

    def jvp(self, tangent: Tensor) -> Tensor:
        return self.map.vjp(tangent)


@dataclass(eq=False)
class Selected(LinearMap):
    """Some of the columns of a map: the derivative by an entry, a row or a column of a tensor."""

    map: LinearMap
    entry: tuple[int | slice, ...]

    def __post_init__(self) -> None:
        self.rows, self.cols = self.map.rows, tuple(torch.empty(self.map.cols, device="meta")[self.entry].shape)

    def vjp(self, cotangent: Tensor) -> Tensor:
        return self.map.vjp(cotangent)[self.entry]

    def jvp(self, tangent: Tensor) -> Tensor:
        full = torch.zeros(self.map.cols)
        full[self.entry] = tangent
        return self.map.jvp(full)


def contract(left: Tensor, right: Tensor, axes: int) -> Tensor:
    """The last ``axes`` axes of one array summed against the first ones of another."""
    found: Tensor = torch.tensordot(left, right, dims=axes)
    return found


def transpose(value: LinearMap) -> LinearMap:
    if isinstance(value, Transposed):
        return value.map
    if isinstance(value, Dense):
        rows = len(value.rows)
        axes = (*range(rows, value.array.dim()), *range(rows))
        return Dense(value.array.permute(axes), value.cols, value.rows, value.elementwise, value.of_derivative)
    return Transposed(value)


def compose(left: LinearMap, right: LinearMap) -> LinearMap:
    """The product in written order; raises :class:`ShapeError` where the inner spaces differ."""
    if left.cols != right.rows:
        raise ShapeError(f"shape: a factor that ends in {left.cols} before one that starts with {right.rows}")
    if isinstance(left, Identity) and left.factor == 1:
        return right
    if isinstance(right, Identity) and right.factor == 1:
        return left
    return Composed(left, right)


def squeezed(value: LinearMap) -> LinearMap:
    """A matrix with one row as the row it is, one with one column as a column."""
    if value.rows and value.cols and (1,) in (value.rows, value.cols):
        rows = () if value.rows == (1,) else value.rows
        cols = () if value.cols == (1,) else value.cols
        elementwise, derived = getattr(value, "elementwise", False), getattr(value, "of_derivative", True)
        return Dense(value.dense().reshape(rows + cols), rows, cols, elementwise, derived)
    return value


def matrix_view(value: LinearMap) -> LinearMap:
    """A column of matrices as the matrix it is: what ``dL/dW`` is in gradient and denominator layout."""
    if len(value.rows) == 2 and not value.cols:
        return Dense(value.dense(), value.rows[:1], value.rows[1:], of_derivative=True)
    return value
