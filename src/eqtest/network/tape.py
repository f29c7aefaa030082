"""The operations that autograd has recorded, as torch exposes them on live tensors.

An operation is a torch ``Node``: ``next_functions`` are its inputs, each a slot ``(node, output number)``. Everything
here and in the modules above works on these attributes alone, so nothing needs to import torch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Node = Any
Slot = tuple[Node, int]
"""One output of one operation: a tensor that may have been given a name."""

RESHAPES = frozenset(
    ("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze", "Alias", "Clone", "ToCopy", "Expand")
)
"""Operations whose result is their input in another form."""
SELECTIONS = RESHAPES | frozenset(["T", "Transpose", "Permute", "Select", "Slice"])
"""... or a part or a transpose of it."""


def operation(node: Node) -> str:
    """``Mv`` for ``MvBackward0``, ``AccumulateGrad`` for a leaf."""
    return re.sub(r"Backward\d*$", "", node.name().rpartition("::")[2])


def inputs(node: Node) -> list[Slot | None]:
    """The inputs of an operation in order; ``None`` for what takes no part in the graph."""
    return [slot if slot[0] is not None else None for slot in node.next_functions]


def leaf(node: Node) -> Any:
    """The leaf tensor behind a node of kind ``AccumulateGrad``, else ``None``."""
    return node.variable if operation(node) == "AccumulateGrad" else None


def is_sum(node: Node) -> bool:
    """Whether an operation is ``a + b``, without a factor before ``b``."""
    return operation(node) == "Add" and getattr(node, "_saved_alpha", 1) == 1


def through(slot: Slot, operations: Iterable[str], named: Mapping[Slot, str]) -> Slot:
    """Follow a slot back through some operations of one input, at most to a named tensor."""
    while slot not in named and operation(slot[0]) in operations:
        before = inputs(slot[0])[0]
        if before is None:
            break
        slot = before
    return slot


def topological(roots: Iterable[Node]) -> list[Node]:
    """Every operation that the roots depend on, and the roots, each once and after its inputs."""
    order: list[Node] = []
    entered: set[Node] = set()
    waiting = [(root, False) for root in roots][::-1]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node not in entered:
            entered.add(node)
            waiting.append((node, True))
            waiting += [(slot[0], False) for slot in inputs(node)[::-1] if slot is not None]
    return order
