"""What the reader sees: outputs, marks, figures and numbers, in the formats that a book is published in."""

import pytest
from small_site import FALSE, NET, TRUE

INDEX = r"""
Contents
========

.. toctree::

   theory

See :figure:numref:`fig-TheNet` and :table:numref:`tab-One`.

.. _fig-TheNet:

.. network-figure:: net
   :align: center
   :width: 80%

   The network of the snippet.

.. table:: Numbers
   :name: tab-One

   === ===
   one two
   === ===

.. eqtest:: equ-True equ-False
   :snippet: net
   :trials: 2
"""

THEORY = rf"""
Theory
======

The gradient is

.. math::
   {TRUE}
   :label: equ-True

And, wrongly,

.. math:: {FALSE}
   :label: equ-False

.. eqtest-context::
   :snippet: net

Inline :eqtest:`\frac{{\partial L}}{{\partial y}} = y^\top`.

.. torch:: quiet
   :after: net
   :hide-code:

   print(N_is_not_set := 7)

.. torch:: loud
   :raises: ValueError
   :params: N = 2

   raise ValueError(f"as announced, {{N}} times")

.. torch:: silent
   :hide-output:

   print("nobody sees this")
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.rst", INDEX, NET.format(name="net"))
    site.write("theory.rst", THEORY)
    site.first = site.build("-j", "2", "-n")
    return site


def test_the_false_equation_is_the_only_warning(site):
    assert site.first.returncode == 0
    assert site.warning("theory.rst", r"= 2 \frac", "fails")(site.first.stderr)
    assert site.first.stderr.count("WARNING") == 1


def test_a_snippet_shows_its_code_and_below_it_what_it_prints_and_its_value(site):
    code = site.html("index").find(id="torch-net")
    assert "torch.randn" in code.get_text()
    assert code.find_next(class_="eqtest-output").get_text().split() == ["shape", "(3,)", "5"]


def test_code_and_output_can_be_hidden_and_expected_errors_are_shown(site):
    text = site.html("theory").get_text()
    assert "N_is_not_set" not in text
    assert "nobody sees this" in text  # the code
    outputs = [block.get_text().strip() for block in site.html("theory").select(".eqtest-output")]
    assert outputs == ["7", "ValueError: as announced, 2 times"]


def test_the_mark_of_an_equation_stands_under_it_on_its_own_page_and_opens_without_a_script(site):
    page = site.html("theory")
    mark = page.find("div", id="equation-equ-true").find_next("details")
    assert mark.summary.get_text() == "✓ verified"
    assert "eqtest-holds" in mark["class"]
    cells = [cell.get_text(strip=True) for cell in mark.tbody.find_all("td")]
    assert cells[:4] == ["1", "verified", "1", "2"]
    assert float(cells[4]) < 1e-12 < float(cells[5])  # worst error, margin
    refuted, tried = map(int, cells[6].split("/"))
    assert 0 < refuted <= tried
    assert mark.find("a")["href"] == "index.html#torch-net"
    assert "torch" in mark.get_text()


def test_the_mark_of_a_false_equation_says_where_it_fails(site):
    mark = site.html("theory").find("div", id="equation-equ-false").find_next("details")
    assert mark.summary.get_text() == "✗ does not hold"
    assert "eqtest-fails" in mark["class"]
    first, second = mark.summary.find_next_siblings(limit=2)
    assert "seed = 0" in first.get_text()
    assert second.get_text().startswith("Row 1 would hold in this form:")
    repair = second.find(class_="math").get_text()
    assert "2" not in repair.partition("=")[2]  # the factor that is wrong


def test_a_row_in_the_mark_can_be_focused_and_has_the_shapes_of_its_derivatives(site):
    mark = site.html("theory").find("div", id="equation-equ-true").find_next("details")
    row = mark.find(class_="eqtest-row")
    assert (row["tabindex"], row["role"], row["aria-label"]) == ("0", "group", "Row 1")
    shapes = [each.get_text() for each in row.select(".eqtest-shapes span")]
    assert shapes == ["∂L/∂w_0: 1 × (3, 3)", "∂L/∂y: 1 × 3", "∂y/∂h: 3 × 3", "∂h/∂w_0: 3 × (3, 3)"]
    assert row.find(class_="math") is None  # printed as it stands, there is nothing to write out


def test_an_inline_formula_has_a_tiny_mark(site):
    mark = site.html("theory").find("abbr")
    assert mark.get_text() == "✓"
    assert mark["title"].startswith("verified (rows: 1")


def test_marks_are_not_in_the_search_index(site):
    assert "verified" not in (site.out / "html" / "searchindex.js").read_text(encoding="utf-8")


def test_the_figure_is_numbered_and_its_file_is_called_after_its_label(site):
    figure = site.html("index").figure
    assert figure.img["src"] == "_images/TheNet.svg"
    assert figure.img["style"] == "width: 80%;"
    assert figure.img["alt"]
    assert "<svg" in (site.out / "html" / "_images" / "TheNet.svg").read_text(encoding="utf-8")
    assert "Fig. 1" in figure.figcaption.get_text()
    numbers = [reference.get_text() for reference in site.html("index").select(".std-numref")]
    assert numbers == ["Fig. 1", "Table 1"]


def test_nothing_is_written_among_the_sources(site):
    assert {path.name for path in site.docs.iterdir()} == {"conf.py", "index.rst", "theory.rst"}


def test_other_formats_get_one_plain_line(site):
    text = site.build(builder="text")
    page = (site.out / "text" / "theory.txt").read_text(encoding="utf-8")
    assert text.stderr.count("WARNING") == 1
    assert "[✓ verified (rows: 1, worst relative error:" in page
    assert "[✗ does not hold (rows: 1, worst relative error:" in page
    index = (site.out / "text" / "index.txt").read_text(encoding="utf-8")
    assert "The network of the snippet." in " ".join(index.split())


def test_latex_gets_the_drawing_as_pdf_and_signs_that_it_can_print(site):
    latex = site.build(builder="latex")
    assert latex.stderr.count("WARNING") == 1
    assert (site.out / "latex" / "TheNet.pdf").read_bytes().startswith(b"%PDF")
    (book,) = (site.out / "latex").glob("*.tex")
    text = book.read_text(encoding="utf-8")
    assert "{TheNet}.pdf" in text
    assert r"\(\checkmark\) verified" in text
    assert "✓" not in text


@pytest.mark.parametrize("builder", ["man", "texinfo", "singlehtml", "xml", "doctest"])
def test_every_builder_takes_the_pages(site, builder):
    run = site.build(builder=builder)
    assert run.returncode == 0
    assert run.stderr.count("WARNING") == 1


def test_a_chinese_site_speaks_chinese(site):
    run = site.build("-D", "language=zh_CN", builder="text")
    assert run.returncode == 0
    assert "[✓ 已验证：1 行，最大相对误差" in (site.out / "text" / "theory.txt").read_text(encoding="utf-8")
