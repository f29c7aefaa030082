"""For a row that fails: the single edits, and the other readings, with which it holds at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from eqtest.autodiff.outcome import Context, judge
from eqtest.autodiff.summary import RowRecord
from eqtest.formula.latex import latex
from eqtest.formula.mutate import Edit, edits
from eqtest.formula.tree import BigOperator, walk
from eqtest.formula.where import Assignment
from eqtest.options import CheckOptions
from eqtest.report import Repair

MAX_CANDIDATES = 400
MAX_REPAIRS = 5

Points = Iterable[tuple[Assignment, int, Mapping[str, Any]]]


def find_repairs(record: RowRecord, context: Context, points: Points) -> tuple[Repair, ...]:
    """Edits that make the row hold wherever it is defined, best first; none that only makes it vacuous."""
    if record.tree is None:
        return ()
    candidates = [(edit, context) for edit in list(edits(record.tree))[:MAX_CANDIDATES]]
    readings = [(None, replace(context, options=options)) for options in _other_readings(record, context.options)]
    alive: list[tuple[Edit | None, Context]] = [*readings, *candidates]
    held: set[int] = set()
    for assignment, trial, namespace in points:
        evaluators = {id(reading): reading.evaluator(namespace, assignment) for _, reading in alive}
        remaining = []
        for edit, reading in alive:
            tree = record.tree if edit is None else edit.tree
            found = judge(tree, evaluators[id(reading)], context.options.seed + trial)
            if found.status == "holds":
                held.add(id(tree) ^ id(reading))
            if found.status in ("holds", "undefined"):
                remaining.append((edit, reading))
        alive = remaining
        if not alive:
            break
    good = [
        (edit, reading)
        for edit, reading in alive
        if id(record.tree if edit is None else edit.tree) ^ id(reading) in held
    ]
    good.sort(key=lambda item: (item[0] is not None, item[0].rank if item[0] else 0))
    return tuple(_repair(edit, reading, record, context) for edit, reading in good[:MAX_REPAIRS])


def _repair(edit: Edit | None, reading: Context, record: RowRecord, context: Context) -> Repair:
    assert record.tree is not None
    if edit is not None:
        return Repair(f"with {edit.description}", latex(edit.tree), edit.span)
    if reading.options.layout != context.options.layout:
        return Repair(f"in {reading.options.layout} layout, without any change", latex(record.tree))
    return Repair(
        f"with the factors of the product in {reading.options.product_order} order of the index", latex(record.tree)
    )


def _other_readings(record: RowRecord, options: CheckOptions) -> list[CheckOptions]:
    assert record.tree is not None
    found = [
        replace(options, layout=layout)
        for layout in ("numerator", "gradient", "denominator")
        if layout != options.layout
    ]
    if any(isinstance(node, BigOperator) and node.kind == "prod" for node in walk(record.tree)):
        other = "ascending" if options.product_order == "descending" else "descending"
        found.append(replace(options, product_order=other))  # type: ignore[arg-type]
    return found
