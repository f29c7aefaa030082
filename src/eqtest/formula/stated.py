r"""Ranges stated behind equations: ``k = 1, 2, \dots, p``, ``1 \le k \le p``, ``k \in \{1, \dots, p\}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from eqtest.errors import FormulaError
from eqtest.formula.tree import Node, Relation

Tokens = tuple[Token, ...]
Read = Callable[[Tokens], Relation]


@dataclass(frozen=True, slots=True)
class StatedRange:
    """An index and the expressions of its first and last value."""

    name: str
    low: Node
    high: Node


def stated_ranges(annotations: Sequence[Tokens], read: Read) -> Iterator[StatedRange]:
    """The ranges among the annotations of an equation; what is none of them is left alone."""
    for position, part in enumerate(annotations):
        found = _chain(part) or _members(part) or _listed(part, annotations[position + 1 :])
        if found is None:
            continue
        name, low, high = found
        try:
            yield StatedRange(name, read(low).sides[0], read(high).sides[0])
        except FormulaError:
            continue


def _chain(part: Tokens) -> tuple[str, Tokens, Tokens] | None:
    r"""``1 \le k \le p``."""
    at = [i for i, item in enumerate(part) if item.type == "RELATION"]
    if [str(part[i]) for i in at] != ["le", "le"] or at[1] != at[0] + 2 or part[at[0] + 1].type != "LETTER":
        return None
    return str(part[at[0] + 1]), part[: at[0]], part[at[1] + 1 :]


def _members(part: Tokens) -> tuple[str, Tokens, Tokens] | None:
    r"""``k \in \{1, \dots, p\}``."""
    kinds = [item.type for item in part]
    if kinds[:3] != ["LETTER", "RELATION", "LSET"] or part[1] != "in" or kinds[-1] != "RSET" or "DOTS" not in kinds:
        return None
    inside = part[3:-1]
    commas = [i for i, item in enumerate(inside) if item.type == "COMMA"]
    return (str(part[0]), inside[: commas[0]], inside[commas[-1] + 1 :]) if commas else None


def _listed(part: Tokens, following: Sequence[Tokens]) -> tuple[str, Tokens, Tokens] | None:
    r"""``k = 1, 2, \dots, p``, cut at its commas."""
    if len(part) < 3 or part[0].type != "LETTER" or part[1] != "=":
        return None
    rest: list[Tokens] = []
    for other in following:
        if any(item.type == "RELATION" for item in other):
            break
        rest.append(other)
    dotted = any(item.type == "DOTS" for other in rest[:-1] for item in other)
    return (str(part[0]), part[2:], rest[-1]) if dotted else None
