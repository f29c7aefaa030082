"""A network of some fixed size, drawn for any size: its indices as letters, and long runs of its units as dots."""

from __future__ import annotations

import re
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from eqtest.network.drawing import NetworkError
from eqtest.network.naming import Symbol, symbol
from eqtest.network.units import Connection, Network, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUMBER = re.compile(r"(?<!addend )\d+")
"""An index in a name or a subscript; the units without a name are counted, and their number is no index."""


def letters_of(namespace: Mapping[str, Any], names: Sequence[str]) -> dict[str, int]:
    """The integers of a snippet that stand for indices; raises :class:`NetworkError` where there is none of a name."""
    for name in names:
        if type(namespace.get(name)) is not int:
            raise NetworkError(f"{name} is no integer of the snippet; give it a value in ':params:' or in the code")
    return {name: namespace[name] for name in names}


def fold(network: Network, letters: Mapping[str, int]) -> Network:
    """Write indices with letters, ``h[6]`` as ``h[q+1]`` where ``q`` is 5, and fold what no letter is near into dots.

    An index is written by the nearest of the letters and zero. Units with the indices 0 and 1 stay, as do those with
    the value of a letter and with one more; the others between two of these become one unit of kind ``"dots"``.
    Raises :class:`NetworkError` where that would make a cycle.
    """
    kept = {0, 1, *letters.values(), *(value + 1 for value in letters.values())}
    members = _runs(network, kept)
    names = {unit.name: _written(unit.name, letters) for unit in network.units} | members
    units = {
        names[unit.name]: Unit(names[unit.name], _lettered(unit.symbol, letters), unit.kind)
        for unit in network.units
        if unit.name not in members
    } | {dots: Unit(dots, Symbol(r"\cdots", bold=False), "dots") for dots in members.values()}
    weights: dict[tuple[str, str], dict[str, None]] = {}
    for connection in network.connections:
        ends = names[connection.source], names[connection.target]
        if ends[0] != ends[1]:
            written = (_written(name, letters) for name in connection.weights)
            weights.setdefault(ends, {}).update(dict.fromkeys(written))
    connections = tuple(Connection(*ends, tuple(through)) for ends, through in weights.items())
    symbols = {_written(name, letters): _lettered(mark, letters) for name, mark in network.symbols.items()}
    return Network(tuple(units[name] for name in _ordered(units, connections)), connections, symbols)


def _runs(network: Network, kept: set[int]) -> dict[str, str]:
    """The name of the dots that each of the units between kept indices goes into."""
    owners = {c.source: c.target for c in network.connections}
    runs: dict[tuple[int, ...], str] = {}
    members: dict[str, str] = {}
    subscripts = {unit.name: unit.symbol.subscript for unit in network.units}
    for unit in network.units:
        name = owners[unit.name] if unit.kind == "unnamed" else unit.name
        indices = [int(number) for number in NUMBER.findall(subscripts[name])]
        if not kept.issuperset(indices):
            before = tuple(max(value for value in kept if value <= index) for index in indices)
            members[unit.name] = runs.setdefault(before, f"dots {len(runs) + 1}")
    return members


def _written(text: str, letters: Mapping[str, int]) -> str:
    return NUMBER.sub(lambda number: _index(int(number[0]), {name: (name, n) for name, n in letters.items()}), text)


def _lettered(mark: Symbol, letters: Mapping[str, int]) -> Symbol:
    set_letters = {name: (symbol(name, bold=False).latex, value) for name, value in letters.items()}
    subscript = NUMBER.sub(lambda number: _index(int(number[0]), set_letters), mark.subscript)
    return replace(mark, subscript=re.sub(r"[+-]", r"{\g<0>}", subscript))  # in braces the signs keep no distance


def _index(value: int, letters: Mapping[str, tuple[str, int]]) -> str:
    letter, nearest = min([("", 0), *letters.values()], key=lambda pair: abs(value - pair[1]))
    offset = value - nearest
    return str(value) if not letter else f"{letter}{offset:+}" if offset else letter


def _ordered(units: Mapping[str, Unit], connections: Sequence[Connection]) -> list[str]:
    """The names of the units, each after those that it depends on."""
    sorter = TopologicalSorter(dict.fromkeys(units, ()))
    for connection in connections:
        sorter.add(connection.target, connection.source)
    try:
        return list(sorter.static_order())
    except CycleError:
        raise NetworkError(
            "its long runs cannot be drawn as dots: some units stand both before and after one"
        ) from None
