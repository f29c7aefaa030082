"""What a reader's browser does with the book."""

from __future__ import annotations

import re

import pytest
from chromium import require_chromium
from playwright.sync_api import expect
from visit import LAID_OUT

require_chromium()

CHAPTER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN/ResidualUnit.html"


def test_every_page_loads_whole_from_a_folder(file_site):
    assert CHAPTER in file_site.pages
    for page in file_site.pages:
        file_site.open(page)
    assert file_site.problems == []


def test_formulas_are_set_in_their_own_fonts(site):
    page = site.open(CHAPTER)
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(font => font.status == 'loaded').map(font => font.family)")
    assert {"KaTeX_Main", "KaTeX_Math"} <= set(loaded)


@pytest.mark.parametrize(("scheme", "grounds"), [("light", range(230, 256)), ("dark", range(60))])
def test_code_stands_on_the_ground_of_its_scheme(site, scheme, grounds):
    site.page.emulate_media(color_scheme=scheme)
    page = site.open(CHAPTER)
    color = page.evaluate("getComputedStyle(document.querySelector('.highlight')).backgroundColor")
    assert all(int(part) in grounds for part in re.findall(r"\d+", color)[:3]), color


def test_an_address_within_a_chapter_leads_to_its_place(web_site):
    """Though what stands before it need not be laid out yet."""
    page = web_site.open(CHAPTER)
    links = page.locator("div.math > .eqno a.headerlink").all()
    anchor = links[2 * len(links) // 3].get_attribute("href")
    page.goto("about:blank")
    web_site.open(CHAPTER + anchor)
    place = f"document.getElementById('{anchor[1:]}').getBoundingClientRect()"
    page.wait_for_function(f"{place}.top >= 0 && {place}.top < innerHeight / 2", timeout=30_000)
    page.wait_for_timeout(300)  # it stays there
    assert page.evaluate(f"{place}.top >= 0 && {place}.top < innerHeight / 2")


def test_where_a_place_is_wanted_nothing_waits_for_pauses_to_be_laid_out(web_site):
    web_site.page.add_init_script("window.requestIdleCallback = () => 0")
    page = web_site.open(CHAPTER)
    assert not page.evaluate(LAID_OUT)
    page.locator("article a.reference[href^='#equation-']").first.click()
    assert page.evaluate(LAID_OUT)
    place = page.url
    page.goto("about:blank")
    page.goto(place)
    assert page.evaluate(LAID_OUT)


def test_an_address_that_leads_nowhere_gets_a_whole_page_at_any_depth(web_site):
    page = web_site.open("no/such/page.html")
    assert page.locator("h1").inner_text() == "找不到这一页"
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)")  # they are there
    assert [
        problem for problem in web_site.problems if "the server responded with a status of 404" not in problem
    ] == []
    assert len(web_site.problems) == 1  # the page itself
    page.locator("article a", has_text="首页").click()
    expect(page).to_have_url(f"{web_site.address}/index.html")


def test_the_arrow_keys_scroll_a_wide_display(web_site):
    web_site.page.set_viewport_size({"width": 375, "height": 700})
    page = web_site.open(CHAPTER)
    wide = page.locator("div.math > .katex-display[tabindex='0']").first
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_the_first_tab_stop_leads_to_the_text(web_site):
    page = web_site.open(CHAPTER)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "跳到正文"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#furo-main-content$"))


def test_the_signs_of_the_theme_say_in_the_language_of_the_book_what_they_are(web_site):
    page = web_site.open(CHAPTER)
    titles = page.locator("body > svg symbol > title").all_text_contents()
    assert titles
    assert [title for title in titles if re.search("[A-Za-z]", title)] == []


def test_without_script_a_chapter_is_whole_and_its_marks_open(book, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{book.out.as_uri()}/{CHAPTER}")
    assert page.locator("article").evaluate("(article) => getComputedStyle(article).opacity") == "1"
    waiting = "(parts) => parts.filter((part) => getComputedStyle(part).contentVisibility == 'auto').length"
    assert page.locator("article .later").count()
    assert page.locator("article .later").evaluate_all(waiting) == 0
    mark = page.locator("details", has=page.locator("summary", has_text="✓")).first
    mark.locator("summary").click()
    assert mark.locator("table").first.is_visible()
    context.close()


def test_code_is_copied_without_its_prompt(web_site):
    web_site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = web_site.open(CHAPTER)
    block = page.locator("div.highlight", has=page.locator("pre")).first
    block.hover()
    block.locator("button.copybtn").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('import torch'))")
    assert block.locator("button.copybtn").get_attribute("data-tooltip") in {"复制", "复制成功!"}


def test_the_rows_of_an_opened_mark_show_their_shapes_to_the_keyboard(web_site):
    page = web_site.open(CHAPTER)
    mark = page.locator("#equation-equ-classicalnetgradientpropagation-3hiddenlayers ~ details").first
    mark.locator("summary").focus()
    page.keyboard.press("Enter")
    row = mark.locator(".eqtest-row", has=page.locator(".eqtest-shapes")).first
    shapes = row.locator(".eqtest-shapes")
    expect(row).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(shapes).to_be_hidden()
    for _stop in range(30):
        page.keyboard.press("Tab")
        if row.evaluate("(row) => row.contains(document.activeElement)"):
            break
    expect(shapes).to_be_visible()


@pytest.mark.parametrize(
    ("query", "chapter"),
    [
        ("残差", "ResidualUnit"),
        ("层", "ResidualUnit"),
        ("梯度传播", "ResidualUnit"),
        ("链式求导法则", "ResidualUnit"),
        ("跳跃连接", "SkipConnection"),
        ("Skip Connection", "SkipConnection"),
        ("恒等映射", "IdentityMapping"),
        ("预激活", "IdentityMapping"),
    ],
)
def test_the_search_finds_the_chapter(site, query, chapter):
    page = site.open(f"search.html?q={query}")
    result = page.locator(f"ul.search a[href*='{chapter}.html']").first
    expect(result).to_be_attached(timeout=10_000)


def test_a_search_shows_where_a_page_says_it_and_raises_no_error(web_site):
    page = web_site.open("search.html?q=梯度传播")
    expect(page.locator("ul.search p.context").first).to_contain_text("梯度", timeout=10_000)
    assert web_site.problems == []


def test_a_search_for_what_no_page_says_finds_nothing(web_site):
    page = web_site.open("search.html?q=蝾螈卵巢")
    expect(page.locator("#search-results .search-summary")).not_to_be_empty(timeout=10_000)
    expect(page.locator("ul.search li")).to_have_count(0)


def test_a_closed_mark_costs_a_page_two_elements(web_site):
    page = web_site.open(CHAPTER)
    within = "(marks) => marks.map((mark) => mark.querySelectorAll('*').length)"
    marks = page.locator("details.eqtest")
    assert marks.count()
    assert {*marks.evaluate_all(within)} == {2}
    marks.first.locator("summary").click()
    expect(marks.first.locator("table")).to_be_visible()
    first, *others = marks.evaluate_all(within)
    assert first > 50
    assert {*others} == {2}


def test_a_mark_opens_and_closes_by_keyboard(web_site):
    page = web_site.open(CHAPTER)
    mark = page.locator("details", has=page.locator("summary", has_text="✓")).first
    expect(mark.locator("table").first).to_be_hidden()
    mark.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(mark.locator("table").first).to_be_visible()
    page.keyboard.press("Space")
    expect(mark.locator("table").first).to_be_hidden()
