"""One network drawn: circles, arrows and mathematics, in inches on a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.patches import Circle, FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from eqtest.network.beside import label_centres
from eqtest.network.label import Glyphs, set_symbols
from eqtest.network.picture import ACCENT, INK
from eqtest.network.place import Placement, Point, Route, place
from eqtest.network.rows import Row, split
from eqtest.network.unroll import place_unrolled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    from eqtest.network.units import Network, Unit

LETTER, WEIGHT = 15.0, 12.5
"""Sizes of the names of units and of weights, in points."""
RADIUS = {"unit": 0.21, "sum": 0.13, "unnamed": 0.1, "dots": 0.16}
ROOM, SMALL = 1.6 * RADIUS["unit"], 0.7
"""Width for a name within the circle of a unit; a name may be set smaller, by this factor at the least, to fit."""
STEP, LINE = 0.68, 0.82
"""Least length of a step along a line, and the distance of two lines."""
GAP = 0.05
"""Between a label and the unit or the connection that it belongs to."""
WIDTH = 6.4
"""A longer network goes on in a further row, so that it can be read on a telephone."""
DASH = 0.27
"""Length of the dashes where a row goes on in another."""
STROKE = 1.1
"""In points."""


class Panel:
    """A network and the measures of its drawing: ``width``, and ``above`` and ``below`` the main line of every row."""

    def __init__(self, network: Network, unrolled: bool = False) -> None:
        self.network = network
        self._unrolled = unrolled
        self._kinds = {unit.name: unit.kind for unit in network.units}
        self._names = {unit.name: _name(unit) for unit in network.units if unit.kind != "unnamed"}
        self._weights = {
            (c.source, c.target): set_symbols([network.symbols[name] for name in c.weights], WEIGHT)
            for c in network.connections
            if c.weights
        }
        placement = place_unrolled(network) if unrolled else place(network)
        self._step = self._step_for(placement.routes)
        self._centres = {name: self._scaled(point) for name, point in placement.positions.items()}
        self._routes = {
            ends: Route(
                self._scaled(r.start), self._scaled(r.first), self._scaled(r.second), self._scaled(r.end), r.bend
            )
            for ends, r in placement.routes.items()
        }
        self._labels = label_centres(
            {ends: (self._routes[ends], glyphs.width, glyphs.height) for ends, glyphs in self._weights.items()},
            self._routes.values(),
            [(centre, self._radius(name)) for name, centre in self._centres.items()],
        )
        self.rows = self._split(placement)
        heights = [route.at(t / 12).y for route in self._routes.values() for t in range(13)]
        margin = RADIUS["unit"] + GAP
        self.above = max(heights) + margin
        names = [self._below(unit) - self._centres[unit.name].y for unit in filter(self._is_named_below, network.units)]
        self.below = max(margin - min(heights), *(below + GAP for below in names), 0.0)
        self.side = margin + (0.3 if len(self.rows) > 1 else 0.0)
        self.width = max(row.last - row.first for row in self.rows) * self._step + 2 * self.side

    def draw(self, figure: Figure, row: Row, x: float, y: float) -> None:
        """Draw one row with the centre of its first unit at ``(x, y)``."""
        move = Affine2D().translate(x - row.first * self._step, y) + figure.dpi_scale_trans
        first, last = row.first * self._step, row.last * self._step
        margin = RADIUS["unit"] + GAP
        frame = Rectangle((first - margin, -self.below), last - first + 2 * margin, self.above + self.below)
        frame.set_transform(move)
        for patch in [*self._connections(first, last), *self._units(first, last), *self._continuations(row)]:
            patch.set_transform(move)
            figure.add_artist(patch)
            if isinstance(patch, FancyArrowPatch):
                patch.set_clip_path(frame)

    def _split(self, placement: Placement) -> list[Row]:
        if self._unrolled:
            return [Row(0, max(point.x for point in placement.positions.values()))]
        dots = [placement.positions[unit.name].x for unit in self.network.units if unit.kind == "dots"]
        return split(placement, max(2, int((WIDTH - 2 * RADIUS["unit"]) / self._step)), dots)

    def _scaled(self, point: Point) -> Point:
        return Point(point.x * self._step, point.y * LINE)

    def _step_for(self, routes: Mapping[tuple[str, str], Route]) -> float:
        """A step long enough for the labels on the arrows."""
        steps = [STEP]
        for (source, target), glyphs in self._weights.items():
            route = routes[source, target]
            if route.start.y != route.end.y:
                steps.append(glyphs.width + 2 * GAP + RADIUS["unit"])
            elif not route.bend:
                taken = glyphs.width + 2 * GAP + self._radius(source) + self._radius(target)
                steps.append(taken / (route.end.x - route.start.x))
        return max(steps)

    def _radius(self, name: str) -> float:
        return RADIUS[self._kinds[name]]

    def _is_named_below(self, unit: Unit) -> bool:
        """Whether the name does not go into the circle."""
        return unit.kind == "sum" or (unit.kind == "unit" and self._names[unit.name].width > ROOM)

    def _below(self, unit: Unit) -> float:
        """How far a name below its unit reaches below the unit's centre."""
        return RADIUS[unit.kind] + GAP + self._names[unit.name].height

    def _units(self, first: float, last: float) -> Iterator[Patch]:
        for unit in self.network.units:
            centre, radius = self._centres[unit.name], self._radius(unit.name)
            if not first <= centre.x <= last:
                continue
            color = ACCENT if unit.kind == "sum" else INK
            if unit.kind != "dots":
                yield Circle((centre.x, centre.y), radius, fill=False, edgecolor=color, linewidth=STROKE)
            if unit.kind == "sum":
                r = 0.6 * radius
                ends = [(centre.x + dx, centre.y + dy) for dx, dy in ((-r, 0), (r, 0), (0, -r), (0, r))]
                plus = Path(ends, [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO])
                yield PathPatch(plus, fill=False, edgecolor=color, linewidth=STROKE)
            if unit.kind != "unnamed":
                glyphs = self._names[unit.name]
                below = self._below(unit) - glyphs.height / 2 if self._is_named_below(unit) else 0.0
                yield from written(glyphs, Point(centre.x, centre.y - below))

    def _connections(self, first: float, last: float) -> Iterator[Patch]:
        for ends, route in self._routes.items():
            if not (min(route.start.x, route.end.x) < last and max(route.start.x, route.end.x) > first):
                continue
            is_skip = route.start.y != route.end.y if self._unrolled else route.is_arc
            color = ACCENT if is_skip else INK
            style = "-|>,head_length=0.42,head_width=0.17"
            yield FancyArrowPatch(
                path=self._visible(ends), arrowstyle=style, mutation_scale=12, color=color, linewidth=STROKE
            )
            if ends in self._weights and first <= self._labels[ends].x <= last:
                yield from written(self._weights[ends], self._labels[ends])

    def _visible(self, ends: tuple[str, str]) -> Path:
        """The part of a connection between the circles of its units."""
        route, (source, target) = self._routes[ends], ends
        start = _towards(route.start, route.first, self._radius(source))
        end = _towards(route.end, route.second, self._radius(target) + 0.015)
        if not route.bend:
            return Path([(start.x, start.y), (end.x, end.y)])
        points = (start, route.first, route.second, end)
        return Path([(p.x, p.y) for p in points], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])

    def _continuations(self, row: Row) -> Iterator[Patch]:
        """Dashes before the first unit of a row that goes on from another, and after the last of one that goes on.

        Dots stand for units that are left out, and here nothing is.
        """
        ends = []
        if row is not self.rows[0]:
            ends.append((row.first * self._step, -1))
        if row is not self.rows[-1]:
            ends.append((row.last * self._step, 1))
        for x, side in ends:
            dash = Path([(x + side * away, 0.0) for away in (RADIUS["unit"] + GAP, RADIUS["unit"] + GAP + DASH)])
            yield PathPatch(dash, fill=False, edgecolor=INK, linewidth=STROKE, linestyle=(0, (2.5, 1.8)))


def _name(unit: Unit) -> Glyphs:
    glyphs = set_symbols([unit.symbol], LETTER)
    fitting = 0.98 * ROOM / glyphs.width  # outlines do not scale to the last digit
    return set_symbols([unit.symbol], LETTER * fitting) if unit.kind == "unit" and SMALL <= fitting < 1 else glyphs


def written(glyphs: Glyphs, centre: Point) -> Iterator[Patch]:
    """Glyphs with the middle of their ink at a point."""
    move = Affine2D().translate(
        centre.x - (glyphs.left + glyphs.right) / 2, centre.y - (glyphs.bottom + glyphs.top) / 2
    )
    for outline, stroke in glyphs.outlines:
        yield PathPatch(move.transform_path(outline), facecolor=INK, edgecolor=INK, linewidth=stroke)


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.hypot(end.x - start.x, end.y - start.y)
    return Point(
        start.x + (end.x - start.x) * distance / length,
        start.y + (end.y - start.y) * distance / length,
    )
