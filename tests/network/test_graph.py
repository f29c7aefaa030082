"""What is read off the autograd graph, against networks written down by hand."""

import nets
import pytest
import torch
from torch import nn

from eqtest.errors import EqtestError
from eqtest.network.drawing import NetworkError
from eqtest.network.graph import read_network


def connections(namespace, hide=()):
    """As ``{"source -> target": weights}``."""
    network = read_network(namespace, hide)
    found = {f"{c.source} -> {c.target}": ", ".join(c.weights) for c in network.connections}
    assert len(found) == len(network.connections)
    assert {unit.name for unit in network.units} == {n for c in network.connections for n in (c.source, c.target)}
    return found


def sums(namespace):
    return [unit.name for unit in read_network(namespace).units if unit.kind == "sum"]


def test_classical_network():
    assert connections(nets.classical()) == {
        "x -> h[1]": "w[0]",
        "h[1] -> h[2]": "w[1]",
        "h[2] -> h[3]": "w[2]",
        "h[3] -> y": "w[3]",
        "y -> L": "",
    }
    assert sums(nets.classical()) == []


def test_residual_network():
    assert connections(nets.residual()) == {
        "s[0] -> h[1]": "w[0]",
        "h[1] -> s[1]": "",
        "s[0] -> s[1]": "",
        "s[1] -> h[2]": "w[1]",
        "h[2] -> s[2]": "",
        "s[1] -> s[2]": "",
        "s[2] -> h[3]": "w[2]",
        "h[3] -> s[3]": "",
        "s[2] -> s[3]": "",
        "s[3] -> y": "w[3]",
        "y -> L": "",
    }
    assert sums(nets.residual()) == ["s[1]", "s[2]", "s[3]"]


def test_skip_over_several_layers():
    found = connections(nets.skip())
    assert found["h[1] -> s[4]"] == found["h[4] -> s[4]"] == ""
    assert found["s[4] -> h[5]"] == "w[4]"
    assert "h[4] -> h[5]" not in found
    assert sums(nets.skip()) == ["s[4]"]


def test_sum_of_four():
    found = connections(nets.dense())
    assert {source for source in ("h[3]", "h[2]", "h[1]", "x") if f"{source} -> s[3]" in found} == {
        "h[3]",
        "h[2]",
        "h[1]",
        "x",
    }


def test_addend_without_a_name_is_a_unit_without_a_name():
    assert connections(nets.unnamed_branch()) == {
        "h[0] -> h[1] addend 1": "w[0], b",
        "h[1] addend 1 -> h[1]": "",
        "h[0] -> h[1]": "",
        "h[1] -> h[2] addend 1": "w[1], b",
        "h[2] addend 1 -> h[2]": "",
        "h[1] -> h[2]": "",
    }


def test_batched_input_with_biases():
    assert connections(nets.batched()) == {"x -> h": "W1, b1", "h -> y": "W2, b2"}


def test_weight_of_a_recurrent_network_is_on_every_arrow_it_acts_along():
    found = connections(nets.recurrent())
    assert [found[f"h[{t - 1}] -> h[{t}]"] for t in (1, 2, 3)] == ["W_hh"] * 3
    assert [found[f"x[{t}] -> h[{t}]"] for t in (1, 2, 3)] == ["W_xh, b"] * 3
    assert [found[f"y[{t}] -> L"] for t in (1, 2, 3)] == [""] * 3


def test_sum_with_a_factor_is_an_ordinary_unit():
    x = nets.draw(4)
    y = x.sin()
    assert sums({"x": x, "y": y, "s": x + y}) == ["s"]
    assert sums({"x": x, "y": y, "s": torch.add(x, y, alpha=2)}) == []


def test_sum_of_products_is_an_ordinary_unit():
    assert sums(nets.branches()) == []
    assert connections(nets.branches()) == {
        "x -> a": "W[0]",
        "a -> c": "W[1]",
        "x -> b": "W[2]",
        "c -> y": "W[3]",
        "b -> y": "W[4]",
    }


def test_module_stands_for_all_its_parameters():
    assert connections(nets.sequential()) == {"x -> h": "net[0]", "h -> y": "net[2]"}
    assert connections(nets.sequential(), hide=["h"]) == {"x -> y": "net"}


