"""Which leaves of an autograd graph are weights, and which are inputs of the network.

Autograd knows no difference, but what the code does with a leaf shows it: the matrix of a product with an activation,
a kernel, an ``nn.Parameter``, a vector that is added to an activation are weights; what a matrix is applied to, and
what goes through a function, is an input.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eqtest.network.naming import symbol
from eqtest.network.tape import SELECTIONS, Node, Slot, inputs, leaf, operation, through

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FACTORS = {
    **dict.fromkeys(("Mv", "Mm", "Bmm", "Dot", "Mul"), (0, 1)),
    **dict.fromkeys(("Addmv", "Addmm", "Baddbmm"), (1, 2)),
}
"""Products: operation -> positions of its two factors. A further input is added to their product."""
MATRIX_FIRST = frozenset(("Mv", "Addmv"))
TRANSPOSES = frozenset(("T", "Transpose", "Permute"))
LAYERS = frozenset(["Convolution", "Linear", "NativeLayerNorm", "NativeGroupNorm", "NativeBatchNorm"])
"""Operations of an input and its parameters, in this order."""
LOOKUPS = frozenset(("Embedding", "Index"))
INPUT_LETTERS = ("x", "X", "s", "h")
"""Begin the names of what usually goes into a network."""

VERDICTS = {
    "lookup": False,
    "parameter": True,
    "vector": False,
    "matrix": True,
    "argument": False,
    "factor": True,
    "either": None,
    "addend": True,
}
"""What a leaf in this role is: a weight, not one, or one of two leaves of which one is. Earlier roles count more."""


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two leaves multiplied with each other: one is a weight, the other its input."""

    left: int
    right: int
    transposed: bool
    """Whether the right one is transposed, as the weight is in ``x @ W.T``."""


def weights_among(nodes: Iterable[Node], names: Mapping[int, str]) -> frozenset[int]:
    """The identities of those leaves of the graph that are weights; ``names`` of the leaves break ties."""
    roles: dict[int, set[str]] = defaultdict(set)
    rivals: list[Rivals] = []
    for node in nodes:
        tensor = leaf(node)
        if tensor is not None and any(kind.__name__ == "Parameter" for kind in type(tensor).__mro__):
            roles[id(tensor)].add("parameter")
        slots = inputs(node)
        operands = [None if slot is None else _leaf_behind(slot) for slot in slots]
        for position, operand in enumerate(operands):
            if operand is not None and (role := _role(operation(node), position, slots, operands)):
                roles[id(operand)].add(role)
                if role == "either":
                    rivals.append(_rivals(operation(node), slots, operands))
    verdicts = {key: next(VERDICTS[role] for role in VERDICTS if role in played) for key, played in roles.items()}
    _settle(verdicts, rivals, names)
    return frozenset(key for key, verdict in verdicts.items() if verdict)


def multiplies_constant(node: Node) -> bool:
    """Whether an operation applies weights to a tensor that is no part of the graph."""
    kind = operation(node)
    positions = (0,) if kind in LAYERS else FACTORS.get(kind, ()) if kind != "Mul" else ()
    slots = inputs(node)
    return any(slots[position] is None for position in positions)


def _leaf_behind(slot: Slot) -> Any:
    return leaf(through(slot, SELECTIONS, {})[0])


def _role(kind: str, position: int, slots: list[Slot | None], operands: list[Any]) -> str:
    """The role of the leaf at a position of an operation; empty where it says nothing about the leaf."""
    if kind in SELECTIONS:
        return ""
    if kind in LOOKUPS:
        return "lookup"
    if kind in LAYERS:
        return "matrix" if position else "argument"
    if kind in FACTORS and position in FACTORS[kind]:
        first, second = FACTORS[kind]
        return _factor_role(kind, position, second if position == first else first, slots, operands)
    if kind in FACTORS:
        return "addend"
    if kind == "Add":
        partner = 1 - position
        if slots[partner] is None:
            return ""
        return "addend" if operands[partner] is None else "argument"
    return "argument"


def _factor_role(kind: str, position: int, partner: int, slots: list[Slot | None], operands: list[Any]) -> str:
    mine, other = operands[position], operands[partner]
    if kind in MATRIX_FIRST:
        return "matrix" if position < partner else "vector"
    if kind == "Mul" and (slots[partner] is None or mine is other):
        return "" if slots[partner] is None else "argument"
    if kind in ("Mul", "Dot"):
        return "factor" if other is None else "either"
    if mine.ndim < 2 or mine is other:
        return "vector"
    return "either" if other is not None and other.ndim >= 2 else "matrix"


def _rivals(kind: str, slots: list[Slot | None], operands: list[Any]) -> Rivals:
    first, second = FACTORS[kind]
    right = slots[second]
    assert right is not None  # both factors are leaves
    return Rivals(id(operands[first]), id(operands[second]), operation(right[0]) in TRANSPOSES)


def _settle(verdicts: dict[int, bool | None], rivals: Iterable[Rivals], names: Mapping[int, str]) -> None:
    """Decide between leaves that are multiplied with each other: by the rival, the family, the name, the order."""

    families = {symbol(names[key]).base for key, verdict in verdicts.items() if verdict and key in names}

    def likelihood(key: int) -> int:
        name = names.get(key, "")
        in_family = bool(name) and symbol(name).base in families
        return in_family + name.startswith(("w", "W")) - (name[:1] in INPUT_LETTERS)

    for pair in rivals:
        left, right = verdicts[pair.left], verdicts[pair.right]
        if left is None and right is None:
            likely = likelihood(pair.left) - likelihood(pair.right)
            left = likely > 0 if likely else not pair.transposed
        verdicts[pair.left] = left if left is not None else not right
        verdicts[pair.right] = right if right is not None else not left
