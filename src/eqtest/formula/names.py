"""Printed names -> Python names."""

from __future__ import annotations

import functools

from eqtest.formula.tree import Group, Mark, Node, Number, Product, Scripts, Sum, Symbol

_SPELLINGS = {
    "lambda": ("lambda_", "lam", "lambda"),
    "varepsilon": ("varepsilon", "epsilon", "eps"),
    "epsilon": ("epsilon", "eps"),
    "vartheta": ("vartheta", "theta"),
    "varphi": ("varphi", "phi"),
    "ell": ("ell", "l"),
}
_MARKS = {"*": "star", "+": "plus", "-": "minus", "dagger": "dagger"}


def spellings(symbol: Symbol) -> tuple[str, ...]:
    """Python names that a symbol may have, best first; fonts do not count, accents go behind (``y_hat``, ``yhat``)."""
    return _spellings(symbol.name, symbol.accents)


@functools.lru_cache(1024)
def _spellings(name: str, accents: tuple[str, ...]) -> tuple[str, ...]:
    plain = name.replace(" ", "_").replace("-", "_")
    names = _SPELLINGS.get(plain, (plain,))
    if not accents:
        return names
    return tuple("".join((name, *(joint + accent for accent in accents))) for joint in ("_", "") for name in names)


def script_text(node: Node) -> str | None:
    """What a script contributes to a name: ``hh``, ``out``, ``star``; ``None`` where it is no name."""
    match node:
        case Symbol():
            return spellings(node)[0]
        case Number(text=text) if text.isdigit():
            return text
        case Mark(name=name):
            return _MARKS.get(name)
        case Group(items=(item,)):
            return script_text(item)
        case Product(factors=factors, operators=operators) if not any(operators):
            parts = [script_text(factor) for factor in factors]
            return None if None in parts else "".join(part or "" for part in parts)
        case Scripts(base=base, sub=(sub,), sup=None, primes=0):
            first, second = script_text(base), script_text(sub)
            return None if first is None or second is None else f"{first}_{second}"
    return None


def is_transpose(node: Node | None) -> bool:
    r"""``\top``, ``T``, ``\mathsf T``, ``\mathrm{T}``."""
    match node:
        case Mark(name="T") | Symbol(name="T", accents=()):
            return True
        case Symbol(name="top" | "intercal"):
            return True
    return False


def is_inverse_transpose(node: Node | None) -> bool:
    r"""``X^{-T}``, ``X^{-\top}``."""
    return isinstance(node, Sum) and node.signs == ("-",) and is_transpose(node.terms[0])
