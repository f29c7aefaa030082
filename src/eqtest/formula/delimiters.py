"""Delimiters, settled token by token before the grammar: their sizes, which bar opens and which closes, what pairs.

Each pass takes a list of tokens and returns a new one.
"""

from __future__ import annotations

from lark import Token

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.formula.tokens import DELIMITERS, MAX_DEPTH, span_of, token

OPENING = {"LBRACE": "RBRACE", "LPAREN": "RPAREN", "LBRACKET": "RBRACKET", "LSET": "RSET", "LANGLE": "RANGLE",
           "LBAR": "RBAR", "LNORM": "RNORM", "BEGIN": "END", "LFLOOR": "RFLOOR", "LCEIL": "RCEIL"}  # fmt: skip
CLOSING = {close: opening for opening, close in OPENING.items()}
_CONDITIONAL = "this bar has no partner; conditions other than those of p(x | y) are unsupported"
MAX_POINT = 60
"""Tokens that are read of the point behind a bar."""
_SIZED = frozenset((*DELIMITERS.values(), "LPAREN", "RPAREN", "LBRACKET", "RBRACKET", "SLASH"))
_OPERAND_END = frozenset((
    "NUMBER", "LETTER", "WORD", "DOTS", "MARK", "PRIME", "RBRACE", "RPAREN", "RBRACKET", "RSET", "RANGLE", "RBAR",
    "RNORM", "END", "RFLOOR", "RCEIL",
))  # fmt: skip
_PRINTED = {"LBRACE": "{", "RBRACE": "}", "LPAREN": "(", "RPAREN": ")", "LBRACKET": "[", "RBRACKET": "]",
            "LSET": r"\{", "RSET": r"\}", "LBAR": "|", "RBAR": "|", "LNORM": r"\|", "RNORM": r"\|",
            "LANGLE": r"\langle", "RANGLE": r"\rangle", "BEGIN": r"\begin", "END": r"\end",
            "LFLOOR": r"\lfloor", "RFLOOR": r"\rfloor", "LCEIL": r"\lceil", "RCEIL": r"\rceil"}  # fmt: skip


def sizes(tokens: list[Token]) -> list[Token]:
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


def bars(tokens: list[Token]) -> list[Token]:
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


def double_bars(tokens: list[Token]) -> list[Token]:
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


def balanced(tokens: list[Token]) -> list[Token]:
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