def test_embedding_table_is_the_input():
    table, layer = nn.Embedding(5, 4), nn.Linear(4, 3)
    e = table(torch.tensor([0, 2]))
    assert connections({"table": table, "layer": layer, "e": e, "y": layer(e)}) == {
        "table.weight -> e": "",
        "e -> y": "layer",
    }


@pytest.mark.parametrize("transposed", [False, True])
def test_input_and_weight_of_one_product_are_told_apart(transposed):
    x, a, b = nets.draw(5, 4), nets.draw(4, 4), nets.draw(4, 4)
    h = torch.relu(x @ a.T) if transposed else torch.relu(a @ x.T)
    y = h @ b if transposed else b @ h
    assert connections({"x": x, "a": a, "b": b, "h": h, "y": y}) == {"x -> h": "a", "h -> y": "b"}


def test_scalar_network():
    w, x = [nets.draw(), nets.draw()], nets.draw()
    h1 = torch.tanh(w[0] * x)
    found = connections({"w": w, "x": x, "h1": h1, "y": w[1] * h1})
    assert found == {"x -> h1": "w[0]", "h1 -> y": "w[1]"}


def test_penalty_on_weights_is_no_connection():
    net = nets.classical()
    net["L"] = net["L"] + 0.1 * sum(w.square().sum() for w in net["w"])
    found = connections(net)
    assert found["y -> L"] == ""
    assert found["x -> h[1]"] == "w[0]"


def test_other_form_of_a_weight_is_no_unit():
    W, x = nets.draw(4, 4), nets.draw(4)  # noqa: N806
    V = W.T  # noqa: N806
    assert connections({"W": W, "x": x, "V": V, "y": V @ x}) == {"x -> y": "W"}


def test_graph_that_backward_has_used():
    net = nets.residual()
    net["L"].backward()
    assert connections(net) == connections(nets.residual())


def test_one_of_several_names():
    x = nets.draw(4)
    s, h = {0: x}, {}
    for n in (1, 2):
        z = out = h[n] = torch.tanh(s[n - 1])
        s[n] = h[n] + s[n - 1]
    names = {unit.name for unit in read_network({"s": s, "out": out, "z": z, "x": x, "h": h}).units}
    assert names == {"x", "h[1]", "s[1]", "h[2]", "s[2]"}


def test_hidden_names():
    assert connections(nets.classical(), hide=["h[2]", "L"]) == {
        "x -> h[1]": "w[0]",
        "h[1] -> h[3]": "w[1], w[2]",
        "h[3] -> y": "w[3]",
    }
    assert connections(nets.classical(), hide=["h", "w", "L"]) == {"x -> y": ""}


def test_long_chains_need_no_deep_recursion():
    x = y = nets.draw()
    for _ in range(3000):
        y = y.sin()
    z = x
    for _ in range(3000):
        z = z + y
    assert connections({"x": x, "y": y, "z": z}) == {"x -> y": "", "y -> z": "", "x -> z": ""}
    assert sums({"x": x, "y": y, "z": z}) == ["z"]


def test_container_that_holds_itself():
    net = nets.classical()
    net["self"] = net
    assert connections(net) == connections(nets.classical())


@pytest.mark.parametrize(
    "namespace",
    [
        pytest.param(dict, id="empty"),
        pytest.param(lambda: {"x": torch.randn(3), "y": 2, "h": [torch.zeros(2)]}, id="constants"),
        pytest.param(lambda: {"x": nets.draw(3), "z": nets.draw(3)}, id="not joined"),
        pytest.param(lambda: {"_x": nets.draw(3), "y": nets.draw(3).sin()}, id="one name"),
    ],
)
def test_nothing_to_draw(namespace):
    with pytest.raises(NetworkError, match="requires_grad=True") as error:
        read_network(namespace())
    assert isinstance(error.value, EqtestError)


def test_input_outside_of_the_graph_is_not_left_out_silently():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    y = net(torch.randn(5, 4))
    with pytest.raises(NetworkError, match=r"y is computed from net\[0\]\.weight.*requires_grad=True"):
        read_network({"net": net, "y": y, "L": y.sum()})
    w = nets.draw(4, 4)
    h = torch.tanh(w @ torch.randn(4, dtype=torch.float64))
    with pytest.raises(NetworkError, match="h is computed from w and an input"):
        read_network({"w": w, "h": h, "y": h.sum()})


def test_names_that_the_fonts_lack():
    x = nets.draw(4)
    with pytest.raises(NetworkError, match="输出"):
        read_network({"x": x, "输出": x.sin()})
