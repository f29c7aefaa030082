"""Tokens -> the rows of a display.

A row ends at ``\\\\``; several equations on one line are several rows.  What stands behind an equation and only says
for which indices or spaces it is meant (``k = 1, \\dots, n``, ``x \\in \\mathbb R^n``, text) is an annotation.
"""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.delimiters import CLOSING, OPENING
from eqtest.formula.tokens import span_of
from eqtest.span import Span

MATRICES = frozenset(["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"])
DISPLAYS = frozenset(
    [
        "equation",
        "align",
        "aligned",
        "alignat",
        "alignedat",
        "split",
        "gather",
        "gathered",
        "multline",
        "multlined",
        "eqnarray",
        "flalign",
        "array",
        "math",
        "displaymath",
        "subequations",
    ]
)
_JOINING = frozenset(("SIGN", "OPERATOR", "SLASH", "SUB", "SUPER", "PRIME"))
_TRAILING = ("COMMA", "STOP", "SEPARATOR", "REMARK")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The tokens of one equation and of what is annotated behind it."""

    tokens: tuple[Token, ...]
    annotations: tuple[tuple[Token, ...], ...] = ()

    @property
    def span(self) -> Span:
        return span_of(self.tokens[0]) | span_of(self.tokens[-1])


def split_rows(tokens: list[Token]) -> list[TokenRow]:
    """The equations of a display, top to bottom and left to right.

    Raises :class:`FormulaSyntaxError` or :class:`UnsupportedError` for a structure that is not understood.
    """
    lines: list[list[Token]] = [[]]
    matrices = 0
    opened: list[Token] = []
    for position, item in enumerate(tokens):
        if item.type == "BEGIN":
            opened.append(item)
            inside = _is_matrix(item, lines[-1], matrices) or _is_definition(tokens, position)
            matrices += inside
            if inside:
                lines[-1].append(item)
        elif item.type == "END":
            opening = opened.pop()
            if str(opening) != str(item):
                raise FormulaSyntaxError(f"\\begin{{{opening}}} ends with \\end{{{item}}}", span_of(item))
            if matrices:
                matrices -= 1
                lines[-1].append(item)
        elif item.type == "NEWROW" and not matrices:
            lines.append([])
        elif item.type != "AMP" or matrices:
            lines[-1].append(item)
    return [row for line in _joined(lines) for row in _equations(line)]


def _joined(lines: list[list[Token]]) -> list[list[Token]]:
    """Lines that go on with a sign or an operator, and have no relation of their own, belong to the line above."""
    found: list[list[Token]] = []
    for line in lines:
        goes_on = bool(line) and line[0].type in ("SIGN", "OPERATOR") and not _has_relation(line)
        if found and goes_on and found[-1] and found[-1][-1].type not in _TRAILING:
            found[-1] = found[-1] + line
        else:
            found.append(line)
    return found


def _is_matrix(begin: Token, before: list[Token], matrices: int) -> bool:
    name = str(begin).rstrip("*")
    if name in MATRICES or matrices:
        return True
    if name == "array" and any(item.type not in _TRAILING for item in before):
        return True
    if name == "cases":  # a definition behind a relation; by itself a system of equations
        return any(item.type not in _TRAILING for item in before)
    if name in DISPLAYS:
        return False
    raise FormulaSyntaxError(f"unknown environment {name!r}", span_of(begin))


def _is_definition(tokens: list[Token], position: int) -> bool:
    r"""Whether cases are values with conditions: ``&`` stands between them, and not beside a relation."""
    if tokens[position] != "cases":
        return False
    depth = 0
    for before, item, behind in zip(tokens[position:], tokens[position + 1 :], tokens[position + 2 :], strict=False):
        depth += (item.type == "BEGIN") - (item.type == "END")
        if depth < 0:
            return False
        if item.type == "AMP" and not depth and "RELATION" not in (before.type, behind.type):
            return True
    return False


def _equations(line: list[Token]) -> list[TokenRow]:
    """The equations of one line, each with the annotations behind it."""
    found: list[TokenRow] = []
    annotating = False
    parts = _unwrapped(_parts(line))
    quantified: tuple[tuple[Token, ...], ...] = ()
    for position, (separator, part) in enumerate(parts):
        if not found and separator == "REMARK" and position + 1 < len(parts) and _is_quantified(part):
            quantified += (tuple(part),)
            continue
        following = parts[position + 1][1] if position + 1 < len(parts) else []
        remark = (separator == "REMARK" or annotating) and not _has_relation(part) and part[0].type not in _JOINING
        annotating = bool(found) and (remark or _is_annotation(part, following))
        if annotating and part[-1].type == "RELATION":
            raise FormulaSyntaxError("nothing stands behind the relation", span_of(part[-1]))
        if annotating:
            found[-1] = TokenRow(found[-1].tokens, (*found[-1].annotations, tuple(part)))
        elif found and not _has_relation(part):
            if not any(_has_relation(other) for _, other in parts):
                raise FormulaSyntaxError("nothing is claimed here: a list without a relation", _span(part))
            raise FormulaSyntaxError("not understood behind the equation: neither an equation nor a range", _span(part))
        else:
            equation, space = _without_space(part)
            if space and len(space) == 1:
                raise FormulaSyntaxError("nothing stands behind the relation", span_of(space[0]))
            found.append(TokenRow(tuple(equation), (*quantified, *((tuple(space),) if space else ()))))
            quantified = ()
    return found


def _is_quantified(part: list[Token]) -> bool:
    r"""What stands behind ``\forall`` before an equation: letters, or a set that they are in."""
    relations = [str(item) for item in _outside(part) if item.type == "RELATION"]
    return relations == ["in"] or all(item.type in ("LETTER", "FONT", "COMMA") for item in part)


def _unwrapped(parts: list[tuple[str, list[Token]]]) -> list[tuple[str, list[Token]]]:
    r"""Parts behind the first, without parentheses around a range: ``a_t = b_t \quad (t = 1, \dots, T)``."""
    found: list[tuple[str, list[Token]]] = []
    for separator, part in parts:
        inside = part[1:-1]
        wrapped = part[0].type == "LPAREN" and part[-1].type == "RPAREN" and not _has_relation(part)
        if found and wrapped and _has_relation(inside) and len(_outside(part)) == 0:
            found += [(separator if i == 0 else "COMMA", tokens) for i, (_, tokens) in enumerate(_parts(inside))]
        else:
            found.append((separator, part))
    return found


def _without_space(part: list[Token]) -> tuple[list[Token], list[Token]]:
    r"""``a = b \in \mathbb R^n``: the equation, and the space that is said of it."""
    outside = [item for item in _outside(part) if item.type == "RELATION"]
    if len(outside) < 2 or outside[-1] != "in":
        return part, []
    cut = next(i for i, item in enumerate(part) if item is outside[-1])
    return part[:cut], part[cut:]


def _span(part: list[Token]) -> Span:
    return span_of(part[0]) | span_of(part[-1])


def _parts(line: list[Token]) -> list[tuple[str, list[Token]]]:
    """A line cut at its commas, wide spaces, arrows and text outside of all delimiters; with what stood before each."""
    parts: list[tuple[str, list[Token]]] = [("", [])]
    depth = 0
    for item in line:
        depth += (item.type in OPENING) - (item.type in CLOSING)
        if depth == 0 and item.type in _TRAILING:
            remark = item.type == "REMARK" or (parts[-1][0] == "REMARK" and not parts[-1][1])
            parts.append(("REMARK" if remark else item.type, []))
        elif item.type == "STOP":
            raise FormulaSyntaxError(f"{str(item)!r} is not understood here", span_of(item))
        elif item.type == "REMARK":
            raise FormulaSyntaxError("text within an expression", span_of(item))
        elif item.type != "SEPARATOR":
            parts[-1][1].append(item)
    return [(separator, part) for separator, part in parts if part]


def _has_relation(part: list[Token]) -> bool:
    return any(item.type == "RELATION" for item in _outside(part))


def _is_annotation(part: list[Token], following: list[Token]) -> bool:
    """``x \\in S``, ``1 \\le k \\le K``, ``k = 1, 2, \\dots, n``: for which indices an equation is meant."""
    outside = _outside(part)
    relations = [str(item) for item in outside if item.type == "RELATION"]
    if relations == ["in"]:
        return True
    if len(outside) >= 2 and outside[0].type == "LETTER" and outside[1].type == "RELATION" and relations == ["="]:
        listed = bool(following) and not _has_relation(following)
        return listed or any(item.type == "DOTS" for item in part)
    bounds = all(item.type in ("RELATION", "NUMBER", "LETTER", "SIGN") for item in outside)
    return bounds and len(relations) == 2 and set(relations) <= {"le", "<"}


def _outside(part: list[Token]) -> list[Token]:
    """The tokens outside of all delimiters."""
    found, depth = [], 0
    for item in part:
        depth += item.type in OPENING
        if depth == 0:
            found.append(item)
        depth -= item.type in CLOSING
    return found
