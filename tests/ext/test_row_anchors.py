"""Where mathematics is set by KaTeX, every row of a display has an id, to which its verdict leads."""

from small_site import CONF, NET, TRUE

ROWS = rf"""
.. math::
   :label: equ-Rows

   \begin{{aligned}}
   {TRUE.replace("=", "&=")} \\
   \frac{{\partial L}}{{\partial y}} &= y^\top
   \end{{aligned}}

.. math:: {TRUE}
   :label: equ-One

.. eqtest:: equ-Rows equ-One
   :snippet: net
"""


def test_verdicts_lead_to_their_rows(make_site, repository):
    site = make_site()
    dist = str(repository / "node_modules/katex/dist")
    katex = f'html_math_renderer = "katex"\nkatex_dist = {dist!r}\nextensions.append("katex_prerender")\n'
    site.write("conf.py", CONF, katex)
    site.write("index.rst", "Title\n=====\n", NET.format(name="net"), ROWS)
    run = site.build("-W", "-n")
    assert (run.stderr, run.returncode) == ("", 0)
    page = site.html("index")
    display = page.find("div", id="equation-equ-rows")
    links = [link["href"] for link in display.find_next("details").select("tbody td:first-child a")]
    assert links == ["#equation-equ-rows-row-1", "#equation-equ-rows-row-2"]
    rows = [display.find(id=link[1:]) for link in links]
    assert all(row is not None and not row.get_text() for row in rows)
    assert (
        display.find("annotation").get_text().split()
        == ROWS[ROWS.index(r"\begin") : ROWS.index("\n\n.. math:: ")].split()
    )
    single = page.find("div", id="equation-equ-one")
    assert single.find_next("details").select("tbody td a") == []
