"""Where a network that is too long for one row goes on in the next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from eqtest.network.place import Placement


@dataclass(frozen=True, slots=True)
class Row:
    """The columns from ``first`` to ``last``; the unit at which a row ends is drawn again where the next begins."""

    first: float
    last: float


def split(placement: Placement, steps: int, whole: Collection[float] = ()) -> list[Row]:
    """Rows of at most ``steps`` steps and about the same length, cut where few connections pass over the cut.

    No row ends at the columns ``whole`` where it can end beside them.
    """
    last = math.ceil(max(point.x for point in placement.positions.values()))
    count = max(1, math.ceil(last / steps))
    rows: list[Row] = []
    first = 0
    for left in range(count, 0, -1):
        even = math.ceil((last - first) / left)
        latest = min(first + steps, last)
        earliest = max(first + 1, last - (left - 1) * steps)
        near = range(max(earliest, first + even - 1), min(latest, first + even + 1) + 1)
        cut = min(near, key=lambda column: (column in whole, _passing(placement, column), abs(column - first - even)))
        rows.append(Row(first, cut))
        first = cut
    return rows


def _passing(placement: Placement, column: int) -> int:
    return sum(route.start.x < column < route.end.x for route in placement.routes.values())
