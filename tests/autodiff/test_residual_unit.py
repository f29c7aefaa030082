r"""The equations of the source chapter on residual units: they hold, and every slip in them is refuted.

The slips are made on the LaTeX by regular expressions, not by the engine's own edits.  All widths are equal, so a
wrong factor is never betrayed by a shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from engine import CLASSICAL, RESIDUAL
from eqtest import check
from eqtest.report import Report

HIDDEN_LAYERS = r"""
   \begin{aligned}
   \frac{\partial L}{\partial {\bm w}_3} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm w}_3}\\
   \frac{\partial L}{\partial {\bm w}_2} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm h}_3}\times \frac{\partial {\bm h}_3}{\partial {\bm w}_2}\\
   \frac{\partial L}{\partial {\bm w}_1} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm h}_3}\times \frac{\partial {\bm h}_3}{\partial {\bm h}_2}\times \frac{\partial {\bm h}_2}{\partial {\bm w}_1}\\
   \frac{\partial L}{\partial {\bm w}_0} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm h}_3}\times \frac{\partial {\bm h}_3}{\partial {\bm h}_2}\times \frac{\partial {\bm h}_2}{\partial {\bm h}_1}\times \frac{\partial {\bm h}_1}{\partial {\bm w}_0}\\
   \end{aligned}
"""  # noqa: E501
RESIDUAL_BLOCKS = r"""
   \begin{aligned}
   \frac{\partial L}{\partial {\bm w}_3} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm w}_3}\\
   \frac{\partial L}{\partial {\bm w}_2} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \frac{\partial {\bm s}_3}{\partial {\bm w}_2}\\
   \frac{\partial L}{\partial {\bm w}_1} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \frac{\partial {\bm s}_3}{\partial {\bm s}_2}\times \frac{\partial {\bm s}_2}{\partial {\bm w}_1}\\
   \frac{\partial L}{\partial {\bm w}_0} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \frac{\partial {\bm s}_3}{\partial {\bm s}_2}\times \frac{\partial {\bm s}_2}{\partial {\bm s}_1}\times \frac{\partial {\bm s}_1}{\partial {\bm w}_0}\\
   \end{aligned}
"""  # noqa: E501
FINAL = r"""
   \begin{aligned}
   \frac{\partial L}{\partial {\bm w}_3} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm w}_3}\\
   \frac{\partial L}{\partial {\bm w}_2} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \frac{\partial {\bm h}_3}{\partial {\bm w}_2}\\
   \frac{\partial L}{\partial {\bm w}_1} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \left(\frac{\partial {\bm h}_3}{\partial {\bm s}_2} + 1 \right)\times \frac{\partial {\bm h}_2}{\partial {\bm w}_1}\\
   \frac{\partial L}{\partial {\bm w}_0} &= \frac{\partial L}{\partial {\bm y}}\times \frac{\partial {\bm y}}{\partial {\bm s}_3}\times \left(\frac{\partial {\bm h}_3}{\partial {\bm s}_2} + 1 \right)\times \left(\frac{\partial {\bm h}_2}{\partial {\bm s}_1} + 1 \right)\times \frac{\partial {\bm h}_1}{\partial {\bm w}_0}\\
   \end{aligned}
