"""Edits of what a product is made of: transposes, inverses, roots, primes and functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqtest.formula.mutate.indices import only_item, without_power
from eqtest.formula.mutate.row import Place, Row
from eqtest.formula.names import is_inverse_transpose, is_transpose
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Derivative,
    Empty,
    Group,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Root,
    Scripts,
    Sum,
    Symbol,
    walk,
)

_ONE = Number("1")
_EXCHANGED = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "max": "min", "min": "max", "log": "exp",
              "exp": "log"}  # fmt: skip
_FORGOTTEN = ("diag", "log", "exp")
_INVERSE = Sum((_ONE,), ("-",))
_HALF = Quotient(_ONE, Number("2"))


def transposes(place: Place, row: Row) -> Iterator[Node]:
    """A transpose more or less."""
    node = place.node
    if place.role != "value" or row.is_head(place) or not takes_transpose(node):
        return
    if row.vocabulary is None and not (isinstance(place.parent, Product) and _is_symbol(node)):
        return
    yield transposed(node, row)


def takes_transpose(node: Node) -> bool:
    if isinstance(node, Sum) and len(node.terms) == 1:
        return False  # it is what the sign stands before that is transposed
    return isinstance(node, Symbol | Scripts | Group | Derivative | Apply | Matrix | Product | Sum | BigOperator)


def _is_symbol(node: Node) -> bool:
    plain = isinstance(node, Scripts) and (node.sup is None or is_transpose(node.sup))
    return isinstance(node, Symbol) or plain


def transposed(node: Node, row: Row) -> Node:
    """An expression transposed, as one would print it; without its transpose where it has one."""
    match node:
        case Scripts(sup=sup) if is_transpose(sup):
            return without_power(node)
        case Scripts(sup=None, primes=0):
            return replace(node, sup=row.transpose)
        case Scripts(sup=Product(factors=(first, last), operators=("",)) as sup) if is_transpose(last):
            return replace(node, sup=replace(first, span=sup.span))
        case Scripts(sup=sup) if sup == _INVERSE:
            return replace(node, sup=Sum((row.transpose,), ("-",)))
        case Scripts(sup=sup) if is_inverse_transpose(sup):
            return replace(node, sup=_INVERSE)
        case Scripts() | Derivative(kind="nabla"):
            return Scripts(Group((node,), "{}"), (), row.transpose, span=node.span)
        case Sum() | Product() | BigOperator():
            return Scripts(Group((node,), "("), (), row.transpose, span=node.span)
        case Group(left="(" | "[", items=(Scripts(base=base, sub=(), sup=sup, primes=0),)) if is_transpose(sup):
            return replace(node, items=(only_item(base),))
    return Scripts(node, (), row.transpose, span=node.span)


def exponents(place: Place, row: Row) -> Iterator[Node]:
    """An inverse, a square or a root, forgotten or too many."""
    node = place.node
    if place.role != "value" or row.is_head(place):
        return
    match node:
        case Root(radicand=radicand):
            yield radicand if place.is_whole or not isinstance(radicand, Sum) else Group((radicand,), "(")
        case Scripts(sup=Sum(terms=(power,), signs=("-",))):
            yield without_power(node)
            if not is_transpose(power):
                yield replace(node, sup=power)
        case Scripts(sup=Quotient() | Symbol() as sup) if not is_transpose(sup):
            yield without_power(node)
            yield replace(node, sup=Sum((sup,), ("-",)))
        case Scripts(sup=Number() as sup):
            yield replace(node, sup=Sum((sup,), ("-",)))
    if isinstance(node, Number | Relation | Sum | Product | BigOperator | Quotient) or _has_power(node):
        return
    yield Root(node, span=node.span)
    for power in (Number("2"), _INVERSE, Sum((_HALF,), ("-",)), Number("3")):
        yield _raised(node, power)


def _has_power(node: Node) -> bool:
    return isinstance(node, Scripts) and node.sup is not None and not isinstance(node.sup, Group)


def _raised(node: Node, power: Node) -> Node:
    if isinstance(node, Scripts) and node.sup is None and not node.primes:
        return replace(node, sup=power)
    if isinstance(node, Symbol | Apply) or (isinstance(node, Group) and node.left != "{}"):
        return Scripts(node, (), power, span=node.span)
    return Scripts(Group((node,), "("), (), power, span=node.span)


def quotients(place: Place, _row: Row) -> Iterator[Node]:
    """A fraction upside down, or its denominator a square or a root."""
    match place.node:
        case Quotient(numerator=above, denominator=below):
            yield replace(place.node, numerator=below, denominator=above)
            yield replace(place.node, denominator=Root(below))
            yield above
            yield Product((above, below), ("",), span=place.node.span)
        case Derivative(of=Symbol() | Scripts() as of, by=(by,)) if not isinstance(by, Empty):
            yield replace(place.node, of=by, by=(of,))


def primed(place: Place, row: Row) -> Iterator[Node]:
    r"""A prime forgotten: ``\sigma(z)`` for ``\sigma'(z)``."""
    node = place.node
    if isinstance(node, Apply) and isinstance(node.function, Symbol):
        yield replace(node, function=Scripts(node.function, primes=1, span=node.function.span))
    elif row.is_head(place):
        if isinstance(node, Symbol):
            yield Scripts(node, primes=1, span=node.span)
        elif isinstance(node, Scripts) and not node.primes:
            yield replace(node, primes=1)


def applied(place: Place, row: Row) -> Iterator[Node]:
    """A function forgotten, too many, or another one."""
    node = place.node
    if place.role != "value" or row.is_first(node) or row.is_head(place):
        return
    names = dict.fromkeys((*_names(row), *_FORGOTTEN))
    if isinstance(node, Apply) and isinstance(node.function, Symbol):
        if len(node.arguments) == 1:
            yield node.arguments[0] if place.is_whole else Group(node.arguments, "(", span=node.span)
        own = node.function.name
        for name in dict.fromkeys((*filter(None, (_EXCHANGED.get(own),)), *names)):
            if name != own:
                yield replace(node, function=replace(node.function, name=name))
    if not isinstance(node, Number | Relation):
        inner = node.items if isinstance(node, Group) and node.left == "(" else (node,)
        for name in names:
            yield Apply(Symbol(name, "operator"), inner, span=node.span)


def _names(row: Row) -> Iterator[str]:
    """The functions printed in a row, and in the rest of its display."""
    for root in (row.tree, *row.operands):
        for item in walk(root):
            if isinstance(item, Apply) and isinstance(item.function, Symbol) and item.function.font == "operator":
                yield item.function.name
