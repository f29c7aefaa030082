r"""Other ways of printing the same, settled token by token before the grammar: ``\sqrt[3]{x}``, ``{\rm diag}``,
``a^{<t>}``, ``p(x \mid \theta)``, ``\underset{i}{\max}``, a relation in braces, a thousand with a comma or a
thin space.

Each pass takes a list of tokens and returns a new one.
"""

from __future__ import annotations

from collections.abc import Callable

from lark import Token

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.tokens import FUNCTIONS, span_of, token

_BEFORE_NOTHING = frozenset((
    "PARTIAL", "NABLA", "SIGN", "OPERATOR", "RELATION", "AMP", "LETTER", "NUMBER", "COMMA", "FUNCTION", "RPAREN",
    "LPAREN", "NEWROW",
))  # fmt: skip
_TAKES_DIGITS = frozenset(("SUPER", "SUB", "FRAC", "SQRT", "RBRACE"))
"""Behind these, a number may be a whole script or argument: what follows it is another number."""
_CALLED = frozenset(("LETTER", "WORD", "FUNCTION", "RBRACE", "RBRACKET", "PRIME", "NUMBER", "MARK"))


def argument_end(tokens: list[Token], start: int) -> int:
    """Behind the argument that starts at a position: a group in braces, or one token."""
    if start >= len(tokens):
        raise FormulaSyntaxError("an argument is missing at the end", span_of(tokens[-1]))
    if tokens[start].type != "LBRACE":
        return start + 1
    depth = 0
    for position in range(start, len(tokens)):
        depth += (tokens[position].type == "LBRACE") - (tokens[position].type == "RBRACE")
        if depth == 0:
            return position + 1
    raise FormulaSyntaxError("this brace is never closed", span_of(tokens[start]))


def _rewritten(tokens: list[Token], rule: Callable[[list[Token], int], tuple[list[Token], int] | None]) -> list[Token]:
    """Every place at which ``rule`` answers with other tokens and where to read on."""
    found: list[Token] = []
    position = 0
    while position < len(tokens):
        answer = rule(tokens, position)
        if answer is None:
            found.append(tokens[position])
            position += 1
        else:
            new, position = answer
            found += new
    return found


def labels(tokens: list[Token]) -> list[Token]:
    r"""``\underbrace{X}_{text}`` is X, ``\stackrel{text}{=}`` is ``=``, ``\underset{i}{\max}`` is ``\max_i``."""
    return _rewritten(tokens, _label)


