"""Repairs in the author's own LaTeX: what is not wrong stays letter by letter."""

import pytest

from eqtest import check
from eqtest.formula.patch import replaced

NET = """
import torch
w = [torch.randn(3, 3, requires_grad=True) for _ in range(4)]
s, h = {0: torch.randn(3, requires_grad=True)}, {}
for n in range(1, 4):
    h[n] = torch.tanh(w[n - 1] @ s[n - 1])
    s[n] = h[n] + s[n - 1]
y = torch.tanh(w[3] @ s[3])
L = y.square().sum() / 2
"""
MACROS = {"dd": (r"\frac{\partial #1}{\partial #2}", 2), "bs": r"{\bm s}"}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (r"\dd{L}{\bs_2} = \dd{L}{y}\times %why" "\n" r"  \dd{y}{s_3} \times\dd{s_3}{\bs_1}",
         r"\dd{L}{\bs_2} = \dd{L}{y}\times %why" "\n" r"  \dd{y}{s_3} \times\dd{s_3}{\bs_2}"),
        (r"\dd{L}{s_2} =\dd{y}{s_3}   \dd{L}{y}\dd{s_3}{s_2}", r"\dd{L}{s_2} =\dd{L}{y}   \dd{y}{s_3}\dd{s_3}{s_2}"),
        (r"\dd{s_n}{s_{n-1}} = \dd{h_n}{s_n} + 1", r"\dd{s_n}{s_{n-1}} = \dd{h_n}{s_{n-1}} + 1"),
        (r"\dd{s_n}{s_{n-1}} = \dd{h_n}{s_{n-1}}-1", r"\dd{s_n}{s_{n-1}} = \dd{h_n}{s_{n-1}}+1"),
        (r"s_n = s_0 + \sum_{k=1}^{n-1}   h_k", r"s_n = s_0 + \sum_{k=1}^{n}   h_k"),
        (r"\bs_2 = {\bm s}_0+h_1+h_3", r"\bs_2 = {\bm s}_0+h_1+h_2"),
        (r"\dd{L}{s_2} = 2 \dd{L}{y}\dd{y}{s_3} \dd{s_3}{s_2}", r"\dd{L}{s_2} = \dd{L}{y}\dd{y}{s_3} \dd{s_3}{s_2}"),
    ],
)  # fmt: skip
def test_only_the_slip_is_changed(wrong: str, right: str) -> None:
    (row,) = check(wrong, snippet=NET, macros=MACROS, where="n in 1..3").rows
    assert replaced(wrong, row.repairs[0].replacements) == right


@pytest.mark.parametrize(
    "wrong",
    [
        r"\dd{L}{s_2} = \dd{L}{y} \dd{s_3}{s_2}",
        r"\dd{s_n}{s_{n-1}} = \dd{h_n}{s_{n-1}}",
        r"\begin{aligned} s_1 &= h_1 + s_0 \\ \dd{L}{s_2} &= \dd{L}{y} \dd{y}{s_3} \dd{s_3}{s_1} \end{aligned}",
    ],
)
def test_what_is_put_in_holds(wrong: str) -> None:
    report = check(wrong, snippet=NET, macros=MACROS, where="n in 1..3")
    for row in report.rows:
        for repair in row.repairs:
            assert repair.replacements, repair
            mended = check(replaced(wrong, repair.replacements), snippet=NET, macros=MACROS, where="n in 1..3")
            assert mended.rows[row.number - 1].status == "holds"


def test_another_reading_changes_nothing() -> None:
    (row,) = check(r"\dd{L}{y} = y", snippet=NET, macros=MACROS).rows
    assert [repair.replacements for repair in row.repairs if "layout" in repair.description] == [()] * sum(
        "layout" in repair.description for repair in row.repairs
    )


def test_what_a_macro_hides_is_not_changed() -> None:
    macros = {"wrong": r"\frac{\partial s_3}{\partial s_1}"}
    (row,) = check(r"\frac{\partial s_3}{\partial s_2} = \wrong", snippet=NET, macros=macros).rows
    for repair in row.repairs:
        mended = replaced(row.latex, repair.replacements)
        assert not repair.replacements or check(mended, snippet=NET, macros=macros).status == "holds"
