"""What an opened mark says of an equation: one instance, and the engine's words in the language of the site."""

import re

import pytest

CHAIN = r"""
Title
=====

.. math::
   :label: equ-Chain

   \begin{aligned}
   \frac{\partial L}{\partial h_{N-1}} &= \frac{\partial L}{\partial h_N} \frac{\partial h_N}{\partial h_{N-1}} \\
   \frac{\partial L}{\partial h_k} &= \frac{\partial L}{\partial h_N} \frac{\partial h_N}{\partial h_{N-1}} \cdots
      \frac{\partial h_{k+1}}{\partial h_k}
   \end{aligned}

.. math:: \frac{\partial L}{\partial h_1} = 2 \frac{\partial L}{\partial h_2} \frac{\partial h_2}{\partial h_1}
   :label: equ-Slip

.. torch:: chain
   :params: N = 4

   import torch

   w = [torch.randn(3, 3) for n in range(N)]
   h = [torch.randn(3, requires_grad=True)]
   for n in range(N):
       h.append(torch.tanh(w[n] @ h[n]))
   L = h[N].square().sum()

.. eqtest:: equ-Chain
   :snippet: chain
   :where: N in 3..12, k in 0..N-1

.. eqtest:: equ-Slip
   :snippet: chain
   :expect: fails
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.rst", CHAIN)
    site.first = site.build("-W", "-n")
    return site


def mark(site, label):
    return site.html("index").find("div", id=f"equation-{label}").find_next("details")


def test_an_equation_has_one_instance_with_its_assignment(site):
    assert site.first.stderr == ""
    (formula,) = mark(site, "equ-chain").select(".eqtest-instance")
    title = formula.find_previous_sibling("p").get_text()
    values = dict(re.findall(r"(\w+) = (\d+)", title))
    assert values.keys() == {"N", "k"}
    last, first = int(values["N"]), int(values["k"])
    chain = [rf"\frac{{\partial h_{{{n}}}}}{{\partial h_{{{n - 1}}}}}" for n in range(last, first, -1)]
    left, _equal, right = formula.get_text().partition("=")
    assert rf"\frac{{\partial L}}{{\partial h_{{{first}}}}}" in left
    assert [factor for factor in chain if factor not in right] == []


def test_the_other_rows_show_the_shapes_of_their_derivatives(site):
    rows = mark(site, "equ-chain").select(".eqtest-row")
    assert [row["aria-label"] for row in rows] == ["Row 1", "Row 2"]
    assert all("3 × 3" in row.find(class_="eqtest-shapes").get_text() for row in rows)


def test_the_words_of_the_engine_are_in_the_language_of_the_site(site):
    english = mark(site, "equ-slip").get_text(), mark(site, "equ-chain").get_text()
    assert "in place of" in english[0]
    assert "of 75 assignments" in english[1]
    site.build("-D", "language=zh_CN")
    slip, chain = mark(site, "equ-slip").get_text(), mark(site, "equ-chain").get_text()
    assert "换成" in slip
    assert "75 组取值中核对了 64 组" in chain
    for text in slip, chain:
        words = {word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in LATEX}
        assert words <= {"python", "torch", "cpu", "chain"}


LATEX = {"frac", "partial", "displaystyle"}
