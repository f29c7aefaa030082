"""Where the label of a connection stands: beside its middle, clear of everything else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from eqtest.network.place import Point, Route

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

GAP = 0.05
"""Between a label and its own connection."""
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66)
"""Places along a connection, in the order in which they are tried."""
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Box:
    """A label's place, by its centre and size."""

    centre: Point
    width: float
    height: float

    def distance(self, point: Point) -> float:
        """Of a point from the box; zero within."""
        dx = max(0.0, abs(point.x - self.centre.x) - self.width / 2)
        dy = max(0.0, abs(point.y - self.centre.y) - self.height / 2)
        return math.hypot(dx, dy)

    def overlaps(self, other: Box) -> bool:
        return (
            abs(self.centre.x - other.centre.x) < (self.width + other.width) / 2
            and abs(self.centre.y - other.centre.y) < (self.height + other.height) / 2
        )


def label_centres(
    labels: Mapping[Key, tuple[Route, float, float]],
    routes: Collection[Route],
    circles: Sequence[tuple[Point, float]],
) -> dict[Key, Point]:
    """The centres of labels, each given with its route, width and height.

    A label stands above its route (below, where that bends downwards) unless other routes, circles (centre and radius)
    or labels are in the way there and not elsewhere.
    """
    samples = {route: [route.at(t / 32) for t in range(33)] for route in routes}
    boxes: dict[Key, Box] = {}
    for key, (route, width, height) in labels.items():
        strangers = [point for other, points in samples.items() if other is not route for point in points]

        def is_clear(box: Box, strangers: list[Point] = strangers) -> bool:
            return (
                all(box.distance(point) > GAP / 2 for point in strangers)
                and all(box.distance(centre) > radius + GAP / 2 for centre, radius in circles)
                and not any(map(box.overlaps, boxes.values()))
            )

        places = list(_places(route, width, height))
        boxes[key] = next(filter(is_clear, places), places[0])
    return {key: box.centre for key, box in boxes.items()}


def _places(route: Route, width: float, height: float) -> Iterator[Box]:
    dx, dy = route.end.x - route.start.x, route.end.y - route.start.y
    length = math.copysign(math.hypot(dx, dy), route.bend)
    for t in ALONG:
        for side in (1, -1):
            nx, ny = -side * dy / length, side * dx / length
            away = (abs(nx) * width + abs(ny) * height) / 2 + GAP
            middle = route.at(t)
            yield Box(Point(middle.x + nx * away, middle.y + ny * away), width, height)
