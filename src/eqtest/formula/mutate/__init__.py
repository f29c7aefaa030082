"""Single edits of a row: the slips that are looked for as repairs, and the wrong variants that a check must refute.

One set serves both, so whatever a check can tell apart it can also propose.  With a vocabulary there are more: what
stands elsewhere in the text, or in the snippet, may have been forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from eqtest.formula.mutate import chains, factors, indices, letters, operands, terms
from eqtest.formula.mutate.row import Place, Row, Vocabulary
from eqtest.formula.plain import plain
from eqtest.formula.tree import BigOperator, Group, Node, Relation, substitute
from eqtest.span import Span

__all__ = ["STAGES", "Edit", "Vocabulary", "edits"]

Kind = Callable[[Place, Row], Iterator[Node]]

_COMMON: tuple[Kind, ...] = (
    indices.shifted,
    operands.transposes,
    letters.lettered,
    indices.reindexed,
    factors.swapped,
    factors.left_out,
    chains.put_in,
    chains.put_in_respelled,
    factors.repeated,
    terms.signed,
    terms.added_one,
    indices.powers,
    factors.scaled,
)
_FORGOTTEN: tuple[Kind, ...] = (
    factors.joined,
    terms.summed,
    operands.primed,
    operands.exponents,
    terms.complemented,
    letters.replaced,
    operands.quotients,
    operands.applied,
    terms.unsummed,
)
_PUT_IN: tuple[Kind, ...] = (factors.put_in, factors.divided, terms.put_in)
STAGES = (_COMMON, _FORGOTTEN, _PUT_IN)
"""What is tried one after another for a repair; all but the first with a vocabulary only."""
_EXCUSES: dict[Kind, str] = {
    factors.swapped: "these commute here",
    operands.transposes: "a number, or symmetric, here",
    letters.lettered: "equal here",
    indices.reindexed: "equal here",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A row with one edit made."""

    tree: Relation
    context: Node
    """The smallest part that shows the edit, before it."""
    old: Node
    new: Node
    rank: int
    """Kinds of slips, the commonest first."""
    side: int
    """The number of the side that is changed."""
    excuse: str = ""
    """Why such a variant may well be another true statement."""

    @property
    def description(self) -> str:
        """``∂y/∂h_3 in place of ∂y/∂h_2``."""
        return _description(self.context, self.old, self.new)

    @property
    def span(self) -> Span:
        return self.context.span


def edits(
    tree: Relation, vocabulary: Vocabulary | None = None, sides: Collection[int] = (), stage: int = 0
) -> Iterator[Edit]:
    """Every single edit of a row, commonest kinds first; none of them equals the row.

    ``sides`` restricts them to these sides of it; ``stage`` is which of the ``STAGES`` they are of.
    """
    row = Row(tree, vocabulary)
    numbers = [*range(1, len(tree.sides)), 0]  # the first side of a row is what it is about: it comes last
    places = [(i, place) for i in numbers if not sides or i in sides for place in row.places(tree.sides[i])]
    seen = {tree}
    for rank, kind in enumerate(STAGES[stage]):
        for number, place in places:
            bracketed = isinstance(place.parent, Group) and len(place.parent.items) == 1
            for found in kind(place, row):
                new = found.items[0] if bracketed and isinstance(found, Group) and found.left == "(" else found
                changed = place.changed(new)
                assert isinstance(changed, Relation)
                if changed not in seen:
                    seen.add(changed)
                    yield Edit(changed, place.context, place.node, new, rank, number, _EXCUSES.get(kind, ""))


def _description(context: Node, old: Node, new: Node) -> str:
    if isinstance(old, BigOperator) and isinstance(new, BigOperator) and old.body is new.body:
        if new.conditions == old.conditions and new.upper is not None and old.upper is not None:
            return f"the upper limit {plain(new.upper)} in place of {plain(old.upper)}"
        if len(new.conditions) == len(old.conditions) and new.upper == old.upper:
            before, after = next((a, b) for a, b in zip(old.conditions, new.conditions, strict=True) if a != b)
            return f"the lower limit {plain(after)} in place of {plain(before)}"
    return f"{plain(substitute(context, {id(old): new}))} in place of {plain(context)}"
