"""Whether two runs of a snippet drew different numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor


def same_values(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether all tensors of two namespaces are equal, in containers and modules too."""
    left, right = list(tensors(first)), list(tensors(second))
    return len(left) == len(right) and all(map(_equal, left, right))


def _equal(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors hold the same values; those that cannot be compared, as those without values, say nothing."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.is_meta or second.is_meta:
        return True
    try:
        return torch.equal(strided(first), strided(second))
    except RuntimeError:  # torch has no equality for this kind
        return True


def strided(tensor: Tensor) -> Tensor:
    """A sparse tensor with all its entries; any other as it is."""
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def tensors(value: Any, depth: int = 4) -> Iterator[Tensor]:
    """The tensors in a namespace, down to ``depth`` containers."""
    yield from (tensor.detach() for tensor in _tensors(value, depth))


def graph_tensors(value: Any) -> list[Tensor]:
    """The tensors in a value that take part in differentiation."""
    return [tensor for tensor in _tensors(value, 4) if tensor.requires_grad]


def leads_to(source: Any, value: Tensor) -> bool:
    """Whether a value was computed from a tensor, or from one of the tensors of a container."""
    sources = [tensor for tensor in graph_tensors(source) if tensor is not value]
    if not sources or not value.requires_grad:
        return False
    found = torch.autograd.grad(value, sources, torch.zeros_like(value), retain_graph=True, allow_unused=True)
    return any(item is not None for item in found)


def _tensors(value: Any, depth: int) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, torch.nn.Module):
        yield from value.parameters()
    elif depth and isinstance(value, Mapping):
        for name, item in value.items():
            if not (isinstance(name, str) and name.startswith("__")):
                yield from _tensors(item, depth - 1)
    elif depth and isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item, depth - 1)
