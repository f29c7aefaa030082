"""Arrays written out: matrices of entries or blocks, and lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from eqtest.autodiff.jacobian import Dense, LinearMap
from eqtest.autodiff.values import Constant, Value, as_array, is_primal, scalar
from eqtest.errors import FormulaSyntaxError, ShapeError, UnsupportedError
from eqtest.formula.tree import Group, Matrix

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def matrix(evaluator: Evaluator, node: Matrix) -> Value:
    """The value of a matrix, of entries or of blocks."""
    if len({len(row) for row in node.rows}) != 1:
        raise FormulaSyntaxError("the rows of the matrix differ in length", node.span)
    cells = [[evaluator.evaluate(cell) for cell in row] for row in node.rows]
    array = _blocks(cells, node)
    if node.delimiter == "vmatrix":
        return Dense(torch.linalg.det(array), (), ())
    derived = not all(is_primal(cell) or isinstance(cell, Constant) for row in cells for cell in row)
    if array.shape[1] == 1:
        return Dense(array[:, 0], (array.shape[0],), (), of_derivative=derived)
    return Dense(array, (array.shape[0],), (array.shape[1],), of_derivative=derived)


def listed(evaluator: Evaluator, node: Group) -> Value:
    """``(a, b)`` is a column of numbers, ``[a, b]`` a row."""
    values = [evaluator.evaluate(item) for item in node.items]
    if node.left not in ("(", "["):
        raise UnsupportedError("a list is not a value", node.span)
    if any(scalar(value) is None for value in values):
        return _joined(values, node)
    array = torch.stack([as_array(value).reshape(()) for value in values])
    derived = not all(is_primal(value) or isinstance(value, Constant) for value in values)
    shape = tuple(array.shape)
    rows, cols = (shape, ()) if node.left == "(" else ((), shape)
    return Dense(array, rows, cols, of_derivative=derived)


def _joined(values: Sequence[Value], node: Group) -> Value:
    """``[h, x]``: columns, or rows, one behind the other; numbers may stand among them."""
    arrays = [as_array(value).reshape(-1) for value in values]
    maps = [value for value in values if isinstance(value, LinearMap) and scalar(value) is None]
    derived = not all(is_primal(value) for value in maps)
    array = torch.cat(arrays)
    if all(len(value.rows) == 1 and not value.cols for value in maps):
        return Dense(array, tuple(array.shape), (), of_derivative=derived)
    if all(len(value.cols) == 1 and not value.rows for value in maps):
        return Dense(array, (), tuple(array.shape), of_derivative=derived)
    raise UnsupportedError("a list is not a value", node.span)


def _blocks(cells: Sequence[Sequence[Value]], node: Matrix) -> Tensor:
    """A matrix of its blocks; a number beside blocks is that multiple of the identity, and zero the zero block."""
    shapes = [[None if isinstance(cell, Constant) else _block(cell).shape for cell in row] for row in cells]
    heights = [max((shape[0] for shape in row if shape), default=0) for row in shapes]
    widths = [max((shape[1] for shape in column if shape), default=0) for column in zip(*shapes, strict=True)]
    for i, row in enumerate(cells):  # beside nothing but numbers an identity is square
        numbers = [j for j, cell in enumerate(row) if isinstance(cell, Constant) and cell.value]
        heights[i] = heights[i] or max((widths[j] for j in numbers), default=0) or 1
    for j, column in enumerate(zip(*cells, strict=True)):
        numbers = [i for i, cell in enumerate(column) if isinstance(cell, Constant) and cell.value]
        widths[j] = widths[j] or max((heights[i] for i in numbers), default=0) or 1
    rows = []
    for row, height in zip(cells, heights, strict=True):
        blocks = []
        for cell, width in zip(row, widths, strict=True):
            block = _block(cell)
            if isinstance(cell, Constant) and (cell.value == 0 or height == width):
                block = cell.value * torch.eye(height, width)
            if tuple(block.shape) != (height, width):
                shape = f"{tuple(block.shape)} in the place of one of shape {(height, width)}"
                raise ShapeError(f"shape: a block of shape {shape}", node.span)
            blocks.append(block)
        rows.append(torch.cat(blocks, 1))
    return torch.cat(rows)


def _block(value: Value) -> Tensor:
    """A cell of a matrix as a matrix: a number, a column, a row or a matrix."""
    array = as_array(value)
    if isinstance(value, Constant) or value.is_scalar:
        return array.reshape(1, 1)
    rows, cols = math.prod(value.rows), math.prod(value.cols)
    return array.reshape(rows, cols)