def _label(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    item = tokens[start]
    if item.type == "BRACE":
        end = argument_end(tokens, start + 1)
        inner = labels(tokens[start + 1 : end])
        scripted = end < len(tokens) and tokens[end].type in ("SUB", "SUPER")
        return inner, argument_end(tokens, end + 1) if scripted else end
    if item.type == "STACK":
        middle = argument_end(tokens, start + 1)
        end = argument_end(tokens, middle)
        base = labels(tokens[middle:end])
        base = base[1:-1] if len(base) > 2 else base
        if item != "stackrel" and base and base[0].type in ("BIG", "FUNCTION"):
            place = "SUB" if item == "underset" else "SUPER"
            return [*base, token(place, "", span_of(item)), *_braced(tokens[start + 1 : middle])], end
        return base, end
    return None


def _braced(tokens: list[Token]) -> list[Token]:
    if tokens[0].type == "LBRACE":
        return tokens
    return [token("LBRACE", "{", span_of(tokens[0])), *tokens, token("RBRACE", "}", span_of(tokens[-1]))]


def spellings(tokens: list[Token]) -> list[Token]:
    """The rules that look at a few neighbours."""
    for rule in (_empty_braces, _braced_relation, _thousands, _roman_word, _angle, _root, _stacked_conditions):
        tokens = _rewritten(tokens, rule)
    return [token("FONT", str(item), span_of(item)) if item.type == "SWITCH" else item for item in tokens]


def _kinds(tokens: list[Token], start: int, count: int) -> list[str]:
    return [item.type for item in tokens[start : start + count]]


def _empty_braces(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``\partial{}``, ``{}+{}`` and ``x^{}``: nothing but a space."""
    if _kinds(tokens, start, 3) in (["SUPER", "LBRACE", "RBRACE"], ["SUB", "LBRACE", "RBRACE"]):
        return [], start + 3
    free = start == 0 or tokens[start - 1].type in _BEFORE_NOTHING
    return ([], start + 2) if free and _kinds(tokens, start, 2) == ["LBRACE", "RBRACE"] else None


def _braced_relation(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    """``a {=} b``."""
    if _kinds(tokens, start, 3) == ["LBRACE", "RELATION", "RBRACE"]:
        return [tokens[start + 1]], start + 3
    return None


def _thousands(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``1{,}000`` and ``1\,000``."""
    kinds = _kinds(tokens, start, 5)
    if kinds == ["NUMBER", "LBRACE", "COMMA", "RBRACE", "NUMBER"]:
        end = start + 4
    elif kinds[:2] == ["NUMBER", "NUMBER"] and (start == 0 or tokens[start - 1].type not in _TAKES_DIGITS):
        end = start + 1
        if span_of(tokens[end]).start - span_of(tokens[start]).end < len(r"\,"):
            return None
    else:
        return None
    first, last = tokens[start], tokens[end]
    if not first.isdigit() or len(last.partition(".")[0]) != 3:
        return None
    return [], _replaced(tokens, end, token("NUMBER", first + last, span_of(first) | span_of(last)))


def _replaced(tokens: list[Token], position: int, new: Token) -> int:
    """Put a token where the reading goes on, so that ``1{,}000{,}000`` is joined too."""
    tokens[position] = new
    return position


def _roman_word(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``{\rm diag}``."""
    if _kinds(tokens, start, 2) != ["LBRACE", "SWITCH"]:
        return None
    end = start + 2
    while end < len(tokens) and tokens[end].type == "LETTER" and len(tokens[end]) == 1:
        end += 1
    if end - start < 4 or end >= len(tokens) or tokens[end].type != "RBRACE":
        return None
    word = "".join(tokens[start + 2 : end])
    kind = "FUNCTION" if word in FUNCTIONS else "WORD"
    return [token(kind, word, span_of(tokens[start]) | span_of(tokens[end]))], end + 1


def _angle(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``a^{<t>}`` is ``a^{\langle t \rangle}``."""
    if _kinds(tokens, start, 3) not in (["SUPER", "LBRACE", "RELATION"], ["SUB", "LBRACE", "RELATION"]):
        return None
    end = argument_end(tokens, start + 1)
    opening, closing = tokens[start + 2], tokens[end - 2]
    if opening != "<" or closing != ">" or closing.type != "RELATION":
        return None
    inner = [
        token("LANGLE", "<", span_of(opening)),
        *tokens[start + 3 : end - 2],
        token("RANGLE", ">", span_of(closing)),
    ]
    return [tokens[start], tokens[start + 1], *inner, tokens[end - 1]], end


def _root(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``\sqrt[n]{x}`` is ``{x}^{1/(n)}``."""
    if _kinds(tokens, start, 2) != ["SQRT", "LBRACKET"]:
        return None
    close = next((i for i in range(start + 2, len(tokens)) if tokens[i].type == "RBRACKET"), None)
    if close is None:
        raise FormulaSyntaxError("[ is never closed", span_of(tokens[start + 1]))
    end = argument_end(tokens, close + 1)
    here = span_of(tokens[start])
    degree = tokens[start + 2 : close]
    if len(degree) != 1:
        degree = [token("LPAREN", "(", here), *degree, token("RPAREN", ")", here)]
    exponent = [token("NUMBER", "1", here), token("SLASH", "/", here), *degree]
    power = [token("SUPER", "^", here), token("LBRACE", "{", here), *exponent, token("RBRACE", "}", here)]
    return [*_braced(spellings(tokens[close + 1 : end])), *power], end


def _stacked_conditions(tokens: list[Token], start: int) -> tuple[list[Token], int] | None:
    r"""``\sum_{\substack{i = 1 \\ i \ne j}}`` has two conditions."""
    if tokens[start].type != "SUBSTACK":
        return None
    before = [item.type for item in tokens[max(0, start - 2) : start]]
    if before[-1:] not in (["SUB"], ["SUPER"]) and before not in (["SUB", "LBRACE"], ["SUPER", "LBRACE"]):
        raise FormulaSyntaxError(r"\substack stands under or over a sum", span_of(tokens[start]))
    end = argument_end(tokens, start + 1)
    inner = [token("COMMA", ",", span_of(item)) if item.type == "NEWROW" else item for item in tokens[start + 1 : end]]
    return (inner[1:-1] if before[-1] == "LBRACE" else inner), end


def arguments(tokens: list[Token]) -> list[Token]:
    r"""``p(x \mid \theta)`` and ``D(p \,\|\, q)``: one bar alone within the parentheses of a call parts arguments.

    In ``P_{t|t-1}`` and ``\Sigma_{a|b}`` it parts two subscripts.
    """
    opened: list[tuple[bool, list[int]]] = []
    commas: set[int] = set()
    for position, item in enumerate(tokens):
        if item.type in ("LPAREN", "LBRACKET", "LBRACE", "LSET", "LANGLE"):
            before = tokens[position - 1].type if position else ""
            called = (
                before in _CALLED if item.type in ("LPAREN", "LBRACKET") else (item.type, before) == ("LBRACE", "SUB")
            )
            opened.append((called, []))
        elif item.type in ("RPAREN", "RBRACKET", "RBRACE", "RSET", "RANGLE") and opened:
            called, bars = opened.pop()
            if called and len(bars) == 1:
                commas.add(bars[0])
        elif item.type in ("BAR", "NORM", "MID") and opened:
            opened[-1][1].append(position)
    return [token("COMMA", ",", span_of(item)) if i in commas else item for i, item in enumerate(tokens)]
