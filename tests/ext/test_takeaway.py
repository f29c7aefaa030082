"""A page's code and equations as a script and a notebook, which run from top to bottom without this package."""

import json
import os
import subprocess
import sys

import pytest
from small_site import CONF, NET

PAGE = r"""
Theory
======

.. torch:: stack
   :params: N = 3

   import torch

   w = [torch.randn(3, 3, requires_grad=True) for _ in range(N)]
   h = {0: torch.randn(3, requires_grad=True)}
   for n in range(1, N + 1):
       h[n] = torch.tanh(w[n - 1] @ h[n - 1]) + h[n - 1]
   L = h[N].square().sum()

.. torch:: aside

   w = "another namespace"

.. torch:: more
   :after: stack
   :raises: ValueError

   print("total", round(L.item(), 6))
   raise ValueError(N)

.. torch-figure:: plot
   :after: stack

   import matplotlib.pyplot as plt
   plt.plot([each.norm().item() for each in w])

.. math::
   :label: equ-Chain

   \frac{\partial L}{\partial w_p} &= \frac{\partial L}{\partial h_N} \times \frac{\partial h_N}{\partial h_{N-1}}
     \times \cdots \times \frac{\partial h_{p+1}}{\partial w_p} \\
   L &= \sum_k \sin(k)

.. eqtest:: equ-Chain
   :snippet: stack
   :rows: 1
   :where: N in 2..4, p in 0..N-2

.. math:: \frac{\partial h_1}{\partial h_0} = \frac{\partial h_2}{\partial h_1} + 1
   :label: equ-Wrong

.. eqtest:: equ-Wrong
   :snippet: more
   :expect: fails
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("conf.py", CONF, 'eqtest_repository = "owner/book"')
    site.write(
        "index.rst", "Contents\n========\n\n.. toctree::\n\n   theory\n   other\n   words\n", NET.format(name="net")
    )
    site.write("theory.rst", PAGE)
    site.write("other.rst", "Other\n=====\n\n.. torch:: elsewhere\n   :after: net\n\n   print(L.item() > 0)\n")
    site.write("words.rst", "Words\n=====\n\nOnly words.\n")
    site.first = site.build("-W", "-n")
    return site


def text(site, name):
    return (site.out / "html" / "_takeaway" / name).read_text(encoding="utf-8")


def run(code, folder):
    (folder / "script.py").write_text(code, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"MPLBACKEND": "Agg"}
    return subprocess.run(
        [sys.executable, "-I", "script.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_script_runs_by_itself_and_prints_what_the_page_shows(site, tmp_path):
    assert (site.first.stderr, site.first.returncode) == ("", 0)
    script = text(site, "theory.py")
    assert "eqtest" not in script
    found = run(script, tmp_path)
    assert found.returncode == 0, found.stderr
    shown = site.html("theory").find(class_="eqtest-output").get_text().split("\n")[0]
    assert found.stdout.splitlines() == [shown, "ValueError(3)"]


def test_equations_are_assertions_that_can_fail(site, tmp_path):
    script = text(site, "theory.py")
    chain = "assert agree(jacobian(L, w[0]), torch.tensordot("
    assert chain in script
    assert "jacobian(h[2], h[1])" in script  # the factor that the dots stand for
    assert "assert not (agree(jacobian(h[1], h[0]), jacobian(h[2], h[1]) + identity(3)))" in script
    wrong = script.replace("jacobian(h[2], h[1]), 1)", "jacobian(h[2], h[1]).mT, 1)")
    assert wrong != script
    assert "AssertionError" in run(wrong, tmp_path).stderr


def test_a_snippet_of_another_page_comes_first_where_it_is_continued(site, tmp_path):
    script = text(site, "other.py")
    assert script.index("torch.tanh") < script.index("print(L.item() > 0)")
    assert run(script, tmp_path).stdout.splitlines()[-1] == "True"


def test_a_notebook_holds_the_same_code(site):
    notebook = json.loads(text(site, "theory.ipynb"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell in text(site, "theory.py") for cell in cells)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    words = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert words[0] == "# Theory"
    assert words[1].startswith("$$\n\\frac{\\partial L}")


def test_pages_link_to_their_files_and_pages_without_code_have_none(site):
    links = [link["href"] for link in site.html("theory").select(".eqtest-takeaway a")]
    assert links[:2] == ["_takeaway/theory.py", "_takeaway/theory.ipynb"]
    assert links[2] == "https://colab.research.google.com/github/owner/book/blob/gh-pages/_takeaway/theory.ipynb"
    assert not site.html("words").select(".eqtest-takeaway")
    assert not (site.out / "html" / "_takeaway" / "words.py").exists()


def test_a_site_within_its_source_does_not_read_them_as_pages(make_site):
    site = make_site()
    site.replace("conf.py", '"myst_parser"', '"myst_nb"')
    site.write("index.rst", "Home\n====\n\n", NET.format(name="net"))
    site.out = site.docs / "site"
    assert [site.build("-W").stderr, site.build("-W").stderr] == ["", ""]
    assert (site.out / "html" / "_takeaway" / "index.ipynb").is_file()
