"""What TeX decides token by token, settled before the grammar: single-digit arguments, differentials written with
``d``, text, decorations.

Each pass takes a list of tokens and returns a new one.
"""

from __future__ import annotations

import re

from lark import Token

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.cases import cases
from eqtest.formula.delimiters import CLOSING, OPENING, balanced, bars, double_bars, sizes
from eqtest.formula.printed import arguments, labels, spellings
from eqtest.formula.tokens import span_of, token
from eqtest.span import Span

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*")
_BEFORE_OPERAND = frozenset(("SIGN", "OPERATOR", "SLASH", "RELATION", "SUB", "SUPER"))
_BEHIND_OPERAND = frozenset(("SIGN", "OPERATOR", "SLASH", "RELATION", "SUB", "SUPER", "LPAREN"))


def refine(tokens: list[Token]) -> list[Token]:
    """All passes, in the order in which they need one another."""
    passes = (
        _mathematics,
        labels,
        spellings,
        cases,
        sizes,
        arguments,
        bars,
        double_bars,
        balanced,
        _primes,
        _digits,
        _texts,
        _marks,
        _differentials,
    )
    for step in passes:
        tokens = step(tokens)
    return tokens


def _mathematics(tokens: list[Token]) -> list[Token]:
    r"""``$ $$`` around the whole carry no meaning; within a formula they are a mistake."""
    while len(tokens) >= 2 and tokens[0].type == tokens[-1].type == "DOLLAR":
        tokens = tokens[1:-1]
    for item in tokens:
        if item.type == "DOLLAR":
            raise FormulaSyntaxError("a dollar sign within the formula", span_of(item))
        if item.type == "PARAMETER":
            raise FormulaSyntaxError(f"{item} stands outside of a macro", span_of(item))
    return tokens


def _digits(tokens: list[Token]) -> list[Token]:
    r"""TeX takes one digit as an argument: ``x^10`` is x¹·0, ``\frac12`` is one half."""
    found: list[Token] = []
    wanted = [0]
    for item in tokens:
        if item.type == "LBRACE":
            wanted[-1] = max(0, wanted[-1] - 1)
            wanted.append(0)
        elif item.type == "RBRACE":
            wanted.pop()
        elif item.type == "NUMBER" and wanted[-1] and len(item) > 1:
            if not item.isdigit():
                raise FormulaSyntaxError(f"TeX takes a single digit here: put {item} in braces", span_of(item))
            take = min(wanted[-1], len(item))
            span = span_of(item)
            found += [
                token("NUMBER", digit, Span(span.start + i, span.start + i + 1)) for i, digit in enumerate(item[:take])
            ]
            wanted[-1] -= take
            if item[take:]:
                found.append(token("NUMBER", item[take:], Span(span.start + take, span.end)))
            continue
        elif item.type in ("SUPER", "SUB", "SQRT"):
            wanted[-1] = 1
        elif item.type == "FRAC":
            wanted[-1] = 2
        elif wanted[-1] and item.type not in ("FONT", "ACCENT"):
            wanted[-1] -= 1
        found.append(item)
    return found


def _primes(tokens: list[Token]) -> list[Token]:
    r"""``f^\prime`` and ``f^{\prime\prime}`` are ``f'`` and ``f''``."""
    found: list[Token] = []
    for item in tokens:
        if item.type == "MARK" and item == "prime":
            item = token("PRIME", "'", span_of(item))
            if found and found[-1].type == "SUPER":
                found.pop()
        elif item.type == "RBRACE" and found and found[-1].type == "PRIME":
            opening = next((i for i in range(len(found) - 1, 0, -1) if found[i].type != "PRIME"), 0)
            if found[opening].type == "LBRACE" and found[opening - 1].type == "SUPER":
                del found[opening - 1 : opening + 1]
                continue
            if _opens_superscript(found):  # g^{(l)\prime} is g^{(l)}'
                primes, found = found[opening + 1 :], found[: opening + 1]
                found += [item, *primes]
                continue
        found.append(item)
    return found


def _opens_superscript(found: list[Token]) -> bool:
    """Whether the group that is open here is a superscript."""
    depth = 0
    for position in range(len(found) - 1, 0, -1):
        depth += (found[position].type == "RBRACE") - (found[position].type == "LBRACE")
        if depth < 0:
            return found[position - 1].type == "SUPER"
    return False


def _texts(tokens: list[Token]) -> list[Token]:
    r"""``\text{out}`` is a name where an operand stands, and a remark elsewhere."""
    found: list[Token] = []
    depth = 0
    for position, item in enumerate(tokens):
        depth += (item.type in OPENING and item.type != "BEGIN") - (item.type in CLOSING and item.type != "END")
        if item.type == "TEXT":
            after = next((other.type for other in tokens[position + 1 :] if other.type != "AMP"), "")
            before = found[-1].type if found else ""
            operand = depth > 0 or before in _BEFORE_OPERAND or after in _BEHIND_OPERAND
            if operand and _NAME.fullmatch(item):
                item = token("WORD", str(item), span_of(item))
            elif not item.strip():
                continue
            elif depth:
                raise FormulaSyntaxError("text within an expression", span_of(item))
            else:
                item = token("REMARK", str(item), span_of(item))
        found.append(item)
    return found


