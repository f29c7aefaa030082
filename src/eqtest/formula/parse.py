"""LaTeX -> tree: ``parse`` reads a display, row by row; a row that cannot be read does not hide the others."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lark import Lark, Token, UnexpectedInput
from lark.exceptions import VisitError
from lark.lexer import Lexer

from eqtest.errors import FormulaError, FormulaSyntaxError
from eqtest.formula.build import Builder
from eqtest.formula.macros import read
from eqtest.formula.primes import primed_indices
from eqtest.formula.refine import refine
from eqtest.formula.rows import TokenRow, split_rows
from eqtest.formula.stated import StatedRange, stated_ranges
from eqtest.formula.tokens import span_of
from eqtest.formula.tree import Dots, Node, Relation, children
from eqtest.options import Macro
from eqtest.span import Span

MAX_ROW_TOKENS = 3_000
MAX_TREE_DEPTH = 150


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One equation: its tree, or the reason why there is none."""

    number: int
    span: Span
    tree: Relation | None
    error: FormulaError | None = None
    continued: bool = False
    """Whether the row starts with a relation and goes on from the row above."""
    ranges: tuple[StatedRange, ...] = ()
    """For which indices the text states the equation."""

    @property
    def is_dots(self) -> bool:
        r"""A row of ``\vdots`` only."""
        return self.tree is not None and len(self.tree.sides) == 1 and isinstance(self.tree.sides[0], Dots)


class _Tokens(Lexer):
    """Hands tokens that are cut already to lark's parser."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, data: Iterator[Token]) -> Iterator[Token]:  # type: ignore[override]
        yield from data


@functools.cache
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        start="row",
        parser="lalr",
        lexer=_Tokens,
        propagate_positions=True,
        maybe_placeholders=False,
    )


def parse(latex: str, macros: Mapping[str, Macro] | None = None) -> tuple[ParsedRow, ...]:
    """The rows of a display or of an inline formula.

    Raises :class:`FormulaError` when the text cannot be cut into rows at all; a mistake within a row is kept in
    that row.
    """
    tokens = refine(read(latex, macros or {}))
    rows = split_rows(tokens)
    if not rows:
        raise FormulaSyntaxError("there is no formula here", Span(0, len(latex)))
    parsed: list[ParsedRow] = []
    for number, row in enumerate(rows, 1):
        parsed.append(_parse_row(number, row, parsed))
    return tuple(parsed)


def _parse_row(number: int, row: TokenRow, above: list[ParsedRow]) -> ParsedRow:
    tokens = _bare(row.tokens)
    continued = tokens[0].type == "RELATION"
    try:
        tree = parse_tokens(tokens)
    except FormulaError as error:
        return ParsedRow(number, row.span, None, error, continued)
    ranges = tuple(stated_ranges(row.annotations, parse_tokens))
    if not continued:
        return ParsedRow(number, row.span, tree, ranges=ranges)
    first = next((other.tree for other in reversed(above) if other.tree is not None and not other.is_dots), None)
    if first is None:
        orphan = FormulaSyntaxError("the row starts with a relation, and no row above can be read", row.span)
        return ParsedRow(number, row.span, None, orphan, continued)
    tree = Relation((_equal_side(first), *tree.sides), tree.relations, span=tree.span)
    return ParsedRow(number, row.span, tree, continued=True, ranges=ranges)


def _equal_side(above: Relation) -> Node:
    r"""The side from which a row goes on: in ``a \le b = c`` it is ``b``, in ``a = b`` the first."""
    last = max((i for i, name in enumerate(above.relations) if name != "="), default=-1)
    return above.sides[last + 1]


def _bare(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    r"""A row without braces around all of it, as ``\boxed{a = b}`` leaves them."""
    while len(tokens) > 2 and tokens[0].type == "LBRACE" and tokens[-1].type == "RBRACE":
        depth, related = 0, False
        for item in tokens[:-1]:
            depth += (item.type == "LBRACE") - (item.type == "RBRACE")
            related = related or (depth == 1 and item.type == "RELATION")
            if depth == 0:
                return tokens
        if not related:
            return tokens
        tokens = tokens[1:-1]
    return tokens


def parse_tokens(tokens: tuple[Token, ...]) -> Relation:
    """The tree of one row; raises :class:`FormulaError`."""
    if len(tokens) > MAX_ROW_TOKENS:
        message = f"a row of {len(tokens)} symbols; {MAX_ROW_TOKENS} is the limit"
        raise FormulaSyntaxError(message, span_of(tokens[0]) | span_of(tokens[-1]))
    try:
        tree = Builder().transform(_parser().parse(iter(tokens)))
    except UnexpectedInput as error:
        raise _syntax_error(error, tokens) from None
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc from None
        if isinstance(error.orig_exc, RecursionError):
            raise _too_deep(tokens) from None
        raise
    assert isinstance(tree, Relation)
    if _is_deeper(tree, MAX_TREE_DEPTH):
        raise _too_deep(tokens)
    found = primed_indices(tree)
    assert isinstance(found, Relation)
    return found


def _is_deeper(tree: Node, limit: int) -> bool:
    """Whether a tree is deeper than ``limit``; everything that reads trees recurses, this does not."""
    level: list[Node] = [tree]
    for _ in range(limit):
        level = [child for node in level for child in children(node)]
        if not level:
            return False
    return True


def _too_deep(tokens: tuple[Token, ...]) -> FormulaSyntaxError:
    return FormulaSyntaxError("nested too deep", span_of(tokens[0]) | span_of(tokens[-1]))


def _syntax_error(error: UnexpectedInput, tokens: tuple[Token, ...]) -> FormulaSyntaxError:
    offending = getattr(error, "token", None)
    if offending is None or offending.type == "$END":
        return FormulaSyntaxError("the formula ends too early: an operand is missing", span_of(tokens[-1]))
    return FormulaSyntaxError(f"{str(offending)!r} is not expected here", span_of(offending))
