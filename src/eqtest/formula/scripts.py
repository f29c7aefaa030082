"""The scripts of a printed symbol, sorted into indices, parts of its name, powers and transposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eqtest.errors import UnboundSymbolError
from eqtest.formula.latex import latex
from eqtest.formula.names import is_transpose, script_text, spellings
from eqtest.formula.scope import Scope, integer
from eqtest.formula.tree import Group, Mark, Node, Product, Scripts, Symbol, walk

Index = int | slice
"""An index as printed; a colon is a full slice."""


@dataclass(slots=True)
class Parts:
    """The scripts of a symbol, sorted."""

    suffixes: list[str]
    indices: list[Index]
    layer: bool = False
    """Whether the first index is a layer, printed as a superscript in parentheses."""
    power: Node | None = None
    transposed: bool = False


def free_letters(node: Node) -> frozenset[str]:
    return frozenset(item.name for item in walk(node) if isinstance(item, Symbol))


def sort_scripts(node: Scripts, scope: Scope) -> Parts:
    """Indices in the order in which they apply (layer first), parts of the name, a power or a transpose."""
    parts = Parts([], [])
    sup = node.sup
    if isinstance(sup, Product) and not any(sup.operators) and is_transpose(sup.factors[-1]):
        parts.transposed = True
        rest = sup.factors[:-1]
        sup = rest[0] if len(rest) == 1 else Product(rest, sup.operators[:-1], span=sup.span)
    if sup is not None:
        layer = integer(sup.items[0], scope) if isinstance(sup, Group) and len(sup.items) == 1 else None
        text = script_text(sup)
        if layer is not None:
            parts.indices.append(layer)
            parts.layer = True
        elif is_transpose(sup) and not parts.transposed:
            parts.transposed = True
        elif text and (_is_word(sup) or _names_member(node, sup, text, scope)):
            parts.suffixes.append(text)
        else:
            parts.power = sup
    for item in node.sub:
        _sort_subscript(item, parts, scope)
    return parts


def _is_word(sup: Node) -> bool:
    r"""A mark or a word as a superscript, alone or in parentheses: ``w^*``, ``w^{(\text{new})}``."""
    inner = sup.items[0] if isinstance(sup, Group) and sup.left == "(" and len(sup.items) == 1 else sup
    return isinstance(inner, Mark) or (isinstance(inner, Symbol) and len(inner.name) > 1)


def _names_member(node: Scripts, sup: Node, text: str, scope: Scope) -> bool:
    """Whether letters in a superscript are part of a name of the snippet: ``W^Q`` where it binds ``W_Q``.

    A letter that is an index, or with a base and a value of its own a power, is not.
    """
    if not isinstance(node.base, Symbol) or integer(sup, scope) is not None:
        return False
    stems = spellings(node.base)
    letter = sup.items[0] if isinstance(sup, Group) and len(sup.items) == 1 else sup
    power = isinstance(letter, Symbol) and any(name in scope.namespace for name in spellings(letter))
    if power and any(stem in scope.namespace or stem == "e" for stem in stems):
        return False
    return any(f"{stem}{joiner}{text}" in scope.namespace for stem in stems for joiner in ("_", ""))


def _sort_subscript(item: Node, parts: Parts, scope: Scope) -> None:
    if isinstance(item, Group) and item.left == "(" and len(item.items) > 1:
        for inner in item.items:
            _sort_subscript(inner, parts, scope)
        return
    if isinstance(item, Group) and item.left in ("<", "[") and len(item.items) == 1:
        item = item.items[0]  # h_{\langle t \rangle}, x_{[i]}
    if item == Mark(":"):
        parts.indices.append(slice(None))
        return
    if isinstance(item, Product) and not any(item.operators) and Mark(":") in (item.factors[0], item.factors[-1]):
        first, last = item.factors[0], item.factors[-1]
        rest = item.factors[1:] if first == Mark(":") else item.factors[:-1]
        _sort_subscript(first if first == Mark(":") else _juxtaposed(rest), parts, scope)
        _sort_subscript(last if first != Mark(":") else _juxtaposed(rest), parts, scope)
        return
    value = single_index(item, scope)
    if value is not None:
        parts.indices.append(value)
        return
    if isinstance(item, Product) and _are_letters(item):
        values = [integer(factor, scope) for factor in item.factors]
        if all(value is not None for value in values):
            parts.indices += [value for value in values if value is not None]
            return
    text = script_text(item)
    if text is None:
        message = f"the index {latex(item)} is not an integer here: bind its letters with `where` or `ranges`"
        raise UnboundSymbolError(message, item.span)
    parts.suffixes.append(text)


def single_index(item: Node, scope: Scope) -> int | None:
    """The value of one index; ``None`` for letters side by side, which are several, unless they are one name."""
    if isinstance(item, Product) and _are_letters(item):
        return scope.integers.get(script_text(item) or "")
    return integer(item, scope)


def _juxtaposed(factors: tuple[Node, ...]) -> Node:
    return factors[0] if len(factors) == 1 else Product(factors, ("",) * (len(factors) - 1), span=factors[0].span)


def indices_of(sub: Sequence[Node], scope: Scope) -> list[Index]:
    """The indices under an expression: ``(X A)_{ij}`` has two; raises :class:`UnboundSymbolError`."""
    parts = Parts([], [])
    for item in sub:
        _sort_subscript(item, parts, scope)
    if parts.suffixes:
        raise UnboundSymbolError("an index that is not an integer", sub[0].span)
    return parts.indices


def _are_letters(item: Product) -> bool:
    return not any(item.operators) and all(_is_letter(factor) for factor in item.factors)


def _is_letter(node: Node) -> bool:
    return isinstance(node, Symbol) and (len(node.name) == 1 or node.font != "operator")
