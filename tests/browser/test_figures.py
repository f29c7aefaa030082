"""Figures are drawn in the ink of the page: dark on light and light on dark, whatever the system prefers."""

from __future__ import annotations

import io

import pytest
from chromium import require_chromium
from PIL import Image
from playwright.sync_api import expect

require_chromium()


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
