"""A recurrent network with a row for every step of time."""

import nets
import pytest

from eqtest.network.draw import draw_network
from eqtest.network.drawing import NetworkError
from eqtest.network.graph import read_network
from eqtest.network.unroll import place_unrolled


def test_every_step_is_a_row_and_every_layer_a_column():
    placement = place_unrolled(read_network(nets.feedback(3)))
    layers = {"x[{}]": 0, "h[1, {}]": 1, "s[1, {}]": 2, "h[2, {}]": 3, "h[3, {}]": 4, "y[{}]": 5}
    expected = {name.format(t): (column, 1 - t) for name, column in layers.items() for t in (1, 2, 3)}
    assert {name: (point.x, point.y) for name, point in placement.positions.items()} == expected


def test_connections_between_steps_lead_back():
    placement = place_unrolled(read_network(nets.feedback(3)))
    backward = {ends for ends, route in placement.routes.items() if route.end.x < route.start.x}
    assert backward == {("h[3, 1]", "s[1, 2]"), ("h[3, 2]", "s[1, 3]")}


def test_rows_make_the_drawing_taller_and_not_wider():
    def size(drawing):
        return [float(number) for number in drawing.svg.split('viewBox="', 1)[1].split('"', 1)[0].split()[2:]]

    two, four = (size(draw_network([nets.feedback(steps)], unrolled=True)) for steps in (2, 4))
    assert two[0] == four[0]
    assert four[1] - two[1] == pytest.approx(2 * 0.82 * 72, rel=0.01)


def test_unit_without_a_step():
    with pytest.raises(NetworkError, match="L has no index that says which step"):
        draw_network([nets.recurrent()], unrolled=True)


def test_layers_in_a_circle():
    x = nets.draw(4)
    a = x.sin()
    b = a.cos()
    net = {"x_1": x, "a_1": a, "b_1": b}
    net["b_2"] = x.tanh()
    net["a_2"] = net["b_2"].exp()
    with pytest.raises(NetworkError, match="no order from left to right"):
        draw_network([net], unrolled=True)
