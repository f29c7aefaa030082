"""The network whose shortcut can be moved: its numbers, its formula and its picture change together."""

from __future__ import annotations

import json

import pytest
from chromium import require_chromium

from eqtest import check

require_chromium()

PAGE = "experiments/factor.html"
SNIPPET = """
import torch
w = [torch.randn(4, 4, requires_grad=True) for _ in range(N + 1)]
x, t = torch.randn(4, requires_grad=True), torch.randn(4)
h, s, u = {}, {}, x
for n in range(N):
    u = h[n + 1] = torch.tanh(w[n] @ u)
    if n + 1 == q:
        u = s[q] = h[q] + FACTOR * h[p]
y = torch.tanh(w[N] @ u)
L = (y - t).square().sum() / 2
"""


def move(page, **values: float) -> None:
    factors = json.loads(page.locator("skip-explorer > script").text_content())["factors"]
    for name, value in values.items():
        slider = page.locator(f"skip-explorer input[name='{'λ' if name == 'factor' else name}']")
        slider.fill(str(factors.index(value) if name == "factor" else value))


def state(page) -> dict:
    """What the reader sees: sliders, formula, picture and table."""
    return page.evaluate(
        """() => {
            const explorer = document.querySelector("skip-explorer");
            const arc = explorer.querySelector("path[data-from]");
            return {
                sliders: [...explorer.querySelectorAll("label output")].map(output => Number(output.textContent)),
                formula: [...explorer.querySelectorAll(".formula annotation")].map(tex => tex.textContent).join(" "),
                skip: [Number(arc.dataset.from), Number(arc.dataset.to)],
                units: explorer.querySelectorAll(".unit").length,
                drawn: [...explorer.querySelectorAll("circle[data-norm]")].map(dot => Number(dot.dataset.norm)),
                heights: [...explorer.querySelectorAll("circle[data-norm]")].map(dot => Number(dot.getAttribute("cy"))),
                table: [...explorer.querySelectorAll("tbody tr")].map(row => Number(row.cells[1].textContent)),
                label: explorer.querySelector("svg").getAttribute("aria-label"),
                data: JSON.parse(explorer.querySelector("script").textContent),
            };
        }"""
    )


@pytest.mark.parametrize(
    ("N", "p", "q", "factor"), [(7, 2, 5, 1), (7, 1, 7, 0.5), (3, 1, 2, 2), (6, 3, 4, 0), (5, 4, 5, 0.25)]
)
def test_numbers_formula_and_picture_agree(site, N, p, q, factor):  # noqa: N803
    page = site.open(PAGE)
    move(page, N=7, q=7, p=1)
    move(page, q=q, p=p, N=N, factor=factor)
    seen = state(page)
    assert seen["sliders"] == [N, p, q, factor]
    assert seen["skip"] == [p, q]
    assert seen["units"] == N + 2
    expected = seen["data"]["norms"][f"{N} {p} {q}"][seen["data"]["factors"].index(factor)][0][:N]
    assert seen["drawn"] == expected
    assert seen["table"] == pytest.approx(expected, rel=0.01)
    assert sorted(seen["heights"]) == [y for _, y in sorted(zip(expected, seen["heights"], strict=True), reverse=True)]
    report = check(seen["formula"], snippet=SNIPPET.replace("FACTOR", str(factor)), where=f"N = {N}, p = {p}, q = {q}")
    assert report.ok, f"{seen['formula']}\n{report}"
    other = check(seen["formula"], snippet=SNIPPET.replace("FACTOR", "0.9"), where=f"N = {N}, p = {p}, q = {q}")
    assert other.status == "fails"
    assert site.problems == []


def test_the_ends_of_the_shortcut_stay_in_order_whatever_is_moved(web_site):
    page = web_site.open(PAGE)
    for moved in ({"q": 2}, {"p": 6}, {"N": 3}, {"N": 7}, {"p": 5, "q": 3}, {"q": 7}):
        move(page, **moved)
        layers, p, q, _ = state(page)["sliders"]
        assert 1 <= p < q <= layers
        assert state(page)["skip"] == [p, q]


def test_it_works_by_keyboard_and_says_its_names(web_site):
    page = web_site.open(PAGE)
    slider = page.get_by_role("slider", name="隐藏层数")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert state(page)["sliders"][0] == 6
    for name in ("起点", "终点", "系数"):
        assert page.get_by_role("slider", name=name).count() == 1
    page.get_by_role("slider", name="系数").focus()
    page.keyboard.press("Home")
    assert page.get_by_role("slider", name="系数").get_attribute("aria-valuetext") == "0"
    assert "系数 0" in state(page)["label"]


def test_without_script_the_figure_stays(book, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{book.out.as_uri()}/{PAGE}")
    assert page.locator("#fig-exp-skip img").is_visible()
    assert not page.locator(".explorer-parts").is_visible()
    assert page.locator("skip-explorer").inner_text().strip() == ""
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_schemes(web_site, scheme):
    page = web_site.page
    page.set_viewport_size({"width": 375, "height": 800})
    web_site.open(PAGE)
    page.evaluate(f"document.body.dataset.theme = '{scheme}'")
    box = page.locator("skip-explorer svg").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
