"""What TeX decides token by token, settled before the grammar: sizes of delimiters, which bar opens and which closes,
single-digit arguments, differentials written with ``d``, text, decorations.

Each pass takes a list of tokens and returns a new one.
"""

from __future__ import annotations

import re

from lark import Token

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.formula.cases import cases
from eqtest.formula.printed import arguments, labels, spellings
from eqtest.formula.tokens import DELIMITERS, MAX_DEPTH, span_of, token
from eqtest.span import Span

OPENING = {"LBRACE": "RBRACE", "LPAREN": "RPAREN", "LBRACKET": "RBRACKET", "LSET": "RSET", "LANGLE": "RANGLE",
           "LBAR": "RBAR", "LNORM": "RNORM", "BEGIN": "END", "LFLOOR": "RFLOOR", "LCEIL": "RCEIL"}  # fmt: skip
CLOSING = {close: opening for opening, close in OPENING.items()}
_CONDITIONAL = "this bar has no partner; conditions other than those of p(x | y) are unsupported"
MAX_POINT = 60
"""Tokens that are read of the point behind a bar."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*")
_BEFORE_OPERAND = frozenset(("SIGN", "OPERATOR", "SLASH", "RELATION", "SUB", "SUPER"))
_BEHIND_OPERAND = frozenset(("SIGN", "OPERATOR", "SLASH", "RELATION", "SUB", "SUPER", "LPAREN"))
_SIZED = frozenset((*DELIMITERS.values(), "LPAREN", "RPAREN", "LBRACKET", "RBRACKET", "SLASH"))
_OPERAND_END = frozenset((
    "NUMBER", "LETTER", "WORD", "DOTS", "MARK", "PRIME", "RBRACE", "RPAREN", "RBRACKET", "RSET", "RANGLE", "RBAR",
    "RNORM", "END", "RFLOOR", "RCEIL",
))  # fmt: skip
_PRINTED = {"LBRACE": "{", "RBRACE": "}", "LPAREN": "(", "RPAREN": ")", "LBRACKET": "[", "RBRACKET": "]",
            "LSET": r"\{", "RSET": r"\}", "LBAR": "|", "RBAR": "|", "LNORM": r"\|", "RNORM": r"\|",
            "LANGLE": r"\langle", "RANGLE": r"\rangle", "BEGIN": r"\begin", "END": r"\end",
            "LFLOOR": r"\lfloor", "RFLOOR": r"\rfloor", "LCEIL": r"\lceil", "RCEIL": r"\rceil"}  # fmt: skip


def refine(tokens: list[Token]) -> list[Token]:
    """All passes, in the order in which they need one another."""
    passes = (
        _mathematics,
        labels,
        spellings,
        cases,
        _sizes,
        arguments,
        _bars,
        _double_bars,
        _balanced,
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


def _sizes(tokens: list[Token]) -> list[Token]:
    r"""``\left( \right. \big|``: the size is dropped, the side of a bar is kept.

    ``\left. X \right|_c`` is ``{X} |_c``.
    """
    found: list[Token] = []
    size: Token | None = None
    unseen: list[int | None] = []
    for item in tokens:
        if item.type == "SIZE":
            size = item
            continue
        if size is not None:
            span = span_of(size) | span_of(item)
            side = {"left": "L", "right": "R"}.get(str(size), {"l": "L", "r": "R"}.get(str(size)[-1], ""))
            if item.type == "STOP" and str(item).startswith("."):
                if size == "left":
                    unseen.append(len(found))
                elif size == "right" and unseen:
                    unseen.pop()
                if len(item) > 1:
                    found.append(token("STOP", str(item)[1:], span_of(item)))
                size = None
                continue
            if size == "left":
                unseen.append(None)
            start = unseen.pop() if size == "right" and unseen else None
            if start is not None and item.type == "BAR":
                found.insert(start, token("LBRACE", "", span))
                found.append(token("RBRACE", "", span))
                item = token("AT", str(item), span)
            elif item.type in ("BAR", "NORM"):
                item = token(f"{side}{item.type}" if side else item.type, str(item), span)
            elif item.type not in _SIZED:
                raise FormulaSyntaxError(f"\\{size} must stand before a delimiter", span_of(size))
            size = None
        found.append(item)
    if size is not None:
        raise FormulaSyntaxError(f"\\{size} must stand before a delimiter", span_of(size))
    return found


def _bars(tokens: list[Token]) -> list[Token]:
    """A bar closes when one is open at this level and something ends before it; otherwise it opens.

    Where none is open, a bar behind an operand and with a subscript says at which point.
    """
    found: list[Token] = []
    open_here: list[str] = []
    for position, item in enumerate(tokens):
        kind = item.type
        ends = bool(found) and found[-1].type in _OPERAND_END
        if kind == "MID":
            raise UnsupportedError(_CONDITIONAL, span_of(item))
        free = kind in ("BAR", "RBAR") and ends and "LBAR" not in open_here[-1:]
        if free and _is_point(tokens, position + 1):
            found.append(token("AT", str(item), span_of(item)))
            continue
        if kind in ("BAR", "NORM"):
            closes = bool(open_here) and open_here[-1] == f"L{kind}" and ends
            kind = f"{'R' if closes else 'L'}{kind}"
            item = token(kind, str(item), span_of(item))
        if kind in OPENING:
            open_here.append(kind)
        elif kind in CLOSING and open_here:
            open_here.pop()
        found.append(item)
    return found


def _double_bars(tokens: list[Token]) -> list[Token]:
    """``||x||`` is a norm: two bars around all that stands within another two."""
    stack: list[int] = []
    partner: dict[int, int] = {}
    for position, item in enumerate(tokens):
        if item.type in OPENING:
            stack.append(position)
        elif item.type in CLOSING and stack:
            partner[stack.pop()] = position
    found = list(tokens)
    doubled: set[int] = set()
    for outer, close in partner.items():
        if tokens[outer].type == "LBAR" and partner.get(outer + 1) == close - 1 and tokens[outer + 1].type == "LBAR":
            found[outer + 1] = token("LNORM", "||", span_of(tokens[outer]) | span_of(tokens[outer + 1]))
            found[close - 1] = token("RNORM", "||", span_of(tokens[close - 1]) | span_of(tokens[close]))
            doubled |= {outer, close}
    return [item for position, item in enumerate(found) if position not in doubled]


def _is_point(tokens: list[Token], position: int) -> bool:
    r"""Whether a subscript begins here that may say at which point: ``_{x = 0}``, not ``_{1 \le k}`` of a set."""
    if position + 1 >= len(tokens) or tokens[position].type != "SUB":
        return False
    depth = 0
    for item in tokens[position + 1 : position + 1 + MAX_POINT]:
        depth += (item.type == "LBRACE") - (item.type == "RBRACE")
        if item.type == "RELATION" and item != "=":
            return False
        if depth == 0:
            return True
    return False


def _balanced(tokens: list[Token]) -> list[Token]:
    """Delimiters that pair; the nesting is bounded, since everything after this recurses."""
    stack: list[Token] = []
    for item in tokens:
        if item.type in OPENING:
            stack.append(item)
            if len(stack) > MAX_DEPTH:
                raise FormulaSyntaxError(f"nested more than {MAX_DEPTH} deep", span_of(item))
        elif item.type in CLOSING:
            if item.type in ("RBAR", "RNORM") and (not stack or stack[-1].type != CLOSING[item.type]):
                bar = _PRINTED[item.type]
                raise UnsupportedError(f"{bar} closes nothing; values at a point are unsupported", span_of(item))
            if not stack:
                raise FormulaSyntaxError(f"{_PRINTED[item.type]} closes nothing", span_of(item))
            if stack[-1].type == "LBAR" and item.type != "RBAR":
                raise UnsupportedError(_CONDITIONAL, span_of(stack[-1]))
            opening = stack.pop()
            if OPENING[opening.type] != item.type and {opening.type, item.type} & {"LBRACE", "RBRACE", "BEGIN", "END"}:
                expected = _PRINTED[OPENING[opening.type]]
                raise FormulaSyntaxError(f"expected {expected} before {_PRINTED[item.type]}", span_of(item))
    if stack:
        raise FormulaSyntaxError(f"{_PRINTED[stack[-1].type]} is never closed", span_of(stack[-1]))
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
