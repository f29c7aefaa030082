"""Networks written with letters for indices, long runs as dots, against what a textbook prints."""

import nets
import pytest

from eqtest.network.draw import draw_network
from eqtest.network.drawing import NetworkError
from eqtest.network.fold import fold
from eqtest.network.graph import read_network
from eqtest.network.place import place
from eqtest.network.rows import split

PRINTED = """\
x -> h[1] through w[0]
h[1] -> dots 1 through w[1]
dots 1 -> h[p] through w[p-1]
h[p] -> h[p+1] through w[p]
h[p+1] -> dots 2 through w[p+1]
h[p] -> s[q]
dots 2 -> h[q] through w[q-1]
h[q] -> s[q]
s[q] -> h[q+1] through w[q]
h[q+1] -> dots 3 through w[q+1]
dots 3 -> h[N] through w[N-1]
h[N] -> y through w[N]
s[q] is a sum"""


def folded(namespace, **letters):
    return fold(read_network(namespace), letters)


@pytest.mark.parametrize(("N", "p", "q"), [(9, 3, 6), (12, 4, 8), (30, 7, 15)])
def test_one_picture_for_every_size(N, p, q):  # noqa: N803
    network = folded(nets.long_skip(N, p, q), p=p, q=q, N=N)
    assert sorted(str(network).splitlines()) == sorted(PRINTED.splitlines())


def test_symbols_have_the_letters():
    network = folded(nets.long_skip(), p=3, q=6, N=9)
    symbols = {unit.name: unit.symbol.latex for unit in network.units}
    assert symbols["h[q+1]"] == r"\boldsymbol{h}_{q{+}1}"
    assert symbols["h[1]"] == r"\boldsymbol{h}_{1}"
    assert symbols["dots 1"] == r"\cdots"
    assert network.symbols["w[N-1]"].latex == r"\boldsymbol{w}_{N{-}1}"


def test_units_come_after_those_they_depend_on():
    network = folded(nets.long_skip(), p=3, q=6, N=9)
    order = [unit.name for unit in network.units]
    assert all(order.index(c.source) < order.index(c.target) for c in network.connections)


def test_nothing_to_fold_but_the_letters():
    network = folded(nets.long_skip(5, 2, 4), p=2, q=4, N=5)
    assert not [unit for unit in network.units if unit.kind == "dots"]
    assert "h[p+1] -> h[q] through w[p+1]" in str(network)


def test_blocks_without_names_go_with_their_sums():
    assert str(folded(nets.unnamed_branch(8), N=8)).splitlines() == [
        "h[0] -> h[1] addend 1 through w[0], b",
        "h[1] addend 1 -> h[1]",
        "h[0] -> h[1]",
        "h[1] -> dots 1 through w[1], b",
        "dots 1 -> h[N] addend 1 through w[N-1], b",
        "h[N] addend 1 -> h[N]",
        "dots 1 -> h[N]",
        "h[1] is a sum",
        "h[N] is a sum",
    ]


def test_blocks_are_folded_as_a_whole():
    names = {unit.name for unit in folded(nets.residual(8), N=8).units}
    assert names == {"s[0]", "h[1]", "s[1]", "dots 1", "h[N]", "s[N]", "y", "L"}


def test_no_row_ends_at_dots():
    network = folded(nets.long_skip(), p=3, q=6, N=9)
    placement = place(network)
    dots = {placement.positions[unit.name].x for unit in network.units if unit.kind == "dots"}
    for steps in (4, 5, 6, 7):
        assert not dots & {row.last for row in split(placement, steps, dots)}


@pytest.mark.parametrize("value", [None, 2.0, True, "3"])
def test_letter_that_is_no_integer_of_the_snippet(value):
    namespace = nets.long_skip() | {"p": value}
    with pytest.raises(NetworkError, match="p is no integer of the snippet") as error:
        draw_network([nets.long_skip(), namespace], letters=["q", "p"])
    assert error.value.panel == 1


def test_run_with_a_detour_is_refused():
    net = {"x": nets.draw(4)}
    net["h_4"] = net["x"].sin()
    net["z"] = net["h_4"].cos()
    net["h_5"] = net["z"] * net["h_4"]
    with pytest.raises(NetworkError, match="both before and after"):
        folded(net, N=9)
