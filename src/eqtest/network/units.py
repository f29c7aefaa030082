"""A network as plain values: units and the connections between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eqtest.network.naming import Symbol

Kind = Literal["unit", "sum", "unnamed", "dots"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the network.

    One of kind ``"unnamed"`` is an addend of a sum that the code gives no name; ``"dots"`` stand for several units.
    """

    name: str
    symbol: Symbol
    kind: Kind = "unit"


@dataclass(frozen=True, slots=True)
class Connection:
    """From one unit to another, through the weights with these names."""

    source: str
    target: str
    weights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """Units, each after those it depends on, and connections in the order of their targets."""

    units: tuple[Unit, ...]
    connections: tuple[Connection, ...]
    symbols: Mapping[str, Symbol]
    """How the names of weights are set."""

    def __str__(self) -> str:
        def line(connection: Connection) -> str:
            through = f" through {', '.join(connection.weights)}" if connection.weights else ""
            return f"{connection.source} -> {connection.target}{through}"

        sums = [f"{unit.name} is a sum" for unit in self.units if unit.kind == "sum"]
        return "\n".join([*map(line, self.connections), *sums])
