"""Properties that every layout has."""

import math
from itertools import combinations, pairwise

import nets
import pytest

from eqtest.network.graph import read_network
from eqtest.network.place import place
from eqtest.network.rows import split


@pytest.fixture(params=nets.ALL, ids=lambda function: function.__name__)
def network(request):
    return read_network(request.param())


def test_units_keep_apart(network):
    positions = place(network).positions
    assert positions.keys() == {unit.name for unit in network.units}
    for a, b in combinations(positions.values(), 2):
        assert math.hypot(a.x - b.x, a.y - b.y) >= 1


def test_connections_run_to_the_right(network):
    placement = place(network)
    for connection in network.connections:
        assert placement.positions[connection.source].x < placement.positions[connection.target].x


def test_routes_join_their_units_and_come_near_no_other(network):
    placement = place(network)
    for (source, target), route in placement.routes.items():
        assert route.at(0) == placement.positions[source]
        assert route.at(1) == placement.positions[target]
        others = [point for name, point in placement.positions.items() if name not in (source, target)]
        for p in map(route.at, (t / 100 for t in range(101))):
            assert all(math.hypot(p.x - q.x, p.y - q.y) > 0.35 for q in others)


def test_main_chain_is_one_straight_line():
    placement = place(read_network(nets.residual()))
    assert {point.y for point in placement.positions.values()} == {0.0}
    ordered = sorted(placement.positions, key=lambda name: placement.positions[name].x)
    assert ordered == ["s[0]", "h[1]", "s[1]", "h[2]", "s[2]", "h[3]", "s[3]", "y", "L"]


def test_skips_are_arcs_above():
    placement = place(read_network(nets.residual()))
    arcs = {ends for ends, route in placement.routes.items() if route.is_arc}
    assert arcs == {("s[0]", "s[1]"), ("s[1]", "s[2]"), ("s[2]", "s[3]")}
    assert len({placement.routes[ends].at(0.5).y for ends in arcs}) == 1
    assert all(placement.routes[ends].at(0.5).y > 0.3 for ends in arcs)


def test_arcs_over_one_another_have_different_heights():
    routes = [route for route in place(read_network(nets.dense())).routes.values() if route.is_arc]
    assert len(routes) == 4
    for a, b in combinations(routes, 2):
        if a.start.x < b.end.x and b.start.x < a.end.x:
            assert abs(a.at(0.5).y - b.at(0.5).y) > 0.2


def test_recurrent_chain_is_the_main_line():
    positions = place(read_network(nets.recurrent())).positions
    assert {positions[f"h[{t}]"].y for t in range(4)} == {0.0}
    assert all(positions[f"x[{t}]"].y < 0 for t in (1, 2, 3))


@pytest.mark.parametrize(("blocks", "steps"), [(3, 8), (3, 9), (12, 8), (5, 3), (1, 2)])
def test_rows_cover_the_network_in_order(blocks, steps):
    placement = place(read_network(nets.residual(blocks)))
    rows = split(placement, steps)
    assert rows[0].first == 0
    assert rows[-1].last == max(point.x for point in placement.positions.values())
    assert all(row.last == following.first for row, following in pairwise(rows))
    assert all(0 < row.last - row.first <= steps for row in rows)


def test_rows_are_cut_at_sums_where_no_arc_passes():
    placement = place(read_network(nets.residual(12)))
    names = {point.x: name for name, point in placement.positions.items()}
    cuts = [names[row.last] for row in split(placement, 8)[:-1]]
    assert cuts
    assert all(name.startswith("s") for name in cuts)
