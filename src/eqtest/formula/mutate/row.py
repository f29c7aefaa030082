"""A row that is edited: the places in it, and what may stand there besides what is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from eqtest.formula.names import is_transpose, spellings
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Derivative,
    Group,
    Increment,
    Mark,
    Node,
    Product,
    Relation,
    Scripts,
    Symbol,
    children,
    rebuild,
    unscripted,
    walk,
    without_superscript,
)

MAX_LINKS = 12

Role = Literal["value", "variable", "script"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an author may have meant besides what is printed in the row; only repairs are looked for in it."""

    operands: tuple[Node, ...] = ()
    """Symbols, derivatives and applications of the other rows, and names of the snippet."""
    families: tuple[str, ...] = ()
    """Letters that have indices."""
    sums: tuple[BigOperator, ...] = ()
    """Sums over the running indices that are known; their bodies do not count."""
    counts: tuple[Node, ...] = ()
    """How many there are of something: what a mean is divided by."""
    functions: frozenset[str] = frozenset()
    """Python names of what is applied: the ``f`` of ``f(x)``."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a row, and where it stands."""

    node: Node
    context: Node
    """The smallest derivative, or the smallest scripted symbol, that it belongs to: what shows an edit."""
    parent: Node
    role: Role
    """``variable`` for the symbols of a derivative; ``script`` for indices and conditions."""
    above: Place | None = None

    def changed(self, new: Node) -> Node:
        """A copy of the row with another node here; everything else is shared."""
        old, place = self.node, self.above
        while place is not None:
            old, new, place = place.node, _with(place.node, old, new), place.above
        return _with(self.root, old, new)

    @property
    def root(self) -> Node:
        """The row."""
        return self.parent if self.above is None else self.above.root

    @property
    def is_whole(self) -> bool:
        """Whether it is an expression that is no factor of a product: a side, a term, an argument."""
        return self.role == "value" and not isinstance(self.parent, Product)


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and the letters that may stand in it besides its own."""

    tree: Relation
    vocabulary: Vocabulary | None
    operands: tuple[Node, ...] = field(init=False)
    """What is printed in the row, and then the rest of the vocabulary."""

    def __post_init__(self) -> None:
        found: tuple[Node, ...] = ()
        if self.vocabulary is not None:
            printed = dict.fromkeys((*operands(self.tree, self), *self.vocabulary.operands))
            whole = self.tree.sides[0]
            if isinstance(whole, Derivative) and len(whole.by) == 1:
                printed.update(dict.fromkeys(_links(whole, tuple(printed))))
            found = tuple(item for item in printed if item != whole)
        object.__setattr__(self, "operands", found)

    @property
    def sides(self) -> tuple[Node, ...]:
        return self.tree.sides

    def places(self, side: Node) -> Iterator[Place]:
        """Every node of a side, from the top."""
        return _places(Place(side, side, self.tree, "value"))

    def is_first(self, node: Node) -> bool:
        """Whether a node is the first side: what the row is about."""
        return node is self.tree.sides[0]

    def is_call(self, node: Product, position: int) -> bool:
        """Whether a symbol with a group behind it stands at a position: it may be an application."""
        if position < 0 or position + 1 >= len(node.factors) or node.operators[position]:
            return False
        head, behind = node.factors[position : position + 2]
        group = unscripted(behind)
        if not isinstance(group, Group) or group.left not in ("(", "["):
            return False
        base = unscripted(head)
        if not isinstance(base, Symbol):
            return False
        if self.vocabulary is None or any(name in self.vocabulary.functions for name in spellings(base)):
            return True
        return all(isinstance(item, Symbol | Scripts) for item in group.items)

    def is_head(self, place: Place) -> bool:
        """Whether a node is the ``f`` of ``f(x)``."""
        product = place.parent
        if not isinstance(product, Product):
            return False
        return any(factor is place.node and self.is_call(product, i) for i, factor in enumerate(product.factors))

    def units(self, node: Product) -> list[range]:
        """The positions of a product's factors, those of an application together."""
        found: list[range] = []
        position = 0
        while position < len(node.factors):
            size = 2 if self.is_call(node, position) else 1
            found.append(range(position, position + size))
            position += size
        return found

    @property
    def transpose(self) -> Node:
        """A transpose as the author writes it."""
        printed = (item.sup for item in walk(self.tree) if isinstance(item, Scripts) and is_transpose(item.sup))
        return next((item for item in printed if item is not None), Mark("T"))


def _places(place: Place) -> Iterator[Place]:
    yield place
    node, context = place.node, place.context
    shown = node if isinstance(node, Derivative) or not isinstance(context, Derivative | Scripts) else context
    for child in children(node):
        inner = shown if isinstance(shown, Derivative | Scripts) else child
        yield from _places(Place(child, inner, node, _role(place, child), place))


def _with(node: Node, old: Node, new: Node) -> Node:
    return rebuild(node, lambda child: new if child is old else child)


def _role(place: Place, child: Node) -> Role:
    if place.role != "value" or isinstance(child, Relation):
        return "script"
    match place.node:
        case Scripts(base=base):
            return "value" if child is base and not isinstance(base, Symbol) else "script"
        case BigOperator(body=body):
            return "value" if child is body else "script"
        case Derivative(of=of):
            return "value" if child is of and not isinstance(of, Symbol | Scripts) else "variable"
        case Apply(function=function):
            return "script" if child is function else "value"
        case Increment():
            return "variable"
    return "value"


def operands(tree: Node, row: Row) -> Iterator[Node]:
    """What is printed in a formula and may be a factor or a term elsewhere too."""
    sides = tree.sides if isinstance(tree, Relation) else (tree,)
    for place in (place for side in sides for place in _places(Place(side, side, tree, "value"))):
        node = place.node
        if place.role == "script":
            continue
        match node:
            case Symbol():
                if not is_transpose(node) and not row.is_head(place):
                    yield node
            case Scripts(base=Symbol()) if not row.is_head(place):
                yield from {bare(node): None, node: None}
            case Derivative() | Apply() | Group(left="|" | "||" | "<"):
                yield node
            case Product():
                for unit in row.units(node):
                    if len(unit) == 2:
                        yield Product(node.factors[unit.start : unit.stop], ("",), span=node.span)


def _links(whole: Derivative, printed: Sequence[Node]) -> Iterator[Derivative]:
    """What the chain rule of a derivative may be made of: those of the same value, and those by the same variable."""
    symbols = [item for item in printed if isinstance(item, Symbol | Scripts) and item not in (whole.of, *whole.by)]
    for item in symbols[:MAX_LINKS]:
        yield replace(whole, by=(item,), span=whole.span)
        yield replace(whole, of=item, span=whole.span)


def bare(node: Scripts) -> Node:
    """A symbol without its transpose."""
    return without_superscript(node) if is_transpose(node.sup) else node
