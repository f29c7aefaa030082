"""The directive ``torch-figure``: numbered figures from snippets that plot."""

import json

import pytest
from small_site import NET, warnings

PAGE = """
Plots
=====

See :numref:`fig-Norms`, :figure:numref:`fig-Second`, :numref:`fig-Third` and :numref:`fig-Markdown`.

.. _fig-Norms:

.. torch-figure:: norms
   :after: net
   :caption: The *norms* of :math:`w`.
   :alt: Two points.
   :width: 80%
   :align: center
   :figclass: wide

   import matplotlib.pyplot as plt
   plt.plot([each.norm().item() for each in w])
   print("drawn")

.. torch-figure:: pair
   :hide-code:
   :caption: Second
      Third
   :name: fig-Second
      fig-Third

   from matplotlib.figure import Figure
   one, two = Figure(), Figure()
   one.subplots().set_title("one")
   two.subplots().set_title("two")

.. toctree::

   markdown
"""

MARKDOWN = """
# Markdown

(fig-Markdown)=
```{torch-figure} in-markdown
:caption: From $x$
import matplotlib.pyplot as plt
plt.plot([1, 2])
```
"""

MISTAKES = """
Mistakes
========

.. torch-figure:: nothing

   nothing = 1

.. torch-figure:: several
   :caption: Only one

   import matplotlib.pyplot as plt
   several = plt.figure(), plt.figure()

.. torch-figure:: han

   import matplotlib.pyplot as plt
   plt.title("残差")

.. torch-figure:: raises

   import matplotlib.pyplot as plt
   plt.plot([1], [2, 3])
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.rst", PAGE, NET.format(name="net"))
    site.write("markdown.md", MARKDOWN)
    site.first = site.build("-W", "-n", "-j", "2")
    return site


@pytest.fixture(scope="module")
def faulty(make_site):
    site = make_site()
    site.write("index.rst", MISTAKES)
    site.first = site.build()
    return site


def test_figures_are_numbered_and_can_be_referred_to(site):
    assert (site.first.stderr, site.first.returncode) == ("", 0)
    page = site.html("index")
    assert [each.get_text() for each in page.select(".std-numref")] == ["Fig. 1", "Fig. 2", "Fig. 3", "Fig. 4"]
    captions = [caption.get_text(" ", strip=True) for caption in page.select("figcaption p")]
    assert [caption[:6] for caption in captions] == ["Fig. 1", "Fig. 2", "Fig. 3"]
    assert page.select_one("figcaption em").get_text() == "norms"
    assert page.find(href="#fig-third").get_text() == "Fig. 3"
    assert page.find(id="fig-third").figcaption.get_text().strip().startswith("Fig. 3 Third")


def test_a_figure_stands_below_its_code_and_output_with_its_options(site):
    code = site.html("index").find(id="torch-norms")
    figure = code.find_next("figure")
    assert figure.img["src"] == "_images/Norms.svg"
    assert (figure.img["alt"], figure.img["style"]) == ("Two points.", "width: 80%;")
    assert {"align-center", "wide"} <= set(figure["class"])
    assert code.find_next(class_="eqtest-output").find_next("figure") == figure
    assert site.html("index").find(id="fig-second").img["alt"] == "one"  # what matplotlib knows
    assert "one, two" not in site.html("index").get_text()


def test_no_figure_is_drawn_again_when_nothing_changed(site):
    before = (site.out / "html" / "_images" / "Norms.svg").read_bytes()
    assert "running snippets" not in site.build("-W", "-E").stdout
    assert (site.out / "html" / "_images" / "Norms.svg").read_bytes() == before


def test_latex_gets_the_figures_as_pdf(site):
    run = site.build("-W", builder="latex")
    assert run.stderr == ""
    for name in "Norms", "Second", "Third":
        assert (site.out / "latex" / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_the_report_has_no_bytes_of_figures(site):
    assert site.build(builder="eqtest").returncode == 0
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    counts = {each["name"]: each["outcome"]["figures"] for each in report["snippets"]}
    assert counts == {"net": 0, "norms": 1, "pair": 2, "in-markdown": 1}


MISTAKEN = [
    ("nothing = 1", "figure", "no figure is open at its end"),
    ("import matplotlib.pyplot as plt", "figure", "leaves 2 figures open, each needs a line, but ':caption:' has 1"),
    ('plt.title("残差")', "figure", "no font has the characters '残', '差'"),
    ("plt.plot([1], [2, 3])", "snippet", "ValueError"),
]


def test_mistakes_are_warnings_at_their_lines_on_every_build(faulty):
    assert faulty.first.returncode == 0
    for log in faulty.first.stderr, faulty.build().stderr:
        assert log.count("WARNING") == len(MISTAKEN)
        for words, subtype, message in MISTAKEN:
            assert message in log
            line = faulty.line("index.rst", words) - (words.startswith("plt.title"))
            assert any(
                each.startswith(f"{faulty.docs / 'index.rst'}:{line}: ") and f"[eqtest.{subtype}]" in each
                for each in warnings(log)
            )


def test_the_page_of_mistakes_shows_what_there_is(faulty):
    assert [image["src"] for image in faulty.html("index").find_all("img")] == [
        "_images/several-1.svg",
        "_images/han-1.svg",
    ]
