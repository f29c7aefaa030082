"""The 26 chain rows of the source chapters: every single slip is refuted or is another true statement, and mended.

``make fuzz`` makes all slips; here every seventh is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from slips import Slip, slips

SLIPS = list(slips())
SAMPLE = SLIPS[::7]

ONLY_THROUGH_THE_SUM = "h_k is used in s_k alone, so a derivative by the one is that by the other"
ONLY_THROUGH_THE_LAYER = "w_(k-1) reaches s_k through h_k alone"
IDENTITY = "s_q = h_p + h_q, and h_p does not depend on h_q: the factor is 1"
NOT_THROUGH_THE_SKIP = "s_q = h_p + h_q, and h_p does not depend on h_(p+1)"
FILLED_IN = "the dots stand for the factor that was left out"
ENDS_EARLIER = "a shorter run, ended by the derivative of a later layer by the same tensor"
WHERE_THEY_MEET = "defined where the run has one factor only, N = q + 1, and true there"
TRUE: Mapping[str, Mapping[str, str]] = {
    "hidden layers": {},
    "residual blocks": {
        "y/s_3 -> y/h_3": ONLY_THROUGH_THE_SUM,
        "s_3/s_2 -> s_3/h_2": ONLY_THROUGH_THE_SUM,
        "s_2/s_1 -> s_2/h_1": ONLY_THROUGH_THE_SUM,
        "s_3/w_2 -> h_3/w_2": ONLY_THROUGH_THE_LAYER,
        "s_2/w_1 -> h_2/w_1": ONLY_THROUGH_THE_LAYER,
        "s_1/w_0 -> h_1/w_0": ONLY_THROUGH_THE_LAYER,
    },
    "final": {
        "y/s_3 -> y/h_3": ONLY_THROUGH_THE_SUM,
        "(h_3/s_2 + 1) -> (h_3/h_2 + 1)": ONLY_THROUGH_THE_SUM,
        "(h_2/s_1 + 1) -> (h_2/h_1 + 1)": ONLY_THROUGH_THE_SUM,
        "h_3/w_2 -> s_3/w_2": ONLY_THROUGH_THE_LAYER,
        "h_2/w_1 -> s_2/w_1": ONLY_THROUGH_THE_LAYER,
        "h_1/w_0 -> s_1/w_0": ONLY_THROUGH_THE_LAYER,
    },
    "without skip": {
        "h_N/h_N-1 ->": FILLED_IN,
        "h_2/h_1 ->": FILLED_IN,
        "h_q+1/w_q -> h_q+2/w_q": ENDS_EARLIER,
        "h_p+1/w_p -> h_p+2/w_p": ENDS_EARLIER,
        "h_2/w_1 -> h_3/w_1": ENDS_EARLIER,
    },
    "with skip": {
        "h_N/h_N-1 ->": FILLED_IN,
        "h_N/h_N-1 -> h_N/s_N-1": WHERE_THEY_MEET,
        "h_q+1/w_q -> h_q+2/w_q": ENDS_EARLIER,
        "h_q+1/s_q -> h_q+2/s_q": ENDS_EARLIER,
        "h_q+1/s_q -> h_q+1/h_q": ONLY_THROUGH_THE_SUM,
        "h_q/w_q-1 -> s_q/w_q-1": ONLY_THROUGH_THE_LAYER,
        "s_q/h_q ->": IDENTITY,
        "s_q/h_q -> h_q/h_q": IDENTITY,
        "s_q/h_q -> s_q/s_q": IDENTITY,
        "s_q/h_p+1 -> h_q/h_p+1": NOT_THROUGH_THE_SKIP,
    },
}
"""For each display the slips that do not make a row false, and why."""
REFUSED = ("with skip", 3, "h_N/h_N-1 -> h_N/s_N-1")
"""At N = q + 1 the end of this run is a derivative by ``w_q``: its two ends are two factors, and do not meet."""


def is_true(slip: Slip) -> bool:
    return slip.edit in TRUE[slip.block] and (slip.block, slip.row, slip.edit) != REFUSED


def test_slips_are_made_everywhere() -> None:
    assert len({(slip.block, slip.row) for slip in SLIPS}) == 26
    assert len(SLIPS) > 700
    assert {edit for table in TRUE.values() for edit in table} <= {slip.edit for slip in SLIPS}


@pytest.mark.parametrize("slip", SAMPLE, ids=str)
def test_a_slip_is_refuted_or_listed_as_true(slip: Slip) -> None:
    report = slip.check()
    if is_true(slip):
        assert report.status == "holds", str(report)
    else:
        assert report.status in ("fails", "undefined", "error"), str(report)
        assert report.rows[0].message


def repaired(some: list[Slip]) -> tuple[int, int]:
    """How many of the failing slips there are, and for how many one of the first three repairs is the original."""
    reports = [(slip, slip.check()) for slip in some]
    places = [slip.repaired_at(report) for slip, report in reports if report.status == "fails"]
    return sum(place is not None and place <= 3 for place in places), len(places)


def test_the_original_is_among_the_first_three_repairs() -> None:
    found, failing = repaired(SAMPLE)
    assert failing > 50
    assert found >= 0.9 * failing, f"{found} of {failing}"
