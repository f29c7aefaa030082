"""A recurrent network unrolled in time: every step is a row, and each layer has the same column in all of them."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from eqtest.network.drawing import NetworkError
from eqtest.network.place import Placement, Point, straight_or_bent

if TYPE_CHECKING:
    from eqtest.network.units import Network, Unit

Layer = tuple[str, str]
"""A unit's symbol without the step."""


def place_unrolled(network: Network) -> Placement:
    """Lay out a network in which the last index of every unit is its step, the first step on top.

    Within a row connections run to the right. Raises :class:`NetworkError` where a unit has no index, or where the
    layers of one step form a cycle.
    """
    steps = {unit.name: _step(unit) for unit in network.units}
    layers = {unit.name: _layer(unit) for unit in network.units}
    sorter: TopologicalSorter[Layer] = TopologicalSorter(dict.fromkeys(layers.values(), ()))
    before: dict[Layer, set[Layer]] = {layer: set() for layer in layers.values()}
    for connection in network.connections:
        if steps[connection.source] == steps[connection.target]:
            sorter.add(layers[connection.target], layers[connection.source])
            before[layers[connection.target]].add(layers[connection.source])
    columns: dict[Layer, int] = {}
    try:
        for layer in sorter.static_order():
            columns[layer] = max((columns[source] + 1 for source in before[layer]), default=0)
    except CycleError:
        raise NetworkError("it cannot be unrolled: its layers have no order from left to right") from None
    top = min(steps.values())
    positions = {name: Point(columns[layers[name]], float(top - step)) for name, step in steps.items()}
    return Placement(positions, straight_or_bent(positions, network.connections))


def _step(unit: Unit) -> int:
    numbers = re.findall(r"\d+", unit.symbol.subscript)
    if not numbers:
        raise NetworkError(
            f"{unit.name} has no index that says which step of time it belongs to; give it one or hide it"
        )
    return int(numbers[-1])


def _layer(unit: Unit) -> Layer:
    return unit.symbol.base, re.sub(r"\d+\D*$", "", unit.symbol.subscript)
