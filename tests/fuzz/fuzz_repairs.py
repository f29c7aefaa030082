"""Wrong formulas of public texts: the right one is among the first three repairs of most."""

from __future__ import annotations

from collections import Counter

from authors_slips import is_right, sample
from eqtest import check
from test_cases import FILES, read_cases

SLIPS, SEED, FIRST = 100, 1, 3


def test_most_slips_of_authors_are_mended() -> None:
    """Prints for how many of each kind."""
    holding = [case for path in FILES for case in read_cases(path) if case.expect == "holds"]
    made: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    for slip in sample(holding, 4 * SLIPS, SEED):
        report = check(slip.latex, snippet="import torch\n" + slip.case.snippet, **slip.case.options)  # type: ignore[arg-type]
        wrong = [row for row in report.checked_rows if row.status not in ("holds", "vacuous")]
        if not wrong or wrong[0].subtype == "syntax":
            continue
        made[slip.kind] += 1
        mended[slip.kind] += any(is_right(repair, wrong[0], slip) for repair in wrong[0].repairs[:FIRST])
        if made.total() == SLIPS:
            break
    for kind in sorted(made):
        print(f"{kind:30}{mended[kind]:4} of {made[kind]:3}")
    assert made.total() == SLIPS
    assert mended.total() >= 0.8 * SLIPS, f"{mended.total()} of {SLIPS}"
