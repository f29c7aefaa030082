import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import nets
import pytest

from eqtest.network.draw import draw_network
from eqtest.network.drawing import Drawing, NetworkError

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawing():
    return draw_network([nets.classical(), nets.residual()])


@pytest.mark.parametrize("net", nets.ALL, ids=lambda function: function.__name__)
def test_every_network_is_drawn(net):
    drawing = draw_network([net()])
    assert isinstance(drawing, Drawing)
    assert ElementTree.fromstring(drawing.svg).tag == SVG + "svg"
    assert drawing.pdf.startswith(b"%PDF")


def test_svg_has_a_size(drawing):
    root = ElementTree.fromstring(drawing.svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert float(root.attrib["width"].removesuffix("pt")) == width
    assert float(root.attrib["height"].removesuffix("pt")) == height
    assert 0 < height < width <= 8 * 72


def test_ink_follows_the_colour_scheme(drawing):
    styles = "".join(style.text or "" for style in ElementTree.fromstring(drawing.svg).iter(SVG + "style"))
    assert "prefers-color-scheme:dark" in styles
    drawn = [element.attrib.get("style", "") for element in ElementTree.fromstring(drawing.svg).iter()]
    colours = set(re.findall(r"(?:fill|stroke): ([^;]+)", ";".join(drawn)))
    assert "currentColor" in colours
    assert {colour for colour in colours if colour.startswith("#")} == {"#3b82d6"}
    visible = [style for style in drawn if style and "fill" not in style and "stroke" not in style]
    assert visible == []  # without either, a shape is filled black


def test_description_names_connections_and_sums():
    drawing = draw_network([nets.residual(1)])
    assert drawing.description.splitlines() == [
        "s[0] -> h[1] through w[0]",
        "h[1] -> s[1]",
        "s[0] -> s[1]",
        "s[1] -> y through w[1]",
        "y -> L",
        "s[1] is a sum",
    ]


def test_panels_have_letters(drawing):
    assert [line for line in drawing.description.splitlines() if line.startswith("(")] == ["(a)", "(b)"]
    assert "(a)" not in draw_network([nets.classical()]).description


def test_long_network_is_no_wider_than_a_page():
    def size(net):
        return [
            float(number) for number in ElementTree.fromstring(draw_network([net]).svg).attrib["viewBox"].split()[2:]
        ]

    short, long = size(nets.classical(3)), size(nets.classical(24))
    assert long[0] <= 7.5 * 72
    assert long[1] > 2 * short[1]


def test_same_bytes_in_every_process(drawing):
    code = (
        "import nets, hashlib; from eqtest.network.draw import draw_network; "
        "d = draw_network([nets.classical(), nets.residual()]); "
        "print(hashlib.sha256(d.svg.encode() + d.pdf).hexdigest())"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == hashlib.sha256(drawing.svg.encode() + drawing.pdf).hexdigest()


def test_style_of_a_snippet_changes_nothing(drawing):
    with matplotlib.rc_context({"savefig.bbox": "tight", "patch.antialiased": False, "savefig.dpi": 300}):
        again = draw_network([nets.classical(), nets.residual()])
        assert matplotlib.rcParams["savefig.dpi"] == 300
    assert again == drawing


def test_error_says_which_panel():
    with pytest.raises(NetworkError, match="requires_grad=True") as error:
        draw_network([nets.classical(), {"x": 1}])
    assert error.value.panel == 1
    with pytest.raises(ValueError, match="namespace"):
        draw_network([])


def test_drawing_is_importable_without_heavy_libraries():
    code = (
        "import sys, eqtest.network.drawing, eqtest.network.graph, eqtest.network.place; "
        "assert not {'torch', 'matplotlib', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
