"""Figures are drawn in the ink of the page: dark on light and light on dark, whatever the system prefers; all that they
say can be read."""

from __future__ import annotations

import io

import pytest
from chromium import require_chromium
from PIL import Image
from playwright.sync_api import expect

require_chromium()

TEXT, LINES = 4.5, 3
"""The least contrasts of WCAG 2.2, https://www.w3.org/TR/WCAG22/, criteria 1.4.3 and 1.4.11."""
DRAWN = """(ground) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const seen = (color, opacity) => {
    canvas.globalAlpha = 1;
    canvas.fillStyle = ground;
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = opacity;
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const opacity = (element) => element.closest ? getComputedStyle(element).opacity * opacity(element.parentNode) : 1;
  const found = (elements, kind, strength) => elements
    .map((element) => [element, getComputedStyle(element)])
    .filter(([element, style]) => style[kind] != "none" && !element.closest("defs"))
    .map(([element, style]) => seen(style[kind], style[strength] * opacity(element)));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const plotted = document.querySelector('[id^="axes_"]');
  const letters = plotted ? [] : all('[id^="patch_"] path').filter((path) => /[CQ]/.test(path.getAttribute("d")));
  return {
    ground: seen(ground, 1),
    text: found([...all('[id^="text_"] use, [id^="text_"] path'), ...letters], "fill", "fillOpacity"),
    lines: found(all(':is([id^="line2d_"], [id^="patch_"]) :is(use, path)'), "stroke", "strokeOpacity"),
  };
}"""
"""The colours, as they are seen on the ground: of plots their labels and lines, of networks the outlines of letters,
which are curved as their other filled parts are not, and the lines."""


def greys(picture: bytes) -> tuple[int, int, int]:
    """The darkest, the most frequent and the lightest grey of a screenshot."""
    histogram = Image.open(io.BytesIO(picture)).convert("L").histogram()
    there = [grey for grey, count in enumerate(histogram) if count]
    return there[0], max(range(256), key=histogram.__getitem__), there[-1]


@pytest.mark.parametrize(("system", "chosen"), [("dark", "light"), ("light", "dark")])
def test_figures_follow_the_switch_against_the_system(web_site, system, chosen):
    page = web_site.page
    page.emulate_media(color_scheme=system)
    seen = {}
    for name in web_site.pages:
        if "<figure" not in (web_site.root / name).read_text(encoding="utf-8"):
            continue
        web_site.open(name)
        page.evaluate("localStorage.removeItem('theme')")
        page.reload()
        page.locator(".theme-toggle-content button").click()
        assert page.evaluate("document.body.dataset.theme") == chosen
        for image in page.locator("figure img").all():
            image.scroll_into_view_if_needed()
            expect(image).to_have_js_property("complete", True)
            seen[image.get_attribute("src")] = greys(image.screenshot())
    assert len(seen) >= 4
    for darkest, ground, lightest in seen.values():
        if chosen == "light":
            assert ground > 240
            assert darkest < 80
        else:
            assert ground < 40
            assert lightest > 180


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_figures_say_contrasts_with_the_page(web_site, scheme):
    page = web_site.page
    page.emulate_media(color_scheme=scheme)
    web_site.open("index.html")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    figures = sorted((web_site.root / "_images").glob("*.svg"))
    assert len(figures) >= 15
    faint = {}
    for figure in figures:
        drawn = web_site.open(f"_images/{figure.name}").evaluate(DRAWN, ground)
        assert drawn["text"]
        for kind, least in (("text", TEXT), ("lines", LINES)):
            ratios = {tuple(color): contrast(color, drawn["ground"]) for color in drawn[kind]}
            faint |= {(figure.stem, kind, color): ratio for color, ratio in ratios.items() if ratio < least}
    assert faint == {}


def contrast(one: list[int], other: list[int]) -> float:
    """The ratio of WCAG between two colours of sRGB, from 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: list[int]) -> float:
    parts = [part / 255 for part in color]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
