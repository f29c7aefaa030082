"""The three chapters on ResNet, as they are built: every picture of the notes replaced, every number computed again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from bs4 import BeautifulSoup
from docutils.nodes import make_id

FOLDER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN"
PAGES = ("ResNetStructure", "ResNetArchitecture", "ResNetUnits")
SUCCESSORS = {
    "8-1": "fig-ResNetStructure_Degradation",
    "8-2": "fig-ResNetStructure_Element",
    "8-3": "equ-ResNetStructure_StatisticalResidual",
    "8-4": "fig-ResNetStructure_NearIdentity",
    "8-5": "equ-ResNetStructure_Unit",
    "8-6": "fig-ResNetStructure_Unit",
    "8-7": "equ-ResNetStructure_Forward",
    "8-8": "equ-ResNetStructure_ForwardCompared",
    "8-10": "equ-ResNetStructure_Backward",
    "8-11": "equ-ResNetStructure_BackwardCompared",
    "8-12": "equ-ResNetStructure_ScaledShortcut",
    "8-13": "fig-ResNetStructure_ShortcutFactor",
    "8-14": "fig-ResNetStructure_Architectures",
    "8-15": "fig-ResNetUnits_Orders",
    "8-16": "equ-ResNetUnits_BatchNorm",
    "8-17": "fig-ResNetUnits_Shortcuts",
    "8-18": "tab-ResNetUnits_ShortcutErrors",
}
"""Of each picture that the notes name and do not have, what the chapters have in its place."""
PICTURES = (Path(__file__).parent / "source" / "ResNetStructure" / "pictures.txt").read_text(encoding="utf-8").split()
"""The pictures of the notes, in their order."""
CLOSED = (
    r"\frac{\partial \ell}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma_{\mathcal{B}}^2 + \epsilon}} "
    r"\left(\frac{\partial \ell}{\partial y_i} - \frac{1}{m} \sum_{j=1}^{m} \frac{\partial \ell}{\partial y_j} "
    r"- \frac{\hat{x}_i}{m} \sum_{j=1}^{m} \frac{\partial \ell}{\partial y_j}\, \hat{x}_j\right)"
)
"""The gradient through batch normalisation, in one line."""
WRONG = {
    "equ-ResNetStructure_NotLinear": "",
    "equ-ResNetStructure_OnlyFirstPart": "∂E/∂x_L 换成 ∂E/∂x_L × ∂x_L/∂x_l",
    "equ-ResNetStructure_Exercise_WrongFactor": "∂F(x_i, W_i)/∂x_l 换成 ∂F(x_i, W_i)/∂x_i",
    "equ-ResNetStructure_Exercise_WrongPower": "k 换成 k^2",
    "equ-ResNetUnits_BatchNormConstant": "",
    "equ-ResNetUnits_Exercise_WrongFactor": "x_i 换成 x_j",
}
"""Equations that are known to be wrong, and words of the checker that mend them where one edit does."""


@pytest.fixture(scope="module")
def pages(book) -> dict[str, BeautifulSoup]:
    texts = {name: (book.out / FOLDER / f"{name}.html").read_text(encoding="utf-8") for name in PAGES}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def find(pages, label: str):
    """What carries the label, on whichever page; equations have anchors of their own."""
    anchor = make_id(f"equation-{label}" if label.startswith("equ-") else label)
    (found,) = [found for page in pages.values() if (found := page.find(id=anchor))]
    return found


def mark(pages, label: str):
    return find(pages, label).find_next_sibling()


def printed(pages, words: str) -> str:
    """What the snippet printed that prints ``words``."""
    outputs = (block.text for page in pages.values() for block in page.select(".eqtest-output"))
    (output,) = [text for text in outputs if words in text]
    return output


def test_every_picture_of_the_notes_has_a_successor_of_its_own():
    assert len(PICTURES) == 17
    assert list(SUCCESSORS) == PICTURES
    assert len(set(SUCCESSORS.values())) == len(SUCCESSORS)


@pytest.mark.parametrize("label", SUCCESSORS.values())
def test_a_successor_is_on_the_page_with_a_number_and_what_its_kind_needs(pages, label):
    found = find(pages, label)
    chapter = next(4 + number for number, page in enumerate(pages.values()) if page is found.find_parents()[-1])
    match label.partition("-")[0]:
        case "equ":
            assert re.match(rf"\({chapter}\.\d+\)", found.select_one(".eqno").text)
            assert "已验证" in found.find_next_sibling().summary.text
        case "fig":
            figure = found if found.name == "figure" else found.find_parent("figure")
            assert re.search(rf"图\s*{chapter}\.\d+", figure.figcaption.text)
            assert len(figure.img["alt"]) > 20
        case "tab":
            assert re.search(rf"表\s*{chapter}\.\d+", found.caption.text)


def test_every_display_is_checked_and_those_known_to_be_wrong_are_marked_so(pages):
    displays = [display for page in pages.values() for display in page.select("div[id^=equation-]")]
    assert len(displays) == sum(len(page.select(".katex-display")) for page in pages.values()) > 35
    wrong = {make_id(f"equation-{label}") for label in WRONG}
    for display in displays:
        expected = "✓ 已知有误，已验证其不成立" if display["id"] in wrong else "✓ 已验证"
        assert display.find_next_sibling().summary.text.strip() == expected, display["id"]


@pytest.mark.parametrize(("label", "words"), [(label, words) for label, words in WRONG.items() if words])
def test_the_wrong_factor_of_an_exercise_has_its_repair(pages, label, words):
    assert words in mark(pages, label).text


@pytest.mark.parametrize("name", PAGES)
def test_every_exercise_has_a_folded_solution(pages, name):
    (exercises,) = [each for each in pages[name].select("section") if each.h2 and "习题" in each.h2.text]
    items = exercises.ol.find_all("li", recursive=False)
    assert items
    assert all(item.select_one("details.admonition:not([open])").summary.text.strip() == "解答" for item in items)


def test_depth_degrades_the_plain_network_and_not_the_residual_one(pages):
    plain, residual = (
        [float(error) for error in re.findall(r"([\d.]+)%", line)]
        for line in printed(pages, "depth 32:").strip().splitlines()
    )
    assert plain == sorted(plain)
    assert plain[3] > 10 * plain[1]  # 32 layers against 8
    assert max(residual) < plain[1]


def test_the_residual_element_is_ahead_near_the_identity_and_behind_far_from_it(pages):
    plain, residual = (
        {float(tau): float(error) for tau, error in re.findall(r"([\d.]+): (\S+)", line)}
        for line in printed(pages, "0.35:").strip().splitlines()
    )
    assert residual[0.0] < plain[0.0] / 500
    assert plain[0.2] / 20 < residual[0.2] < plain[0.2] / 5
    assert residual[1.0] > plain[1.0]


def test_the_measured_gradients_follow_the_power_of_the_factor(pages):
    rows = re.findall(r"scale (\S+): measured (\S+), power (\S+)", printed(pages, "measured"))
    assert len(rows) == 4
    for scale, measured, power in ([float(word) for word in row] for row in rows):
        assert power == pytest.approx(scale**40, rel=0.1)
        assert 1 / 3 < measured / power < 3


def convolutions(depth: int) -> list[tuple[int, int, int, int]]:
    """Kernel, channels in, channels out and map of every convolution of a ResNet, written down by hand from table 1."""
    counts = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}[depth]
    found, channels = [(7, 3, 64, 112)], 64
    for number, (count, inner, size) in enumerate(zip(counts, (64, 128, 256, 512), (56, 28, 14, 7), strict=True)):
        outer = inner if depth < 50 else 4 * inner
        for unit in range(count):
            if unit == 0 and (number > 0 or depth >= 50):
                found.append((1, channels, outer, size))
            if depth < 50:
                found += [(3, channels, inner, size), (3, inner, inner, size)]
            else:
                found += [(1, channels, inner, size), (3, inner, inner, size), (1, inner, outer, size)]
            channels = outer
    return found


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_parameters_and_multiply_adds_are_those_of_the_formulas_by_hand(pages, depth):
    layers = convolutions(depth)
    channels = layers[-1][2]
    size = sum(k * k * a * b + 2 * b for k, a, b, _ in layers) + 1000 * (channels + 1)
    cost = sum(k * k * a * b * r * r for k, a, b, r in layers) + 1000 * channels
    (row,) = re.findall(rf"^ResNet-{depth} +(\d+) +(\S+) M +(\S+) G", printed(pages, "ResNet-34 A"), re.MULTILINE)
    assert row == (str(depth), f"{size / 1e6:.2f}", f"{cost / 1e9:.2f}")


def test_shortcuts_without_parameters_cost_nothing(pages):
    rows = dict(re.findall(r"^(\S+(?: A)?) +(\d.*) G", printed(pages, "ResNet-34 A"), re.MULTILINE))
    assert rows["plain-34"].split() == rows["ResNet-34 A"].split()
    vgg = float(rows["VGG-19"].split()[-1])
    assert float(rows["plain-34"].split()[-1]) / vgg < 1 / 5
    assert 1 / 2 < float(rows["ResNet-152"].split()[-1]) / vgg < 3 / 5


def test_the_networks_for_cifar_have_the_parameters_of_the_formula_and_of_the_paper(pages):
    rows = re.findall(r"n = +(\d+): +(\d+) layers, (\S+) M parameters, paper (\S+) M", printed(pages, "n =  3"))
    assert [int(row[0]) for row in rows] == [3, 5, 7, 9, 18]
    for n, layers, measured, paper in ((int(a), int(b), float(c), float(d)) for a, b, c, d in rows):
        inner = sum(9 * c * c * (2 * n - (c > 16)) for c in (16, 32, 64))
        size = 27 * 16 + inner + 9 * (16 * 32 + 32 * 64) + 2 * (16 + 2 * n * (16 + 32 + 64)) + 65 * 10
        assert layers == 6 * n + 2
        assert measured == pytest.approx(size / 1e6, abs=5e-4)
        assert measured == pytest.approx(paper, abs=0.03)


def test_each_stage_costs_the_same(pages):
    rows = re.findall(r"map (\d+) x \1, (\d+) multiply-adds", printed(pages, "stage 1"))
    assert [int(size) for size, _ in rows] == [56, 28, 14, 7]
    assert {int(cost) for _, cost in rows} == {9 * 64 * 64 * 56 * 56}


def test_the_gradient_of_batch_normalisation_is_that_of_finite_differences(pages):
    """The closed form on the page, computed here from its letters, against differences of the forward formulas."""
    (tex,) = find(pages, "equ-ResNetUnits_BatchNormGradient").select("annotation[encoding='application/x-tex']")
    assert tex.text.strip() == CLOSED
    torch.manual_seed(0)
    x, gamma, beta, epsilon = torch.randn(6, dtype=torch.float64), 1.3, -0.4, 1e-3

    def hat(x):
        return (x - x.mean()) / (((x - x.mean()) ** 2).mean() + epsilon) ** 0.5

    def loss(x):
        return (torch.arange(1.0, 7.0, dtype=torch.float64) * (gamma * hat(x) + beta)).sin().sum()

    step = 1e-6 * torch.eye(6, dtype=torch.float64)
    differences = torch.stack([(loss(x + d) - loss(x - d)) / 2e-6 for d in step])
    weights = torch.arange(1.0, 7.0, dtype=torch.float64)
    g = weights * (weights * (gamma * hat(x) + beta)).cos()
    deviation = (((x - x.mean()) ** 2).mean() + epsilon) ** 0.5
    closed = gamma / deviation * (g - g.mean() - hat(x) * (g * hat(x)).mean())
    torch.testing.assert_close(closed, differences, rtol=1e-6, atol=1e-8)


def test_the_gates_leave_of_the_shortcut_what_the_text_says(pages):
    rows = re.findall(r"b_g = +(\S+): gate (\S+), shortcut after 54 units (\S+)", printed(pages, "shortcut after 54"))
    for bias, gate, left in ([float(word) for word in row] for row in rows):
        opened = 1 / (1 + 2.718281828459045**-bias)
        assert gate == pytest.approx(opened, abs=1e-4)
        assert left == pytest.approx((1 - opened) ** 54, rel=0.05)


def test_the_rows_of_the_tables_are_those_of_the_papers(pages):
    """Table 1 and 2 of He et al. 2016, table 2 and 6 of He et al. 2015, as the papers print them."""
    tables = {
        "tab-ResNetUnits_ShortcutErrors": "6.61 失败 失败 12.35 失败 8.70 9.81 12.86 6.91 12.22 失败",
        "tab-ResNetUnits_OrderErrors": "6.61 5.93 8.17 6.50 7.84 6.14 6.71 5.91 6.37 5.46",
        "tab-ResNetStructure_Degradation": "27.94 27.88 28.54 25.03",
        "tab-ResNetStructure_Cifar": "0.27 8.75 0.46 7.51 0.66 7.17 0.85 6.97 6.43 7.93",
    }
    for label, numbers in tables.items():
        cells = (re.match(r"\d+\.\d\d|失败", cell.text.strip()) for cell in find(pages, label).select("tbody td"))
        assert [cell[0] for cell in cells if cell] == numbers.split(), label


def test_the_numbers_in_the_solutions_are_right(pages):
    """The first convolution of the 34 layers; what another unit in each stage costs a network for CIFAR-10."""
    text = pages["ResNetArchitecture"].text
    assert rf"= {49 * 3 * 64 * 112**2:,}".replace(",", r"\,") in text
    assert rf"{9 * 64 * 64 * 56**2:,}".replace(",", r"\,") in text
    convolutional, normalising = 18 * (16**2 + 32**2 + 64**2), 4 * (16 + 32 + 64)
    assert rf"= {convolutional:,}".replace(",", r"\,") in text
    assert f"= {normalising}" in text
    assert f"{convolutional + normalising:,}".replace(",", " ") in text
    assert (1.728e6 + 182 * (convolutional + normalising)) / 1e6 == pytest.approx(19.42, abs=0.005)
