"""Where the names of a formula are looked up, and the integer expressions among them.

Nothing here knows torch: a tensor is what has a ``shape`` and a ``dim``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eqtest.formula.names import script_text, spellings
from eqtest.formula.patterns import SymbolPattern
from eqtest.formula.tree import Apply, Group, Mark, Node, Number, Product, Quotient, Scripts, Sum, Symbol

MAX_BASE, MAX_EXPONENT = 10**6, 30


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the names of a formula are looked up."""

    namespace: Mapping[str, Any]
    integers: Mapping[str, int]
    """Parameters of the assignment and running indices."""
    patterns: tuple[SymbolPattern, ...] = ()
    index_base: int = 0
    layers: bool = False
    """Whether the text numbers its layers in bare superscripts: ``b_j^2`` is then no square."""

    def bind(self, name: str, value: int) -> Scope:
        return replace(self, integers={**self.integers, name: value})


def is_tensor(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dim")


def is_callable(value: Any) -> bool:
    return callable(value) and not is_tensor(value)


def integer(node: Node, scope: Scope) -> int | None:
    """The value of an integer expression over bound integers; ``None`` when it is not one."""
    match node:
        case Number(text=text):
            return int(text) if text.isdigit() and len(text) < 10 else None
        case Symbol(accents=()):
            return _integer_symbol(node, scope)
        case Group(items=(item,), left="(" | "{" | "{}"):
            return integer(item, scope)
        case Group(items=(Quotient(numerator=above, denominator=below),), left="floor" | "ceil" as side):
            a, b = integer(above, scope), integer(below, scope)
            return None if a is None or not b else a // b if side == "floor" else -(-a // b)
        case Group(items=(item,), left="floor" | "ceil"):
            return integer(item, scope)
        case Sum(terms=terms, signs=signs):
            values = [integer(term, scope) for term in terms]
            if any(value is None for value in values):
                return None
            return sum((value or 0) * (1 if sign == "+" else -1) for value, sign in zip(values, signs, strict=True))
        case Product(factors=factors, operators=operators) if set(operators) <= {"", "cdot", "times", "*"}:
            name = script_text(node)
            if name is not None and name in scope.integers:
                return scope.integers[name]
            result = 1
            for factor in factors:
                value = integer(factor, scope)
                if value is None:
                    return None
                result *= value
            return result
        case Quotient(numerator=above, denominator=below):
            a, b = integer(above, scope), integer(below, scope)
            return a // b if a is not None and b and a % b == 0 else None
        case Scripts(base=Symbol(accents=()) as base, sub=(), sup=Mark(name="*"), primes=0):
            starred = (replace(base, name=f"{base.name}{joiner}star") for joiner in ("_", ""))
            return next((value for name in starred if (value := _integer_symbol(name, scope)) is not None), None)
        case Apply(function=Symbol(name="max" | "min" as name), arguments=arguments):
            known = [value for value in (integer(item, scope) for item in arguments) if value is not None]
            return (max if name == "max" else min)(known) if len(known) == len(arguments) > 1 else None
        case Scripts(base=Number() | Symbol(accents=()) as base, sub=(), sup=Node() as exponent, primes=0):
            a, b = integer(base, scope), integer(exponent, scope)
            return a**b if a is not None and b is not None and abs(a) <= MAX_BASE and 0 <= b <= MAX_EXPONENT else None
        case Scripts(base=Symbol(accents=()) as base, sub=(), sup=None, primes=primes) if primes:
            return _integer_symbol(replace(base, name=base.name + "_prime" * primes), scope)
        case Scripts(base=Symbol() as base, sub=(sub,), sup=None, primes=0):
            suffix = script_text(sub)
            for name in (f"{stem}{joiner}{suffix}" for stem in spellings(base) for joiner in ("_", "")):
                if type(scope.namespace.get(name)) is int:
                    return int(scope.namespace[name])
            family = next((scope.namespace[name] for name in spellings(base) if name in scope.namespace), None)
            position = integer(sub, scope)
            if isinstance(family, list | tuple | dict) and position is not None:
                try:
                    found = family[position]
                except (KeyError, IndexError):
                    return None
                return found if isinstance(found, int) and not isinstance(found, bool) else None
    return None


def _integer_symbol(node: Symbol, scope: Scope) -> int | None:
    for name in (node.name, *spellings(node)):
        if name in scope.integers:
            return scope.integers[name]
        value = scope.namespace.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
