"""Reading in one line, for the tests of the parser."""

from __future__ import annotations

from eqtest.errors import FormulaError
from eqtest.formula.latex import latex
from eqtest.formula.parse import parse
from eqtest.formula.tree import Node, Relation


def rows(text: str, **macros: object) -> list[str]:
    """The rows of a formula, printed back."""
    return [latex(tree) for tree in trees(text, **macros)]


def trees(text: str, **macros: object) -> list[Relation]:
    found = []
    for row in parse(text, macros):  # type: ignore[arg-type]
        if row.error is not None:
            raise row.error
        assert row.tree is not None
        found.append(row.tree)
    return found


def tree(text: str) -> Node:
    """The tree of one expression."""
    (row,) = trees(text)
    (side,) = row.sides
    return side


def refusal(text: str, **macros: object) -> FormulaError:
    """The error with which a formula is refused."""
    try:
        trees(text, **macros)
    except FormulaError as error:
        return error
    raise AssertionError(f"{text!r} is read as {rows(text)}")
