r"""Names printed as several symbols: ``dZ``, ``\Delta w``, ``loss`` in italics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from eqtest.errors import FormulaError
from eqtest.formula.names import spellings
from eqtest.formula.resolve import resolve
from eqtest.formula.scope import Scope
from eqtest.formula.tree import Group, Node, Scripts, Symbol, unscripted

MAX_LETTERS = 16
_PREFIXES = frozenset(("d", "Delta", "delta"))


def joined(
    factors: Sequence[Node], operators: Sequence[str], scope: Scope, is_function: Callable[[str], bool]
) -> tuple[list[Node], list[str]]:
    """Factors in which neighbours that spell one name of the snippet, or a function, are that one symbol.

    Letters that all have values of their own stay a product, unless they are printed upright: ``{\\rm sgn}``.
    """
    done: list[Node] = []
    between: list[str] = []
    position = 0
    while position < len(factors):
        name, count = factors[position], 1
        if isinstance(name, Symbol | Scripts):
            name, count = (
                _prefixed(factors, operators, position, scope)
                or _spelled(factors, operators, position, scope, is_function)
                or (name, 1)
            )
        if done:
            between.append(operators[position - 1])
        done.append(name)
        position += count
    return done, between


def _prefixed(
    factors: Sequence[Node], operators: Sequence[str], position: int, scope: Scope
) -> tuple[Node, int] | None:
    first = factors[position]
    if position + 1 == len(factors) or operators[position] or not _is_prefix(first):
        return None
    second = factors[position + 1]
    base = unscripted(second)
    if not isinstance(base, Symbol):
        return None
    assert isinstance(first, Symbol)
    if _has_value(first, scope) and not (first.name == "d" and f"d{base.name}" in scope.namespace):
        return None  # but where d is a dimension, dX is no product
    for name in (first.name + base.name, f"{first.name}_{base.name}"):
        symbol = replace(base, name=name, font="")
        whole = replace(second, base=symbol) if isinstance(second, Scripts) else symbol
        if any(spelling in scope.namespace for spelling in spellings(symbol)) or _is_bound(whole, scope):
            return whole, 2
    return None


def _is_bound(node: Symbol | Scripts, scope: Scope) -> bool:
    r"""Whether ``\Delta x_{\text{nt}}`` is bound with its scripts: ``Delta_x_nt``."""
    try:
        resolve(node, scope)
    except FormulaError:
        return False
    return True


def _spelled(
    factors: Sequence[Node], operators: Sequence[str], position: int, scope: Scope, is_function: Callable[[str], bool]
) -> tuple[Node, int] | None:
    """The longest run of letters that spells a name; one of its letters at least means nothing by itself."""
    letters: list[Symbol] = []
    for number in range(position, min(len(factors), position + MAX_LETTERS)):
        factor = factors[number]
        base = unscripted(factor)
        if not _is_letter(base) or (number > position and operators[number - 1]):
            break
        assert isinstance(base, Symbol)
        if letters and base.font != letters[0].font:
            break
        letters.append(base)
        if isinstance(factor, Scripts):
            break
    spelled = "".join(letter.name for letter in letters)
    for count in range(len(letters), 1, -1):
        last = factors[position + count - 1]
        name = spelled[:count]
        if name in scope.namespace or (is_function(name) and _is_applied(factors, operators, position + count)):
            if all(letter.font != "roman" and _has_value(letter, scope) for letter in letters[:count]):
                return None
            symbol = Symbol(name, "operator", span=letters[0].span | last.span)
            return (replace(last, base=symbol) if isinstance(last, Scripts) else symbol), count
    return None


def _is_applied(factors: Sequence[Node], operators: Sequence[str], position: int) -> bool:
    return position < len(factors) and not operators[position - 1] and isinstance(factors[position], Group)


def _is_prefix(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name in _PREFIXES and not node.accents


def _is_letter(node: Node) -> bool:
    return isinstance(node, Symbol) and len(node.name) == 1 and not node.accents


def _has_value(node: Node, scope: Scope) -> bool:
    return isinstance(node, Symbol) and any(
        name in scope.integers or name in scope.namespace for name in (node.name, *spellings(node))
    )
