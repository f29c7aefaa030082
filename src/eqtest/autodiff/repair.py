"""For a row that fails: the single edits, and the other readings, with which it holds at every point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from eqtest.autodiff.outcome import Context
from eqtest.autodiff.sample import tensors
from eqtest.autodiff.summary import RowRecord
from eqtest.formula.latex import latex
from eqtest.formula.mutate import Edit, edits
from eqtest.formula.patch import Reading, patch
from eqtest.formula.tree import BigOperator, Relation, walk
from eqtest.formula.where import Assignment
from eqtest.options import CheckOptions, Layout
from eqtest.report import Repair

MIN_CANDIDATES, MAX_CANDIDATES = 8, 400
MAX_VALUES = 20_000
"""Values in all candidates together: fewer are tried for a row that is long when written out."""
MAX_REPAIRS = 5

Points = Iterable[tuple[Assignment, int, Mapping[str, Any]]]


@dataclass(eq=False)
class _Candidate:
    """A row that differs by one edit, or the row itself read in another way."""

    tree: Relation
    context: Context
    edit: Edit | None
    holds: int = 0
    undefined: int = 0


def find_repairs(record: RowRecord, context: Context, points: Points, read: Reading) -> tuple[Repair, ...]:
    """Edits that make the row hold wherever it is defined, best first; none that only makes it vacuous.

    ``read`` reads the row in a changed formula, by which the edits are put in the author's own LaTeX.

    Better is what is defined at more points, then another reading, then the commoner kind of slip.
    """
    limit = max(MIN_CANDIDATES, min(MAX_CANDIDATES, MAX_VALUES // max(1, record.expanded_size)))
    readings = (
        _Candidate(record.tree, replace(context, options=options), None)
        for options in _other_readings(record.tree, context.options)
    )
    alive: list[_Candidate] = []
    for number, (assignment, trial, namespace) in enumerate(points):
        if not number:
            slips = (_Candidate(edit.tree, context, edit) for edit in edits(record.tree, _families(namespace)))
            alive = list(islice(chain(readings, slips), limit))
        here = {id(c.context): c.context.point(namespace, assignment, trial) for c in alive}
        remaining = []
        for candidate in alive:
            status = here[id(candidate.context)].judge(candidate.tree, record.row.ranges).status
            candidate.holds += status == "holds"
            candidate.undefined += status == "undefined"
            if status in ("holds", "undefined", "vacuous"):
                remaining.append(candidate)
        alive = remaining
        if not alive:
            break
    good = [candidate for candidate in alive if candidate.holds]
    good.sort(key=lambda c: (c.undefined, c.edit is not None, c.edit.rank if c.edit else 0))
    return tuple(_repair(candidate, record, context, read) for candidate in good[:MAX_REPAIRS])


def _families(namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """The letters of the snippet that have indices: lists and dicts of tensors."""
    return tuple(
        name
        for name, value in namespace.items()
        if len(name) == 1 and isinstance(value, list | dict) and any(True for _ in tensors(value))
    )


def _repair(found: _Candidate, record: RowRecord, context: Context, read: Reading) -> Repair:
    if found.edit is not None:
        replacements = patch(record.tree, found.tree, record.row.span, read)
        return Repair(f"with {found.edit.description}", latex(found.tree), found.edit.span, replacements)
    options = found.context.options
    if options.layout != context.options.layout:
        return Repair(f"in {options.layout} layout, without any change", latex(found.tree))
    return Repair(f"with the factors of the product in {options.product_order} order of the index", latex(found.tree))


def _other_readings(row: Relation, options: CheckOptions) -> Iterator[CheckOptions]:
    layouts: tuple[Layout, ...] = ("numerator", "gradient", "denominator")
    yield from (replace(options, layout=layout) for layout in layouts if layout != options.layout)
    if any(isinstance(node, BigOperator) and node.kind == "prod" for node in walk(row)):
        yield replace(options, product_order="ascending" if options.product_order == "descending" else "descending")
