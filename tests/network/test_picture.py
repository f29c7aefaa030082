from __future__ import annotations

from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from eqtest.network.picture import plain_style, to_pdf, to_svg


def plot() -> Figure:
    with plain_style():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot([0, 1], [1, 0], color="#3b82d6", label="$\\lambda$")
        axes.set(xlabel="depth", title="$x_l$")
        axes.legend()
    return figure


def test_a_plot_follows_the_page_and_keeps_the_colours_of_its_lines():
    svg = to_svg(plot())
    ElementTree.fromstring(svg)
    assert "prefers-color-scheme:dark" in svg
    assert "currentColor" in svg
    assert "#3b82d6" in svg
    assert "#010203" not in svg
    assert "#000000" not in svg


def test_the_same_plot_gives_the_same_bytes_under_any_style():
    first = to_svg(plot()), to_pdf(plot())
    with matplotlib.rc_context({"font.size": 20, "text.color": "red", "svg.fonttype": "none", "savefig.dpi": 300}):
        again = to_svg(plot()), to_pdf(plot())
        assert matplotlib.rcParams["text.color"] == "red"
    assert again == first
