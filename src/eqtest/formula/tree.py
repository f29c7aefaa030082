"""The tree of a formula as it is printed: nothing is looked up yet, and products are flat.

Every node knows its place (:attr:`Node.span`) in the LaTeX it was read from; places do not count when two trees are
compared.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from eqtest.span import Span

NOWHERE = Span(0, 0)
N = TypeVar("N")


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
    """Something in delimiters: ``( [ { < | || floor ceil``, or ``{}`` for braces that do not show."""

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
class Increment(Node):
    r"""``\mathrm d X``, ``\partial (X Y)``: a differential that no fraction makes a derivative of."""

    of: Node


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
    """A matrix, or a definition by cases: each row a value and its condition."""

    rows: tuple[tuple[Node, ...], ...]
    delimiter: str = ""

    @property
    def is_cases(self) -> bool:
        return self.delimiter == "cases"


@dataclass(frozen=True, slots=True)
class At(Node):
    r"""``X |_{x = x_0}``: the value of an expression where variables have other values."""

    of: Node
    conditions: tuple[Node, ...]


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


@functools.cache
def _node_fields(kind: Any) -> tuple[str, ...]:
    """The fields in which a kind of node has others."""
    return tuple(item.name for item in fields(kind) if "Node" in str(item.type))


def children(node: Node) -> list[Node]:
    """The nodes directly below one, left to right."""
    kind: Any = type(node)
    found: list[Node] = []
    for name in _node_fields(kind):
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, tuple):
                found += item
            elif item is not None:
                found.append(item)
    return found


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, from the top."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending += children(node)[::-1]


def extent(node: Node) -> int:
    """About how many values an expression is computed from: symbols and their derivatives count once."""
    found = 0
    pending = [node]
    while pending:
        node = pending.pop()
        found += 1
        if not _is_value(node.of if isinstance(node, Derivative) else node):
            pending += children(node)
    return found


def _is_value(node: Node) -> bool:
    return isinstance(unscripted(node), Symbol | Number)


def unscripted(node: N) -> N | Node:
    """What scripts and primes are printed on; the node itself where there are none."""
    return node.base if isinstance(node, Scripts) else node


def without_superscript(node: Scripts) -> Node:
    """The symbol or bracket with its other scripts."""
    return replace(node, sup=None) if node.sub or node.primes else node.base


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
    if first is second or type(first) is not type(second):
        return first is second
    if isinstance(first, Symbol) and isinstance(second, Symbol):
        first, second = (replace(item, font="") if item.font in _PLAIN else item for item in (first, second))
        return first == second
    return all(_same(getattr(first, name), getattr(second, name)) for name in field_names(first))


_PLAIN = frozenset(("bold", "roman", "sans", "type"))


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, Node) and isinstance(second, Node):
        return same(first, second)
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return bool(first == second)
