"""Nodes that live only while a row is being built: heads that wait for what stands to the right of them, and braces."""

from __future__ import annotations

from dataclasses import dataclass

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.formula.tree import (
    Derivative,
    Node,
    Number,
)


@dataclass(frozen=True, slots=True)
class Differential(Node):
    r"""``\partial^2 a`` or a bare ``\partial``."""

    of: Node | None
    order: int = 1
    kind: str = "partial"


@dataclass(frozen=True, slots=True)
class DerivativeHead(Node):
    r"""``\frac{\partial}{\partial b}``, ``\nabla_b``: differentiates what follows."""

    by: tuple[Node, ...]
    kind: str
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class PartialOf(Node):
    r"""``\partial_x f``, which may go on with the arguments of ``f``."""

    derivative: Derivative


@dataclass(frozen=True, slots=True)
class BigHead(Node):
    kind: str
    conditions: tuple[Node, ...] = ()
    upper: Node | None = None


@dataclass(frozen=True, slots=True)
class FunctionHead(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Braces(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Ratio(Node):
    """``a / b / c``: what stands around it may belong to its first operand, or to its last."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class OpenRatio(Node):
    r"""``a / \sum_i``, ``a / \exp``: a quotient whose denominator waits for what follows."""

    numerator: Node
    head: Node


UNFINISHED = (OpenRatio, Differential, DerivativeHead, BigHead, FunctionHead, Braces)


def dangling(node: Node) -> FormulaSyntaxError:
    if isinstance(node, Differential):
        return FormulaSyntaxError("a differential that is not part of a derivative", node.span)
    if isinstance(node, Braces):
        return FormulaSyntaxError("a comma cannot stand here", node.span)
    return FormulaSyntaxError("an operand is missing after this", node.span)


def derivative_order(node: Node) -> int:
    value = only(node)
    if isinstance(value, Number) and value.text in "1234":
        return int(value.text)
    raise UnsupportedError("the order of a derivative must be a number up to 4", value.span)


def only(node: Node) -> Node:
    """The single item of braces; anything else as it is."""
    if isinstance(node, PartialOf):
        return node.derivative
    if not isinstance(node, Braces):
        return node
    if len(node.items) != 1:
        raise FormulaSyntaxError("a comma cannot stand here", node.span)
    return only(node.items[0])
