"""The source documents exhaustively: all assignments up to N = 8, all slips and what mends them."""

from __future__ import annotations

from collections import Counter

import pytest

from slips import Slip
from source_documents import BEFORE, BETWEEN, DOTTED
from test_slips import SLIPS, is_true
from test_source_documents import holds_on_the_range, holds_where_defined

LARGEST = 8


@pytest.mark.parametrize("block", DOTTED)
def test_rows_with_dots_hold_where_they_are_defined(block: str) -> None:
    holds_where_defined(block, LARGEST)


@pytest.mark.parametrize(("latex", "k"), [(BETWEEN, "p+1..q"), (BEFORE, "1..p")])
def test_inline_identities_hold_on_the_whole_range_of_k(latex: str, k: str) -> None:
    holds_on_the_range(latex, k, LARGEST)


def test_every_slip_is_refuted_or_true_and_most_are_mended() -> None:
    """Prints, by kind, for how many failing slips the original is among the first three repairs."""
    unexpected: list[Slip] = []
    failing: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    for slip in SLIPS:
        report = slip.check()
        if (report.status == "holds") is not is_true(slip):
            unexpected.append(slip)
        if report.status == "fails":
            place = slip.repaired_at(report)
            failing[slip.kind] += 1
            mended[slip.kind] += place is not None and place <= 3
    for kind, count in failing.items():
        print(f"{kind}: {mended[kind]} of {count} mended by one of the first three repairs")
    assert not unexpected, [str(slip) for slip in unexpected]
    assert mended.total() >= 0.8 * failing.total(), f"{mended.total()} of {failing.total()}"
