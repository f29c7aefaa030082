"""The tree of a formula as it is printed: nothing is looked up yet, and products are flat.

Every node knows its place (:attr:`Node.span`) in the LaTeX it was read from; places do not count when two trees are
compared.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from eqtest.span import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A decimal number as printed."""

    text: str


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    """A letter, a Greek letter by its name (``delta``), or a word (``softmax`` in ``\\mathrm{softmax}``)."""

    name: str
    font: str = ""
    """``bold cal bb frak roman sans type`` or empty; ``operator`` for words."""
    accents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark(Node):
    """What stands in a superscript without being a value: ``\\top``, ``*``, ``+``, ``\\dagger``."""

    name: str


@dataclass(frozen=True, slots=True)
class Dots(Node):
    """``\\cdots``, ``\\ldots``, ``\\vdots``, ``\\ddots``: the terms between their neighbours."""

    kind: str


@dataclass(frozen=True, slots=True)
class Scripts(Node):
    """A base with subscripts (comma-separated ones apart), one superscript and primes."""

    base: Node
    sub: tuple[Node, ...] = ()
    sup: Node | None = None
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Group(Node):
    """Something in delimiters: ``( [ { < | ||``, or ``{}`` for braces that do not show."""

    items: tuple[Node, ...]
    left: str = "("


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """``signs[i]`` belongs to ``terms[i]``; ``+`` for a first term without one."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    """``operators[i]`` stands between ``factors[i]`` and ``factors[i + 1]``: empty for juxtaposition."""

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Node):
    numerator: Node
    denominator: Node


@dataclass(frozen=True, slots=True)
class Root(Node):
    radicand: Node


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """``of`` differentiated by each of ``by`` in turn; a variable of order two stands twice.

    A bare nabla is by :class:`Empty`: by the argument of what it stands before.
    """

    of: Node
    by: tuple[Node, ...]
    kind: str = "partial"
    """``partial`` for ``\\partial``, ``total`` for ``d`` and ``\\mathrm d``, ``nabla``.

    ``immediate``, for ``\\partial^+``, holds the rest of the family of ``of`` fixed (Werbos 1990).
    """


@dataclass(frozen=True, slots=True)
class BigOperator(Node):
    """``\\sum``, ``\\prod``, ``\\mathbb E_i`` (kind ``mean``), ``\\max_i`` with what stands under and over them."""

    kind: str
    conditions: tuple[Node, ...]
    upper: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """A built-in function and its arguments: ``\\tanh z``, ``\\max(a, b)``."""

    function: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """Sides joined by relations: a row, or a condition such as ``i = 1`` under a sum."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    rows: tuple[tuple[Node, ...], ...]
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Empty(Node):
    """A cell of a matrix with nothing in it."""


def field_names(node: Node) -> tuple[str, ...]:
    """The fields of a node that hold its content, left to right."""
    kind: Any = type(node)
    return _field_names(kind)


@functools.cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind) if item.name != "span")


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below one, left to right."""
    for name in field_names(node):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, from the top."""
    yield node
    for child in children(node):
        yield from walk(child)


def count(node: Node) -> int:
    """How many nodes a tree has."""
    return sum(1 for _ in walk(node))


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """A copy with every child changed; the node itself when none of them is."""
    changes = {}
    for name in field_names(node):
        value = getattr(node, name)
        changed = _changed(value, change)
        if changed is not value:
            changes[name] = changed
    return replace(node, **changes) if changes else node


def _changed(value: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple) and value and not isinstance(value[0], str):
        items = tuple([_changed(item, change) for item in value])
        return items if any(map(operator.is_not, items, value)) else value
    return value


def substitute(node: Node, new: Mapping[int, Node]) -> Node:
    """A copy in which the very nodes whose ``id`` is a key are replaced; everything else is shared."""
    found = new.get(id(node))
    return found if found is not None else rebuild(node, lambda child: substitute(child, new))


def same(first: Node, second: Node) -> bool:
    """Whether two expressions are the same to the reader's eye but for bold and upright letters."""
    return _plain_fonts(first) == _plain_fonts(second)


def _plain_fonts(node: Node) -> Node:
    if isinstance(node, Symbol):
        return replace(node, font="") if node.font in ("bold", "roman", "sans", "type") else node
    return rebuild(node, _plain_fonts)