"""  # noqa: E501
INLINE = (
    r"\frac{\partial {\bm s}_n}{\partial {\bm w}_{n-1}} = \frac{\partial {\bm h}_n}{\partial {\bm w}_{n-1}}",
    r"\frac{\partial {\bm s}_n}{\partial {\bm s}_{n-1}} = \frac{\partial {\bm h}_n}{\partial {\bm s}_{n-1}} + 1",
)
BLOCKS = {
    "hidden layers": (HIDDEN_LAYERS, CLASSICAL),
    "residual blocks": (RESIDUAL_BLOCKS, RESIDUAL),
    "final": (FINAL, RESIDUAL),
}
ROW_END = "\\\\\n"
FACTOR = re.compile(r"\\left\(.*?\\right\)|\\frac\{[^{}]*(?:\{\\bm \w\}\w*)?\}\{\\partial \{\\bm \w\}\w*\}")
INDEX = re.compile(r"(?<=_)\d")


@dataclass(frozen=True)
class Slip:
    """One row of one block with one slip in it."""

    block: str
    kind: str
    row: int
    """Counted from one."""
    was: str
    now: str
    factor: str
    """The factor, as printed before the slip, that was changed."""

    @property
    def latex(self) -> str:
        rows = BLOCKS[self.block][0].split(ROW_END)
        assert rows[self.row - 1].endswith(self.was)
        rows[self.row - 1] = rows[self.row - 1].removesuffix(self.was) + self.now
        return ROW_END.join(rows)

    def __str__(self) -> str:
        return f"{self.block}, row {self.row}, {self.kind}: {self.now}"


def slips() -> Iterator[Slip]:
    """Every place at which each kind of slip can be made, on the right-hand sides of all rows."""
    for block, (latex, _) in BLOCKS.items():
        for number, row in enumerate(latex.split(ROW_END)[:-1], 1):
            right = row.partition("&=")[2].strip()
            factors = FACTOR.findall(right)
            assert r"\times ".join(factors) == right
            for kind, now, factor in (*dropped(factors), *swapped(factors), *shifted(factors), *signed(factors)):
                yield Slip(block, kind, number, right, now, factor)


def product(factors: list[str]) -> str:
    return r"\times ".join(factors)


def dropped(factors: list[str]) -> Iterator[tuple[str, str, str]]:
    """A factor less, or the ``+ 1`` of a factor less."""
    for i, factor in enumerate(factors):
        yield "a dropped factor", product(factors[:i] + factors[i + 1 :]), factor
        if "+ 1" in factor:
            without = factor.replace("+ 1", "")
            yield "a missing + 1", product([*factors[:i], without, *factors[i + 1 :]]), factor


def swapped(factors: list[str]) -> Iterator[tuple[str, str, str]]:
    for i, (first, second) in enumerate(pairwise(factors)):
        yield "swapped factors", product([*factors[:i], second, first, *factors[i + 2 :]]), first


def shifted(factors: list[str]) -> Iterator[tuple[str, str, str]]:
    """An index one up or down."""
    for i, factor in enumerate(factors):
        for match in INDEX.finditer(factor):
            for step in (1, -1):
                index = int(match[0]) + step
                if index < 0:
                    continue
                now = factor[: match.start()] + str(index) + factor[match.end() :]
                yield "a wrong index", product([*factors[:i], now, *factors[i + 1 :]]), factor


def signed(factors: list[str]) -> Iterator[tuple[str, str, str]]:
    yield "a wrong sign", "-" + product(factors), factors[0]
    for i, factor in enumerate(factors):
        if "+ 1" in factor:
            now = factor.replace("+ 1", "- 1")
            yield "a wrong sign", product([*factors[:i], now, *factors[i + 1 :]]), factor


SLIPS = list(slips())
MEMBERS = {"hidden layers": {"w": range(4), "h": range(1, 4)}}
RESIDUAL_MEMBERS = {"w": range(4), "h": range(1, 4), "s": range(4)}


def names_a_stranger(slip: Slip) -> bool:
    """Whether a slip names a tensor that the network does not have, such as ``h_4``."""
    members = MEMBERS.get(slip.block, RESIDUAL_MEMBERS)
    return any(int(index) not in members[name] for name, index in re.findall(r"\\bm (\w)\}_(\d)", slip.now))


def check_slip(slip: Slip) -> Report:
    return check(slip.latex, snippet=BLOCKS[slip.block][1], trials=1)


def test_slips_cover_every_kind() -> None:
    kinds = [slip.kind for slip in SLIPS]
    # 42 factors in three blocks; a chain of n factors has n - 1 neighbours to swap; three brackets
    assert kinds.count("a dropped factor") == 42
    assert kinds.count("swapped factors") == 42 - 12
    assert kinds.count("a missing + 1") == 3
    assert kinds.count("a wrong sign") == 12 + 3
    assert kinds.count("a wrong index") > 80


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_of_the_source_hold(block: str) -> None:
    latex, snippet = BLOCKS[block]
    report = check(latex, snippet=snippet)
    assert [row.status for row in report.rows] == ["holds"] * 4, str(report)
    assert report.ok
    assert report.trials == 3
    assert report.error is not None
    assert report.error < 1e-12
    assert report.power.refuted > 20
    assert report.power.margin is not None
    assert report.power.margin > 1e-6


@pytest.mark.parametrize("latex", INLINE)
def test_inline_identities_hold_for_every_block(latex: str) -> None:
    report = check(latex, snippet=RESIDUAL, where="n in 1..3")
    assert report.status == "holds", str(report)
    assert report.assignments == report.possible == 3


@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_every_slip_is_refuted_in_its_row_alone(slip: Slip) -> None:
    report = check_slip(slip)
    expected = ["holds"] * 4
    expected[slip.row - 1] = "undefined" if names_a_stranger(slip) else "fails"
    assert [row.status for row in report.rows] == expected, str(report)
    assert not report.ok
    row = report.rows[slip.row - 1]
    assert row.message
    if row.status == "fails":
        assert row.counterexample is not None
        assert row.counterexample.error is None or row.counterexample.error > 1e-6
        assert f"row {slip.row}" in str(report)


WRONG_INDICES = [slip for slip in SLIPS if slip.kind == "a wrong index" and not names_a_stranger(slip)]


@pytest.mark.parametrize("slip", WRONG_INDICES[::4], ids=str)
def test_a_wrong_index_is_among_the_first_repairs(slip: Slip) -> None:
    row = check_slip(slip).rows[slip.row - 1]
    assert any(original(slip) in repair.description for repair in row.repairs[:3]), row
    assert row.repairs[0].description in row.message


def original(slip: Slip) -> str:
    """The derivative that was changed, as messages print it: ``∂h_3/∂h_2``."""
    above, below = re.findall(r"\\partial \{?(?:\\bm )?(\w)\}?(?:_(\d))?", slip.factor)
    return "/".join(f"∂{name}_{index}" if index else f"∂{name}" for name, index in (above, below))


def test_a_broken_chain_is_named_with_both_ends() -> None:
    latex = HIDDEN_LAYERS.replace(
        r"\frac{\partial {\bm y}}{\partial {\bm h}_3}\times \frac{\partial {\bm h}_3}{\partial {\bm w}_2}",
        r"\frac{\partial {\bm y}}{\partial {\bm h}_2}\times \frac{\partial {\bm h}_3}{\partial {\bm w}_2}",
    )
    assert latex != HIDDEN_LAYERS
    row = check(latex, snippet=CLASSICAL).rows[1]
    assert row.status == "fails"
    assert "factor 2 is ∂y/∂h_2, the next starts at h_3" in row.message
    assert "∂y/∂h_3 in place of ∂y/∂h_2" in row.message


def test_single_edits_that_are_true_in_the_residual_network_hold() -> None:
    # s_3 = h_3 + s_2, and y depends on h_3 only through s_3: the derivatives by h_3 and by s_3 are the same
    latex = r"\frac{\partial L}{\partial w_2} = \frac{\partial L}{\partial y}\times \frac{\partial y}{\partial h_3}" + (
        r"\times \frac{\partial h_3}{\partial w_2}"
    )
    assert check(latex, snippet=RESIDUAL).status == "holds"
    # w_1 reaches s_2 only through h_2
    assert check(RESIDUAL_BLOCKS.replace(r"{\bm s}_2}{\partial {\bm w}_1}", r"{\bm h}_2}{\partial {\bm w}_1}"),
                 snippet=RESIDUAL).status == "holds"  # fmt: skip


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial h_1}{\partial w_3} = \frac{\partial h_1}{\partial w_2}",
        r"\frac{\partial h_1}{\partial w_3} = 0",
        r"\frac{\partial L}{\partial w_3} = \frac{\partial L}{\partial w_3}",
        "L = L",
    ],
)
def test_rows_that_say_nothing_are_vacuous(latex: str) -> None:
    report = check(latex, snippet=RESIDUAL)
    assert report.status == "vacuous"
    assert not report.ok
    assert report.rows[0].message


def test_a_missing_path_is_said() -> None:
    report = check(r"\frac{\partial h_1}{\partial w_3} = \frac{\partial h_1}{\partial w_2}", snippet=RESIDUAL)
    assert "nothing leads from" in report.rows[0].message
    assert len([note for note in report.rows[0].notes if note.startswith("no path")]) == 2
