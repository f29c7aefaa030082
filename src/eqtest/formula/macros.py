"""The document's own LaTeX macros, expanded token by token; what a macro yields has the place of its
call, arguments included."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lark import Token

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.tokens import span_of, token, tokenize
from eqtest.options import Macro
from eqtest.span import Span

MAX_TOKENS = 20_000


def read(source: str, macros: Mapping[str, Macro]) -> list[Token]:
    """Tokens of ``source`` with every macro expanded.

    Raises :class:`FormulaSyntaxError` for a macro that lacks arguments or never ends expanding.
    """
    names = frozenset(name.lstrip("\\") for name in macros)
    bodies = {name.lstrip("\\"): macro for name, macro in macros.items()}
    pending = tokenize(source, names)[::-1]
    done: list[Token] = []
    budget = MAX_TOKENS
    while pending:
        item = pending.pop()
        if item.type != "MACRO":
            done.append(item)
            continue
        expansion = _expand(item, bodies[str(item)], pending, names)
        budget -= 1 + len(expansion)
        if budget < 0:
            raise FormulaSyntaxError(f"the macro \\{item} does not end expanding", span_of(item))
        pending += expansion[::-1]
    return done


def _expand(call: Token, macro: Macro, pending: list[Token], names: frozenset[str]) -> list[Token]:
    body, count, *default = (macro, 0) if isinstance(macro, str) else macro
    place = span_of(call)
    arguments: list[list[Token]] = []
    if default and count:
        argument, end = _optional(call, str(default[0]), pending, names)
        arguments.append(argument)
        place |= end
    while len(arguments) < count:
        argument, end = _argument(call, pending)
        arguments.append(argument)
        place |= end
    expansion: list[Token] = []
    for part in re.split(r"(#\d)", body):
        if re.fullmatch(r"#\d", part):
            number = int(part[1])
            if not 1 <= number <= count:
                raise FormulaSyntaxError(f"the macro \\{call} uses {part} but takes {count} arguments", span_of(call))
            expansion += arguments[number - 1]
        else:
            expansion += [token(item.type, str(item), place) for item in tokenize(part, names)]
    return expansion


def _optional(call: Token, default: str, pending: list[Token], names: frozenset[str]) -> tuple[list[Token], Span]:
    """What stands in brackets behind a macro, or the default; and the place at which it ends."""
    if not pending or pending[-1].type != "LBRACKET":
        return [token(item.type, str(item), span_of(call)) for item in tokenize(default, names)], span_of(call)
    found: list[Token] = []
    depth = 0
    opening = pending.pop()
    while pending:
        item = pending.pop()
        depth += (item.type == "LBRACE") - (item.type == "RBRACE")
        if item.type == "RBRACKET" and depth == 0:
            return found, span_of(item)
        found.append(item)
    raise FormulaSyntaxError("this bracket is never closed", span_of(opening))


def _argument(call: Token, pending: list[Token]) -> tuple[list[Token], Span]:
    r"""The next token, or the next group without its braces; and the place at which it ends.

    The star of ``\norm*{x}`` says how large the delimiters are.
    """
    if pending and pending[-1].type == "STAR":
        pending.pop()
    if not pending:
        raise FormulaSyntaxError(f"the macro \\{call} lacks an argument", span_of(call))
    first = pending.pop()
    if first.type != "LBRACE":
        return [first], span_of(first)
    found: list[Token] = []
    depth = 1
    while pending:
        item = pending.pop()
        depth += (item.type == "LBRACE") - (item.type == "RBRACE")
        if depth == 0:
            return found, span_of(item)
        found.append(item)
    raise FormulaSyntaxError("this brace is never closed", Span(first.start_pos or 0, (first.start_pos or 0) + 1))