def _marks(tokens: list[Token]) -> list[Token]:
    r"""``w^*`` and ``w^{*}`` carry a mark, ``a * b`` is a product; ``\max`` in a script is a name."""
    found: list[Token] = []
    for position, item in enumerate(tokens):
        before = [previous.type for previous in found[-2:]]
        scripted = before[-1:] in (["SUPER"], ["SUB"]) or before in (["SUPER", "LBRACE"], ["SUB", "LBRACE"])
        if item.type == "STAR" or (
            item.type == "OPERATOR" and item in ("ast", "star", "circ", "bullet", "odot") and scripted
        ):
            plain = "*" if item.type == "STAR" or (scripted and item in ("ast", "star")) else str(item)
            kind, value = "MARK" if scripted else "OPERATOR", plain
            item = token(kind, value, span_of(item))
        elif item.type == "SIGN" and item == "+" and before[-1:] in (["SUPER"], ["SUB"]):
            item = token("MARK", "+", span_of(item))
        elif item.type == "FUNCTION" and scripted and not (before[-1] == "LBRACE" and _is_called(tokens, position)):
            item = token("WORD", str(item), span_of(item))
        elif item.type == "STOP" and item == ":" and _in_subscript(found):
            item = token("MARK", ":", span_of(item))
        elif item.type == "OPERATOR" and item == "cdot" and _in_subscript(found):
            alone = before[-1:] in (["LBRACE"], ["COMMA"]) or tokens[position + 1].type in ("RBRACE", "COMMA")
            item = token("MARK", ":", span_of(item)) if alone else item  # W_{i \cdot}, a row
        found.append(item)
    return found


def _is_called(tokens: list[Token], position: int) -> bool:
    r"""Whether parentheses stand behind: ``\sum_{i=1}^{\min(m, n)}``."""
    return position + 1 < len(tokens) and tokens[position + 1].type == "LPAREN"


def _in_subscript(before: list[Token]) -> bool:
    """Whether the innermost braces that are open are those of a subscript."""
    depth = 0
    for position in range(len(before) - 1, 0, -1):
        depth += (before[position].type == "LBRACE") - (before[position].type == "RBRACE")
        if depth > 0:
            return before[position - 1].type == "SUB"
    return False


def _differentials(tokens: list[Token]) -> list[Token]:
    r"""``\mathrm d`` and, in ``d a / d b``, the letter ``d`` are differentials.

    In ``\frac{d a}{d b}`` the tree builder sees both halves and decides there.
    """
    found: list[Token] = []
    position = 0
    while position < len(tokens):
        item = tokens[position]
        length = _roman_d(tokens, position)
        if length:
            span = span_of(item) | span_of(tokens[position + length - 1])
            found.append(token("PARTIAL", "d", span))
            position += length
            continue
        if item.type == "SLASH" and position + 1 < len(tokens) and _is_d(tokens[position + 1]):
            start = _quotient_start(found)
            if start is not None and _is_d(found[start]):
                found[start] = token("PARTIAL", "d", span_of(found[start]))
                found += [item, token("PARTIAL", "d", span_of(tokens[position + 1]))]
                position += 2
                continue
        found.append(item)
        position += 1
    return found


def _is_d(item: Token) -> bool:
    return item.type == "LETTER" and str(item) == "d"


def _roman_d(tokens: list[Token], position: int) -> int:
    r"""Number of tokens of ``\mathrm d``, ``\mathsf{d}`` or ``{\rm d}`` at a position, else 0."""
    here = tokens[position : position + 4]
    kinds = [item.type for item in here]
    if kinds[:1] == ["FONT"] and here[0] in ("roman", "sans"):
        if kinds[1:2] == ["LETTER"] and _is_d(here[1]):
            return 2
        if kinds[1:4] == ["LBRACE", "LETTER", "RBRACE"] and _is_d(here[2]):
            return 4
    if kinds == ["LBRACE", "FONT", "LETTER", "RBRACE"] and here[1] == "roman" and _is_d(here[2]):
        return 4
    return 0


def _quotient_start(found: list[Token]) -> int | None:
    """Where the run of letters, scripts and groups before a slash begins, if it begins with a bare ``d``."""
    depth = 0
    for position in range(len(found) - 1, -1, -1):
        item = found[position]
        if item.type in CLOSING:
            depth += 1
        elif item.type in OPENING:
            if depth == 0:
                return None
            depth -= 1
        elif depth == 0:
            if item.type in ("OPERATOR", "SIGN", "RELATION", "COMMA", "SLASH"):
                return None
            if _is_d(item) and (position == 0 or found[position - 1].type not in ("SUPER", "SUB", "FONT")):
                return position
    return None
