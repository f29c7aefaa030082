r"""Definitions by cases: the words and the punctuation that stand between a value and its condition."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from eqtest.formula.tokens import span_of, token, tokenize

CASES = frozenset(("cases", "dcases", "cases*", "dcases*"))
OTHERWISE = "otherwise"
_IF = frozenset(("if", "when", "for", "where", "if and only if", "iff", "若", "当", "如果", "时"))
_ELSE = frozenset((OTHERWISE, "else", "elsewhere", "if otherwise", "其他", "其它", "否则", "其他情况"))
_PUNCTUATION = ("COMMA", "STOP", "SEPARATOR")
_CELL_ENDS = ("AMP", "NEWROW", "END")


def cases(tokens: list[Token]) -> list[Token]:
    r"""``0, & \text{if } x < 0. \\`` is ``0 & x < 0 \\``; a large brace beside an array opens cases too."""
    tokens = [part for item in _without_braces(tokens) for part in _mathematics_in_words(item)]
    found: list[Token] = []
    opened: list[bool] = []
    for item in tokens:
        if item.type == "BEGIN":
            opened.append(str(item) in CASES)
            item = token("BEGIN", "cases", span_of(item)) if opened[-1] else item
        elif opened and opened[-1]:
            word = str(item).strip().rstrip(",.:").strip().lower() if item.type in ("TEXT", "WORD") else ""
            if word in _IF:
                continue
            if word in _ELSE:
                item = token("WORD", OTHERWISE, span_of(item))
            if item.type in _CELL_ENDS:
                while found[-1].type in _PUNCTUATION:
                    found.pop()
        if item.type == "END" and opened and opened.pop() and str(item) in CASES:
            item = token("END", "cases", span_of(item))
        found.append(item)
    return found


def _mathematics_in_words(item: Token) -> list[Token]:
    r"""``\text{if $x > 0$}`` as ``\text{if} x > 0``; all of it has the place of the words."""
    if item.type != "TEXT" or item.count("$") % 2 or "$" not in item:
        return [item]
    found: list[Token] = []
    for number, part in enumerate(str(item).split("$")):
        inside = tokenize(part) if number % 2 else [token("TEXT", part, span_of(item))] * bool(part.strip(" ,."))
        found += [token(inner.type, str(inner), span_of(item)) for inner in inside]
    return found


def _without_braces(tokens: list[Token]) -> Iterator[Token]:
    r"""``\left\{ \begin{array}{ll} … \end{array} \right.`` is an environment of cases."""
    position = 0
    while position < len(tokens):
        end = _end_of_array(tokens, position)
        if end is None:
            yield tokens[position]
            position += 1
            continue
        yield token("BEGIN", "cases", span_of(tokens[position + 2]))
        yield from _without_braces(tokens[position + 3 : end])
        yield token("END", "cases", span_of(tokens[end]))
        position = end + 3
        stop = tokens[position - 1]
        if len(stop) > 1:  # the full stop behind \right.
            yield token("STOP", str(stop)[1:], span_of(stop))


def _end_of_array(tokens: list[Token], position: int) -> int | None:
    r"""Where the array ends that stands between ``\left\{`` here and ``\right.``; ``None`` where there is none."""
    kinds = [item.type for item in tokens[position : position + 3]]
    if kinds != ["SIZE", "LSET", "BEGIN"] or tokens[position] != "left":
        return None
    depth = 0
    for end in range(position + 2, len(tokens) - 2):
        depth += (tokens[end].type == "BEGIN") - (tokens[end].type == "END")
        if depth == 0:
            closed = tokens[end + 1].type == "SIZE" and tokens[end + 1] == "right" and tokens[end + 2].type == "STOP"
            return end if closed and str(tokens[end + 2]).startswith(".") else None
    return None
