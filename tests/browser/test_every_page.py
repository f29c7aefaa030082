"""What every page of the book is for a reader with a phone, a keyboard or a screen reader."""

from __future__ import annotations

import pytest
from chromium import require_chromium

require_chromium()

MAX_WIRE, MAX_REQUESTS = 160 * 1024, 25
MAX_ELEMENTS = 18_000
"""A phone takes some 50 ms for a thousand."""


def test_every_page_loads_whole_and_without_another_site(visits):
    assert {page: visit.failures for page, visit in visits.items() if visit.failures} == {}


def test_no_page_is_heavy(visits):
    heavy = {page: visit.wire for page, visit in visits.items() if visit.wire > MAX_WIRE}
    many = {page: visit.requests for page, visit in visits.items() if visit.requests > MAX_REQUESTS}
    full = {page: visit.elements for page, visit in visits.items() if visit.elements > MAX_ELEMENTS}
    assert (heavy, many, full) == ({}, {}, {})


@pytest.mark.parametrize("window", [375, 1280])
def test_no_page_scrolls_sideways(visits, window):
    widths = {page: visit.widths[window] for page, visit in visits.items()}
    assert {page: width for page, width in widths.items() if width > window} == {}


def test_a_wide_display_scrolls_in_its_own_box_to_its_end(visits):
    wide = [display for visit in visits.values() for display in visit.displays if display["overhang"] > 0]
    assert wide
    assert all(display["reached"] == pytest.approx(display["overhang"], abs=1) for display in wide)
    assert all(display["right"] <= 375 for display in wide)


def test_no_line_begins_with_the_punctuation_behind_a_formula(visits):
    assert {page: visit.begun for page, visit in visits.items() if visit.begun} == {}


def test_the_number_of_a_display_stays_in_sight(visits):
    numbers = [display["number"] for visit in visits.values() for display in visit.displays if display["number"]]
    assert numbers
    assert [number for number in numbers if number[0] < 0 or number[1] > 375] == []


def test_the_tab_key_stops_at_displays_that_scroll_and_at_no_others(visits):
    displays = [display for visit in visits.values() for display in visit.displays]
    assert [display for display in displays if display["stop"] != (display["overhang"] > 0)] == []


def test_axe_finds_nothing_serious(visits):
    assert {page: visit.problems for page, visit in visits.items() if visit.problems} == {}
