"""The experiments, as they are built: their figures, and what their sentences say of their numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup

FIGURES = {
    "depth": ["fig-exp-depth-error", "fig-exp-depth-gradient"],
    "factor": ["fig-exp-factor", "fig-exp-skip"],
    "shortcuts": ["fig-exp-shortcuts"],
    "orders": ["fig-exp-orders"],
    "shattered": ["fig-exp-shattered"],
}
LABELS = [(page, label) for page, labels in FIGURES.items() for label in labels]
NUMBER = r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?"
CELL = re.compile(rf"({NUMBER}) \(\s*({NUMBER}) \.\.\s*({NUMBER})\)")


@dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float


@pytest.fixture(scope="module")
def pages(book) -> dict[str, BeautifulSoup]:
    assert book.code == 0, book.warnings
    return {
        name: BeautifulSoup((book.out / f"experiments/{name}.html").read_text(encoding="utf-8"), "html.parser")
        for name in FIGURES
    }


def tables(page: BeautifulSoup) -> dict[str, list[list[Spread]]]:
    """What the tables printed on a page say: the rows of each name, in order."""
    rows: dict[str, list[list[Spread]]] = {}
    for line in "\n".join(output.get_text() for output in page.select(".output")).splitlines():
        if cells := CELL.findall(line):
            name = line[: CELL.search(line).start()].strip()
            rows.setdefault(name, []).append([Spread(*map(float, cell)) for cell in cells])
    return rows


@pytest.mark.parametrize(("page", "label"), LABELS)
def test_a_figure_has_number_caption_and_text_alternative_and_follows_the_page(pages, book, page, label):
    figure = pages[page].find(id=label)
    assert figure.name == "figure"
    assert re.match(r"图 \d+\.\d+", figure.select_one(".caption-number").text)
    assert re.search(r"[\u4e00-\u9fff]{4}", figure.select_one(".caption-text").text)
    image = figure.select_one("img")
    assert len(re.findall(r"[\u4e00-\u9fff]", image["alt"])) > 30
    svg = (book.out / "experiments" / image["src"]).read_text(encoding="utf-8")
    assert "prefers-color-scheme:dark" in svg
    assert "currentColor" in svg
    assert "#000000" not in svg
    numbers = {link.text.strip() for link in pages[page].select(f"a[href='#{label}'] .std-numref")}
    assert numbers <= {figure.select_one(".caption-number").text.strip()}


def test_every_page_prints_medians_with_their_spread_and_no_error(pages):
    for name, page in pages.items():
        rows = [spread for group in tables(page).values() for row in group for spread in row]
        assert len(rows) > 5, name
        assert all(spread.least <= spread.median <= spread.most for spread in rows), name
        assert any(spread.least < spread.most for spread in rows), name
        assert "Traceback" not in page.get_text()
        assert not page.select(".output.traceback, .output.stderr, .stderr")


def test_plain_networks_degrade_and_residual_ones_do_not(pages):
    rows = tables(pages["depth"])
    plain = [rows[f"{layers} plain"][0] for layers in (2, 4, 8, 16, 32, 64)]
    residual = [rows[f"{layers} residual"][0] for layers in (2, 4, 8, 16, 32, 64)]
    assert plain[-1][0].least > 80
    assert plain[3][0].least > residual[3][0].most
    assert residual[-1][0].median < 2
    assert residual[0][0].median == 0
    assert residual[-1][1].median > residual[0][1].median  # the test error
    for rate in ("0.2", "0.05", "0.0125", "0.003"):
        (errors,) = rows[rate]
        assert errors[0].least > 2 * errors[1].most


def gradient_ratio(seed: int, *, skip: bool, norm: bool, units: int = 32, width: int = 32) -> float:
    """First over last gradient's norm in a network of modules, on normal data: nothing of the book's code is used."""
    torch.manual_seed(seed)
    x = first = torch.randn(256, width).relu().requires_grad_()
    for _ in range(units):
        y = x
        for layer in range(2):
            linear = torch.nn.Linear(width, width, bias=False)
            torch.nn.init.normal_(linear.weight, std=((2 if norm else 1) / width) ** 0.5)
            y = linear(y)
            y = torch.nn.BatchNorm1d(width, affine=False)(y) if norm else y
            y = y.relu() if layer == 0 else y
        x = (x + y if skip else y).relu()
    last = x
    head = torch.nn.Linear(width, 10)
    loss = torch.nn.functional.cross_entropy(head(last), torch.arange(256) % 10)
    by_first, by_last = torch.autograd.grad(loss, (first, last))
    return (by_first.norm() / by_last.norm()).item()


@pytest.mark.parametrize(("norm", "title"), [(False, "32 without BN"), (True, "32 with BN")])
def test_gradients_vanish_or_explode_without_skips_and_hardly_with_them(pages, norm, title):
    ((plain, residual),) = tables(pages["depth"])[title]
    bounds = {False: (0, 1e-9), True: (1e5, 1e7)}[norm]
    again = sorted(gradient_ratio(seed, skip=False, norm=norm) for seed in range(3))[1]
    assert all(bounds[0] < ratio < bounds[1] for ratio in (plain.median, again))
    again = sorted(gradient_ratio(seed, skip=True, norm=norm) for seed in range(3))[1]
    assert all(10 < ratio < 1000 for ratio in (residual.median, again))


def chain(factor: float, g: float, seed: int, units: int = 30, width: int = 32, samples: int = 64) -> float:
    """How a gradient's norm changes through the units, by Jacobians written out by hand."""
    random = np.random.default_rng(seed)
    x = np.maximum(random.normal(size=(samples, width)), 0)
    jacobian = np.broadcast_to(np.eye(width), (samples, width, width))
    for _ in range(units):
        inner, outer = random.normal(size=(2, width, width)) / width**0.5
        t = np.tanh(x @ inner.T)
        branch = np.einsum("ij,sj,jk->sik", outer, 1 - t**2, inner)
        jacobian = (factor * np.eye(width) + g * branch) @ jacobian
        x = factor * x + g * t @ outer.T
    v = random.normal(size=(samples, 1, width))
    return float(np.linalg.norm(v @ jacobian) / np.linalg.norm(v))


