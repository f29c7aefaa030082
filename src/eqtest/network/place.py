"""Where the units of a network stand and how its connections run, as plain numbers.

The longest path is the main line, ``y = 0``, drawn from left to right; what is left of the network is laid in chains on
lines above and below it. The unit of length is one step of the main line along ``x``, one line along ``y``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eqtest.network.naming import symbol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from eqtest.network.units import Connection, Network

CLEARANCE = 0.4
"""How near to a unit a connection that does not end there may come."""
ARC, ARC_STEP = 0.6, 0.36
"""Height of an arc over a line, and how much higher one is that spans another."""
BENDS = (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9, 1.2, -1.2)
"""Ways between two lines, by their distance from the straight one, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Route:
    """A cubic Bezier curve from the centre of one unit to that of another."""

    start: Point
    first: Point
    second: Point
    end: Point
    bend: float
    """How far its middle is from the straight way, to the left positive; zero if it is straight."""

    @property
    def is_arc(self) -> bool:
        """Whether it jumps over units of its own line."""
        return bool(self.bend) and self.start.y == self.end.y

    def at(self, t: float) -> Point:
        """The point at parameter ``t`` in [0, 1]."""
        s = 1 - t
        weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
        points = (self.start, self.first, self.second, self.end)
        return Point(
            sum(w * p.x for w, p in zip(weights, points, strict=True)),
            sum(w * p.y for w, p in zip(weights, points, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Positions of the units by name, routes of the connections by their ends."""

    positions: Mapping[str, Point]
    routes: Mapping[tuple[str, str], Route]


def place(network: Network) -> Placement:
    """Lay out a network: connections run to the right, units of a line are at least half a step apart.

    A connection that jumps over units of its own line is an arc; arcs that overlap have different heights.
    """
    chains = list(_chains([unit.name for unit in network.units], network.connections))
    columns = _columns(network, chains[0])
    positions = _positions(chains, columns, network.connections)
    return Placement(positions, straight_or_bent(positions, network.connections))


def _chains(names: Sequence[str], connections: Sequence[Connection]) -> Iterator[list[str]]:
    """The longest path, then the longest one of what is left, until nothing is; names come in topological order."""
    left = dict.fromkeys(names)
    while left:
        best: dict[str, list[str]] = {name: [name] for name in left}
        for name in left:
            ways = [best[c.source] for c in connections if c.target == name and c.source in left]
            if ways:  # of equals, the way that stays in the family: h[0] -> h[1] rather than x[1] -> h[1]
                family = symbol(name).base
                best[name] = [*max(ways, key=lambda way: (len(way), symbol(way[-1]).base == family)), name]
        chain = max(best.values(), key=len)
        yield chain
        for name in chain:
            del left[name]


def _columns(network: Network, main: Collection[str]) -> dict[str, float]:
    """The number of steps from the first unit; inputs beside the main line stand shortly before their first use."""
    columns: dict[str, float] = {}
    for unit in network.units:
        before = [columns[c.source] for c in network.connections if c.target == unit.name]
        columns[unit.name] = max(before, default=-1.0) + 1
    targets = {connection.target for connection in network.connections}
    for unit in network.units:
        if unit.name not in targets and unit.name not in main:
            columns[unit.name] = min(columns[c.target] for c in network.connections if c.source == unit.name) - 0.5
    return columns


def _positions(
    chains: Sequence[Sequence[str]], columns: Mapping[str, float], connections: Sequence[Connection]
) -> dict[str, Point]:
    main, *branches = chains
    arcs = [(columns[c.source], columns[c.target]) for c in connections if {c.source, c.target} <= set(main)]
    arcs = [(start, end) for start, end in arcs if end - start > 1]
    targets = {connection.target for connection in connections}
    positions = {name: Point(columns[name], 0.0) for name in main}
    taken: dict[int, list[tuple[float, float]]] = defaultdict(list, {1: arcs})
    for chain in branches:
        start, end = columns[chain[0]], columns[chain[-1]]
        sides = (1, -1) if chain[0] in targets else (-1,)  # inputs come from below
        line = next(
            side * distance
            for distance in range(1, len(chains) + 2)
            for side in sides
            if all(end + 1 <= first or last + 1 <= start for first, last in taken[side * distance])
        )
        taken[line].append((start, end))
        positions |= {name: Point(columns[name], float(line)) for name in chain}
    return positions


def straight_or_bent(positions: Mapping[str, Point], connections: Sequence[Connection]) -> dict[tuple[str, str], Route]:
    """Routes by their ends: straight where nothing is in the way, arcs over the units of their own line."""
    routes: dict[tuple[str, str], Route] = {}
    arcs: dict[float, list[tuple[float, float, int]]] = defaultdict(list)
    for connection in sorted(connections, key=lambda c: positions[c.target].x - positions[c.source].x):
        key = connection.source, connection.target
        start, end = positions[connection.source], positions[connection.target]
        others = [point for name, point in positions.items() if name not in key]
        if start.y == end.y and any(point.y == start.y and start.x < point.x < end.x for point in others):
            crossed = [level for left, right, level in arcs[start.y] if left < end.x and start.x < right]
            level = max(crossed, default=-1) + 1
            arcs[start.y].append((start.x, end.x, level))
            routes[key] = _route(start, end, math.copysign(ARC + level * ARC_STEP, start.y))
        else:
            ways = [_route(start, end, bend) for bend in BENDS]
            routes[key] = next((way for way in ways if _is_clear(way, others)), ways[0])
    return routes


def _route(start: Point, end: Point, bend: float) -> Route:
    """A curve whose middle is ``bend`` to the left of the straight way."""
    dx, dy = end.x - start.x, end.y - start.y
    length = math.hypot(dx, dy)
    along = min(0.25, 0.6 / length)  # long arcs rise as steeply as short ones
    rise = bend * 4 / 3 / length
    first = Point(start.x + along * dx - rise * dy, start.y + along * dy + rise * dx)
    second = Point(end.x - along * dx - rise * dy, end.y - along * dy + rise * dx)
    return Route(start, first, second, end, bend)


def _is_clear(route: Route, others: Sequence[Point]) -> bool:
    """Whether a route comes near none of these units."""
    points = [route.at(step / 24) for step in range(25)]
    return all(math.hypot(p.x - other.x, p.y - other.y) >= CLEARANCE for p in points for other in others)
