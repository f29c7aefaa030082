"""The figures that a snippet leaves open become part of its outcome."""

from __future__ import annotations

import re
import sys

import pytest

from eqtest.execution.cell import Cell, Outcome
from eqtest.execution.session import draw, run_cells
from eqtest.network.picture import CYCLE

PYPLOT = "import matplotlib.pyplot as plt\n"
FIGURE = "from matplotlib.figure import Figure\n"


def outcomes(*codes: str, plots: bool = True) -> tuple[Outcome, ...]:
    return run_cells([Cell(f"cell-{number}", code, plots=plots) for number, code in enumerate(codes)])[1]


def open_numbers() -> list[int]:
    return sys.modules["matplotlib.pyplot"].get_fignums()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        (PYPLOT + "fig, ax = plt.subplots()\nax.plot([1, 2])", 1),
        (PYPLOT + "for k in range(3): plt.figure()", 3),
        (PYPLOT + "fig = plt.figure()\nplt.close(fig)", 0),
        (PYPLOT + "fig = plt.figure()\nplt.show()", 1),
        (FIGURE + "f = Figure()\ng = f\nh = Figure()", 2),
        (FIGURE + "Figure()", 0),
        (PYPLOT + FIGURE + "f = Figure()\nplt.figure()", 2),
        ("x = 1", 0),
    ],
)
def test_open_figures_are_drawn(code: str, count: int) -> None:
    (found,) = outcomes(code)
    assert found.failure is None
    assert len(found.figures) == count
    for drawing in found.figures:
        assert drawing.svg.count("prefers-color-scheme:dark") == 1
        assert drawing.pdf.startswith(b"%PDF")


def test_no_figure_leaks_into_another_cell_or_out_of_the_run() -> None:
    made = PYPLOT + FIGURE + "plt.plot([1])\nf = Figure()"
    first, second = outcomes(made, "plt.plot([2])")
    assert (len(first.figures), len(second.figures)) == (2, 1)
    (silent,) = outcomes(made, plots=False)
    assert silent.figures == ()
    draw([Cell("a", made)], {}, 0, 1)
    assert open_numbers() == []


def test_figures_of_the_caller_stay() -> None:
    import matplotlib.pyplot as plt

    mine = plt.figure()
    try:
        (found,) = outcomes(PYPLOT + "plt.figure()")
        assert len(found.figures) == 1
        assert open_numbers() == [mine.number]  # type: ignore[attr-defined]
    finally:
        plt.close(mine)


def test_style_holds_in_the_snippet_alone_and_what_it_sets_is_forgotten() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    code = PYPLOT + "plt.rcParams['lines.linewidth'] = 9\nline, = plt.plot([1, 2])\nprint(line.get_color())"
    (found,) = outcomes(code)
    assert found.stdout.strip() == CYCLE[0]
    assert dict(mpl.rcParams) == before


def test_same_bytes_each_time_and_ink_in_the_colour_of_the_text() -> None:
    code = (
        PYPLOT + "plt.plot([1, 2], label='a')\nplt.legend()\nplt.title('$x_1$')\nplt.boxplot([[1, 2, 3]])\nplt.grid()"
    )
    first, second = (outcomes(code)[0].figures[0] for _ in range(2))
    assert first == second
    colours = set(re.findall(r"(?:fill|stroke): (#\w+|\w+)", first.svg))
    assert "currentColor" in colours
    assert {colour for colour in colours if colour.startswith("#")} <= set(CYCLE)  # no black, no white
    assert "<dc:date>" not in first.svg
    assert b"CreationDate" not in first.pdf


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("page", ["#ffffff", "#131416"])
@pytest.mark.parametrize("colour", CYCLE)
def test_data_can_be_read_on_light_and_dark_pages(colour: str, page: str) -> None:
    darker, lighter = sorted((luminance(colour), luminance(page)))
    assert (lighter + 0.05) / (darker + 0.05) >= 3


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("plt.title('残差 x')", "残差"),
        (r"plt.title(r'$\partial 深$')", "深"),
        ("plt.title('残')\nplt.gcf().draw_without_rendering()", "残"),
        ("plt.title('x')", ""),
    ],
)
def test_characters_without_a_glyph_are_named(code: str, missing: str) -> None:
    (found,) = outcomes(PYPLOT + "plt.figure()\n" + code)
    assert found.figures[0].missing == missing


def test_a_figure_that_cannot_be_drawn_is_a_failure_of_its_cell() -> None:
    (found,) = outcomes(PYPLOT + r"plt.title(r'$\frac$')")
    assert found.figures == ()
    assert found.failure is not None
    assert (found.failure.kind, found.failure.line) == ("exception", 1)
    assert r"\frac" in found.failure.message


def test_description_names_titles_axes_and_legend() -> None:
    code = PYPLOT + "plt.plot([1], label='deep')\nplt.title('T')\nplt.xlabel('layer')\nplt.ylabel('norm')\nplt.gca()"
    (found,) = outcomes(code)
    assert found.figures[0].description == "T: norm / layer: deep"
    assert found.value == ""  # an object of matplotlib's says nothing to a reader
