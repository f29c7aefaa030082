r"""The rows that a row of ``\vdots`` stands for.

The row above and the row below name the ends by one index on their left sides.  A template is one of these two rows
with the letter of that index free: ``\partial L / \partial w_p = …`` gives the rows between for ``p = k``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from eqtest.errors import EllipsisError
from eqtest.formula.parse import ParsedRow
from eqtest.formula.runs import positions
from eqtest.formula.scope import Scope, integer
from eqtest.formula.tree import Node, Number, Relation, Sum, Symbol, rebuild

MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Template:
    """A printed row whose letter ``name`` runs, and both ends."""

    row: Relation
    name: str
    offset: int
    """The index is ``name + offset``."""
    above: Relation
    below: Relation

    def instances(self, scope: Scope) -> Iterator[Relation]:
        """The rows between the ends, at one assignment; raises :class:`EllipsisError` for more than ``MAX_ROWS``."""
        ends = positions(self.above.sides[0], self.below.sides[0], scope)
        if ends is None or len(ends) != 1:
            return
        a, b = ends[0].a, ends[0].b
        step = 1 if b > a else -1
        if abs(b - a) > MAX_ROWS:
            raise EllipsisError(
                f"{abs(b - a) - 1} rows between the printed ones; {MAX_ROWS} is the limit", self.row.span
            )
        for value in range(a + step, b, step):
            found = _with_value(self.row, self.name, Number(str(value - self.offset)))
            assert isinstance(found, Relation)
            yield found


def templates(rows: tuple[ParsedRow, ...], number: int, scopes: tuple[Scope, ...]) -> tuple[Template, ...]:
    """The readings of the row of dots with index ``number``; none where the rows around it do not match."""
    if not 0 < number < len(rows) - 1:
        return ()
    above, below = rows[number - 1].tree, rows[number + 1].tree
    if above is None or below is None:
        return ()
    found = []
    for row, other in ((below, above), (above, below)):
        index = _index(row, other, scopes)
        if index is not None:
            name, offset = index
            found.append(Template(row, name, offset, above, below))
    return tuple(found)


def _index(row: Relation, other: Relation, scopes: tuple[Scope, ...]) -> tuple[str, int] | None:
    """The letter and the offset of the one index in which the left side of ``row`` differs from that of ``other``."""
    ends = positions(row.sides[0], other.sides[0], scopes[0])
    if ends is None or len(ends) != 1:
        return None
    match ends[0].first:
        case Symbol(name=name):
            return name, 0
        case Sum(terms=(Symbol(name=name), Number()), signs=("+", _)) as index:
            value = integer(replace(index, terms=(Number("0"), index.terms[1])), scopes[0])
            return None if value is None else (name, value)
    return None


def _with_value(node: Node, name: str, value: Number) -> Node:
    """A copy with every ``name`` replaced by a number."""
    if isinstance(node, Symbol):
        return replace(value, span=node.span) if node.name == name and not node.accents else node
    return rebuild(node, lambda child: _with_value(child, name, value))
