"""The power of a check: which of the wrong variants of a row that holds fail."""

from __future__ import annotations

import math

from eqtest.autodiff.outcome import Point
from eqtest.autodiff.summary import RowRecord
from eqtest.formula.mutate import edits

MIN_MUTANTS, MAX_MUTANTS = 8, 50
"""Wrong variants tried for one row."""
MAX_MUTANT_VALUES = 700
"""Values in all of them together: the variants of a long row cost nearly as much as the row itself."""
MAX_POWER_POINTS = 8
"""Points at which a variant is tried; past them only the first trial of an assignment counts."""


def refute(record: RowRecord, point: Point, trial: int) -> None:
    """Try the wrong variants that are not refuted yet on a row that holds here, at a bounded number of points.

    A variant that names what does not exist, where the row itself is defined, is refuted by that.
    """
    if record.candidates is None:
        variants = list(edits(record.tree))
        limit = max(MIN_MUTANTS, min(MAX_MUTANTS, MAX_MUTANT_VALUES // max(1, record.expanded_size)))
        record.candidates = variants[:: max(1, math.ceil(len(variants) / limit))]
    record.tried += 1
    if trial and record.tried > MAX_POWER_POINTS:
        return
    remaining = []
    with point.variants(record.tree):
        for edit in record.candidates:
            found = point.judge_variant(edit.tree, record.row.ranges)
            if found.status in ("fails", "undefined"):
                record.refuted.append((edit, found.error))
            elif found.status in ("holds", "vacuous"):
                remaining.append(edit)
    record.candidates = remaining
