"""For a row that fails: the single edits, and the other readings, with which it holds at every point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eqtest.autodiff.outcome import Context, Outcome, Point
from eqtest.autodiff.summary import RowRecord
from eqtest.errors import UnboundSymbolError, ValueKindError
from eqtest.formula.latex import latex
from eqtest.formula.mutate import STAGES, Edit, Vocabulary, edits
from eqtest.formula.mutate.vocabulary import vocabulary, with_calls_below
from eqtest.formula.patch import Reading, patch
from eqtest.formula.tree import BigOperator, Derivative, Relation, extent, walk
from eqtest.formula.where import Assignment
from eqtest.options import CheckOptions, Layout
from eqtest.report import Repair

MAX_VALUES = 24_000
"""Values computed for all candidates of a stage together: fewer are tried of a row that is long when written out."""
MIN_SIZE = 8
"""What a candidate costs besides, in values."""
LONG = 500
"""Of a row with more values than this, that cost is its size."""
MAX_REPAIRS = 5

Points = Callable[[], Iterable[tuple[Assignment, int, Mapping[str, Any]]]]
"""Draws the points of a check, the same at every call."""


@dataclass(eq=False)
class _Candidate:
    """A row that differs by one edit, or the row itself read in another way."""

    tree: Relation
    context: Context
    edit: Edit | None
    rank: int = 0
    holds: int = 0
    undefined: int = 0

    @property
    def order(self) -> tuple[int, bool, bool, bool, int]:
        """Better is what is defined at more points, then another reading, then the commoner kind of slip.

        The first side of a row is what it is about: a slip is likelier in another. Nobody prints the derivative of
        something by itself.
        """
        if self.edit is None:
            return self.undefined, False, False, False, 0
        identity = any(isinstance(node, Derivative) and node.by == (node.of,) for node in walk(self.tree))
        return self.undefined, True, identity, self.edit.side == 0, self.rank


def find_repairs(
    record: RowRecord, display: Sequence[Relation], context: Context, points: Points, read: Reading
) -> tuple[Repair, ...]:
    """Edits that make the row hold wherever it is defined, best first; none that only makes it vacuous.

    ``display`` are the rows of the formula, in which what is missing may stand; ``read`` reads the row in a changed
    formula, by which the edits are put in the author's own LaTeX.  Less likely kinds of edits are tried where none of
    the likelier mends the row but for its first side.
    """
    if record.status == "error" and not isinstance(_first(record).problem, UnboundSymbolError | ValueKindError):
        return ()  # an edit of what is not understood, or too large, is no better
    search = _Search(record, display, context)
    good: list[_Candidate] = []
    for search.stage in range(len(STAGES)):
        good += _mending(search, points)
        if any(candidate.edit is not None and candidate.edit.side for candidate in good):
            break
    good.sort(key=lambda candidate: candidate.order)
    return tuple(_repair(candidate, search, read) for candidate in good[:MAX_REPAIRS])


@dataclass
class _Search:
    """What is looked for, and the likelihood of the edits that are tried now."""

    record: RowRecord
    display: Sequence[Relation]
    context: Context
    stage: int = 0
    words: Vocabulary | None = None

    def candidates(self, point: Point) -> Iterator[_Candidate]:
        """The other readings of the row, and its edits."""
        tree, context = self.record.tree, self.context
        if not self.stage:
            for options in _other_readings(tree, context.options):
                yield _Candidate(tree, replace(context, options=options), None)
        if self.words is None:
            self.words = vocabulary([tree, *self.display], point.evaluator.scope, point.evaluator.ranges)
        for edit in edits(tree, self.words, _sides(tree, _first(self.record)), self.stage):
            yield _Candidate(edit.tree, context, edit, rank=100 * self.stage + edit.rank)


def _mending(search: _Search, points: Points) -> list[_Candidate]:
    """The candidates of a stage that hold wherever they are defined, and somewhere."""
    alive: list[_Candidate] = []
    size = max(search.record.expanded_size, extent(search.record.tree))
    cost = size if size > LONG else MIN_SIZE  # each is edited and written out anew
    for number, (assignment, trial, namespace) in enumerate(points()):
        own = search.context.point(namespace, assignment, trial)
        judged = iter(alive) if number else search.candidates(own)
        left = MAX_VALUES
        alive = []
        own.judge(search.record.tree)  # its products are kept, those of candidates are not
        with own.variants(search.record.tree):
            for candidate in judged:
                context = candidate.context
                point = own if context is search.context else context.point(namespace, assignment, trial)
                before = point.evaluator.evaluated
                if _holds(candidate, point, search.record):
                    alive.append(candidate)
                left -= cost + point.evaluator.evaluated - before
                if not number and left < 0:
                    break
        if not alive:
            break
    return [candidate for candidate in alive if candidate.holds]


def _holds(candidate: _Candidate, point: Point, record: RowRecord) -> bool:
    """Whether a candidate does not fail at a point."""
    status = point.judge_variant(candidate.tree, record.row.ranges).status
    candidate.holds += status == "holds"
    candidate.undefined += status == "undefined"
    return status in ("holds", "undefined", "vacuous")


def _first(record: RowRecord) -> Outcome:
    """The outcome for which the row has its verdict."""
    return next(outcome for _, _, outcome in record.outcomes if outcome.status == record.status)


def _sides(row: Relation, outcome: Outcome) -> tuple[int, ...]:
    """The sides of which one is wrong; all where that is not known."""
    problem = outcome.problem
    if problem is not None and problem.span is not None:
        place = problem.span
        wrong = [i for i, side in enumerate(row.sides) if side.span.start <= place.start and place.end <= side.span.end]
        return (
            tuple(wrong) if isinstance(problem, UnboundSymbolError | ValueKindError) else (*wrong, 0) if wrong else ()
        )
    if outcome.status != "fails":
        return ()
    last = outcome.link
    if row.relations[last - 1] != "=":
        return (last - 1, last)
    ordered = (link for link in range(1, last) if row.relations[link - 1] != "=")
    return (max(ordered, default=0), last)


def _repair(found: _Candidate, search: _Search, read: Reading) -> Repair:
    tree, record, own = found.tree, search.record, search.context.options
    functions = frozenset() if search.words is None else search.words.functions
    text = latex(with_calls_below(tree, functions))
    if found.edit is not None:
        replacements = patch(record.tree, tree, record.row.span, read)
        return Repair(f"with {found.edit.description}", text, found.edit.span, replacements)
    options = found.context.options
    if options.layout != own.layout:
        return Repair(f"in {options.layout} layout, without any change", text)
    return Repair(f"with the factors of the product in {options.product_order} order of the index", text)


def _other_readings(row: Relation, options: CheckOptions) -> Iterator[CheckOptions]:
    layouts: tuple[Layout, ...] = ("numerator", "gradient", "denominator")
    yield from (replace(options, layout=layout) for layout in layouts if layout != options.layout)
    if any(isinstance(node, BigOperator) and node.kind == "prod" for node in walk(row)):
        yield replace(options, product_order="ascending" if options.product_order == "descending" else "descending")
