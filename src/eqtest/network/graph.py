"""A snippet's namespace -> the units of its network and the connections between them.

Between two units lie operations without a name; the weights that they use stand on the connection. A named tensor that
is the plain sum of others is a unit of kind ``"sum"``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eqtest.network.drawing import NetworkError
from eqtest.network.naming import Names, Symbol, names_of, symbol
from eqtest.network.tape import RESHAPES, SELECTIONS, Node, Slot, inputs, is_sum, leaf, operation, through, topological
from eqtest.network.units import Connection, Network, Unit
from eqtest.network.weights import FACTORS, multiplies_constant, weights_among

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def read_network(namespace: Mapping[str, Any], hide: Collection[str] = ()) -> Network:
    """Read the network off the live autograd graph of a snippet that has run.

    ``hide`` names tensors (``h[2]``) or whole families (``h``) that are to count as unnamed. Raises
    :class:`NetworkError` where no named tensors are joined by a graph, or the input is no part of it.
    """
    reader = _Reader(names_of(namespace, hide))
    for node in reader.order:
        reader.read(node)
    joined = {name for connection in reader.connections for name in (connection.source, connection.target)}
    if not joined:
        raise NetworkError(
            "no named tensors are joined by an autograd graph; give the input requires_grad=True and what is computed "
            "from it names, such as h[1] or y"
        )
    weights = {name: reader.symbol(name) for connection in reader.connections for name in connection.weights}
    return Network(tuple(unit for unit in reader.units if unit.name in joined), tuple(reader.connections), weights)


@dataclass(frozen=True, slots=True)
class _Flow:
    """What a tensor comes from: units, each through some weights, and weights that have met no unit yet."""

    sources: Mapping[str, tuple[str, ...]]
    loose: tuple[str, ...] = ()
    starved: bool = False
    """Whether weights have been applied to a constant, and to nothing else."""

    def with_weights(self, weights: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        return {source: (*before, *weights) for source, before in self.sources.items()}


class _Reader:
    """One pass over the recorded operations, inputs first."""

    def __init__(self, names: Names) -> None:
        self.order = topological(tensor.grad_fn for _, tensor in names.tensors if tensor.grad_fn is not None)
        self.tensors = dict(names.tensors)
        self.units: list[Unit] = []
        self.connections: list[Connection] = []
        self._flows: dict[Node, _Flow] = {}
        by_slot = _names_by_slot(self.order, names)
        by_leaf = {id(self.tensors[name]): name for slot, name in by_slot.items() if leaf(slot[0]) is not None}
        weights = weights_among(self.order, by_leaf)
        self._weights = {slot[0]: name for slot, name in by_slot.items() if id(self.tensors[name]) in weights}
        self._named = {slot: name for slot, name in by_slot.items() if slot[0] not in self._weights}
        self._outputs: dict[Node, list[Slot]] = defaultdict(list)
        for slot in self._named:
            self._outputs[slot[0]].append(slot)
        self._modules = [(name, {by_leaf.get(key, "") for key in parameters}) for name, parameters in names.modules]

    def read(self, node: Node) -> None:
        flow = self._flows[node] = self._combine(node)
        for slot in self._outputs[node]:
            name = self._named[slot]
            if flow.starved:
                raise NetworkError(
                    f"{name} is computed from {', '.join(flow.loose)} and an input that is no part of the autograd "
                    "graph; give the input requires_grad=True"
                )
            if flow.loose and not flow.sources:  # computed from weights alone: another form of them
                del self._named[slot]
                continue
            if is_sum(node) and self._read_sum(name, node):
                continue
            self.units.append(Unit(name, self.symbol(name)))
            self._connect(flow.sources, name)

    def symbol(self, name: str) -> Symbol:
        if not name.isascii():
            raise NetworkError(f"{name} cannot be set in a figure: name it with the letters a to z, or hide it")
        tensor = self.tensors.get(name)
        return symbol(name, bold=tensor is not None and tensor.ndim > 0)

    def _read_sum(self, name: str, node: Node) -> bool:
        """Add a unit that is the sum of others, if this is one: at least one of its addends is a unit as it stands."""
        addends = self._addends(node)
        flows = {slot: self._flow(slot) for slot in addends}
        plain = {self._named[slot]: () for slot in addends if slot in self._named}
        others = [slot for slot in flows if slot not in self._named and flows[slot].sources]
        biases = tuple(self._weights[slot[0]] for slot in addends if slot[0] in self._weights)
        if not plain or len(plain) + len(others) < 2:
            return False
        for number, slot in enumerate(others, 1):
            unnamed = f"{name} addend {number}"
            self.units.append(Unit(unnamed, Symbol(""), "unnamed"))
            self._connect(flows[slot].with_weights(biases), unnamed)
            self._connect({unnamed: ()}, name)
            biases = ()
        self.units.append(Unit(name, self.symbol(name), "sum"))
        self._connect(_Flow(plain).with_weights(biases), name)
        return True

    def _addends(self, node: Node) -> list[Slot]:
        """The addends of a sum, those of sums within it among them."""
        found: list[Slot] = []
        waiting = inputs(node)[::-1]
        while waiting:
            slot = waiting.pop()
            if slot is None:
                continue
            slot = through(slot, RESHAPES, self._named)
            if slot not in self._named and is_sum(slot[0]):
                waiting += inputs(slot[0])[::-1]
            else:
                found.append(slot)
        return found

    def _flow(self, slot: Slot) -> _Flow:
        return _Flow({self._named[slot]: ()}) if slot in self._named else self._flows[slot[0]]

    def _combine(self, node: Node) -> _Flow:
        """The flow out of an operation: weights that meet a unit here act on it."""
        if node in self._weights:
            return _Flow({}, (self._weights[node],))
        factors = FACTORS.get(operation(node), ())
        slots = sorted(enumerate(inputs(node)), key=lambda item: item[0] not in factors)  # what is added comes last
        operands = [slot for _, slot in slots if slot is not None]
        sources: dict[str, tuple[str, ...]] = {}
        for slot in operands:
            for source, weights in self._flow(slot).sources.items():
                sources[source] = _union(sources.get(source, ()), weights)
        adds = operation(node) in ("Add", "Sub")
        loose: tuple[str, ...] = ()
        for slot in operands:
            flow = self._flow(slot)
            penalty = adds and sources and through(slot, SELECTIONS, {})[0] not in self._weights
            if not flow.sources and not penalty:  # a penalty on weights acts on no unit
                loose = _union(loose, flow.loose)
        if not sources:
            starved = any(self._flow(slot).starved for slot in operands)
            return _Flow({}, loose, bool(loose) and (starved or multiplies_constant(node)))
        met = list(sources)[:1] if adds else list(sources)  # a bias is drawn once
        return _Flow(sources | {source: _union(sources[source], loose) for source in met})

    def _connect(self, sources: Mapping[str, tuple[str, ...]], target: str) -> None:
        self.connections += [Connection(source, target, self._collapse(w)) for source, w in sources.items()]

    def _collapse(self, weights: tuple[str, ...]) -> tuple[str, ...]:
        """Name a module instead of its parameters where all of them are used together."""
        for module, parameters in self._modules:
            if parameters and parameters <= set(weights):
                weights = _union(tuple(module if name in parameters else name for name in weights), ())
        return weights


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _names_by_slot(order: Iterable[Node], names: Names) -> dict[Slot, str]:
    """The one name under which each named tensor of the graph is drawn.

    A letter comes before a word. Of an input's names the one without an index does (``x`` before ``s[0]``); of an
    activation's the one with an index, since the other is often a variable of the loop (``h[2]`` before ``x``).
    """
    nodes = {id(leaf(node)): node for node in order if leaf(node) is not None}
    candidates: dict[Slot, list[str]] = defaultdict(list)
    for name, tensor in names.tensors:
        if tensor.grad_fn is not None:
            candidates[tensor.grad_fn, tensor.output_nr].append(name)
        elif id(tensor) in nodes:
            candidates[nodes[id(tensor)], 0].append(name)

    def rank(name: str, is_leaf: bool) -> tuple[bool, bool]:
        mark = symbol(name)
        return "mathrm" in mark.base, bool(mark.subscript) == is_leaf

    return {slot: min(found, key=lambda n: rank(n, leaf(slot[0]) is not None)) for slot, found in candidates.items()}
