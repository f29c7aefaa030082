import pytest

from eqtest.network.naming import symbol


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", r"\boldsymbol{x}"),
        ("h[1]", r"\boldsymbol{h}_{1}"),
        ("h_1", r"\boldsymbol{h}_{1}"),
        ("h1", r"\boldsymbol{h}_{1}"),
        ("W_hh", r"\boldsymbol{W}_{hh}"),
        ("w_out", r"\boldsymbol{w}_{\mathrm{out}}"),
        ("w[1][2]", r"\boldsymbol{w}_{1,2}"),
        ("delta", r"\boldsymbol{\delta}"),
        ("lambda_", r"\boldsymbol{\lambda}"),
        ("y_hat[3]", r"\boldsymbol{\hat{y}}_{3}"),
        ("net[0].weight", r"\boldsymbol{\mathrm{net}}_{0}"),
        ("blocks[2].fc", r"\boldsymbol{\mathrm{fc}}_{2}"),
        ("acts['net.0']", r"\boldsymbol{\mathrm{acts}}_{\mathrm{net},0}"),
    ],
)
def test_symbol(name, latex):
    assert symbol(name).latex == latex


def test_scalars_are_plain():
    assert symbol("L", bold=False).latex == "L"
    assert symbol("loss_1", bold=False).latex == r"\mathrm{loss}_{1}"