@pytest.mark.parametrize("g", [0.0, 0.1, 0.3])
def test_the_factor_of_the_shortcut_predicts_the_gradient(pages, g):
    rows = tables(pages["factor"])
    position = (0.0, 0.1, 0.3).index(g)
    for factor in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25):
        direct, measured, predicted = rows[str(factor)][position]
        assert direct.median == pytest.approx(factor**30, rel=0.05)
        assert 0.5 < measured.least / predicted.median <= measured.most / predicted.median < 2
        again = sorted(chain(factor, g, seed) for seed in range(5))[2]
        assert 0.5 < measured.median / again < 2
        if g == 0:
            assert measured.median == pytest.approx(factor**30, rel=0.05)
        if g == 0.1:
            assert 0.9 < measured.median / factor**30 < 10
    if g == 0.3:
        assert rows["0.5"][position][1].median > 30 * 0.5**30


def test_shortcuts_far_from_the_identity_are_hard_to_train(pages):
    rows = {name: group[0] for name, group in tables(pages["shortcuts"]).items()}
    bad = [name for name in rows if name.startswith(("(b)", "(e)", "(f)")) or name.endswith("b = 0")]
    good = [name for name in rows if name not in bad]
    assert (len(bad), len(good)) == (5, 3)
    assert min(rows[name][0].least for name in bad) > 5 * max(rows[name][0].most for name in good)
    gated, original = rows["(c) exclusive gating, b = -6"], rows["(a) original"]
    assert gated[1].median < original[1].median  # unlike in the paper, as the page says


def test_the_orders_rank_as_the_page_says(pages):
    rows = {name[1]: group[0] for name, group in tables(pages["orders"]).items()}
    assert sorted(rows, key=lambda letter: rows[letter][1].median) == ["e", "d", "a", "c", "b"]
    tests = [rows[letter][1] for letter in "ade"]
    assert min(spread.most for spread in tests) > max(spread.least for spread in tests)  # they overlap
    assert rows["b"][0].least > 50


def test_gradients_of_plain_networks_shatter(pages):
    rows = tables(pages["shattered"])
    plain = [rows[str(layers)][0][0] for layers in (2, 8, 32, 48)]
    assert all(shallow.median > deep.median for shallow, deep in pairwise(plain))
    assert plain[-1].most > 0.8
    residual, small = rows["48"][0][1:]
    assert plain[-1].median < residual.median < small.median
    assert small.median > rows["2"][0][2].median - 0.05


@pytest.fixture(scope="module")
def explorer(pages) -> dict:
    return json.loads(pages["factor"].select_one("skip-explorer > script").string)


def test_the_data_of_the_explorable_network_are_whole(explorer):
    least, most = explorer["layers"]
    keys = {f"{N} {p} {q}" for N in range(least, most + 1) for q in range(2, N + 1) for p in range(1, q)}
    assert set(explorer["norms"]) == keys
    for key, rows in explorer["norms"].items():
        layers = int(key.split()[0])
        assert len(rows) == len(explorer["factors"])
        assert all(len(row) == layers + 2 for factor in rows for row in factor)
        assert all(0.94 * lo <= mid <= 1.06 * hi for factor in rows for mid, lo, hi in zip(*factor, strict=True))


def test_without_a_factor_no_place_of_the_shortcut_matters(explorer):
    assert explorer["factors"][0] == 0
    for key, (without, *_) in explorer["norms"].items():
        layers = int(key.split()[0])
        assert without[0][:layers] == pytest.approx(explorer["norms"][f"{layers} 1 2"][0][0][:layers], rel=0.01)
        assert without[0][layers] == pytest.approx(without[0][0], rel=0.01)  # all of the gradient comes by the layers
        assert without[0][layers + 1] == 0
