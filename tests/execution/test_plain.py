"""Values survive the way to JSON and back, and nothing else comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from eqtest import check
from eqtest.execution.cell import Failure, Outcome
from eqtest.execution.observe import Refused, Result
from eqtest.execution.plain import from_plain, to_plain
from eqtest.network.drawing import Drawing
from eqtest.report import Report

NET = "import torch; x = torch.randn(3, requires_grad=True); y = x ** 2"
HOLDS, FAILS = (
    r"\frac{\partial y}{\partial x} = 2 \mathrm{diag}(x)",
    r"\frac{\partial y}{\partial x} = \mathrm{diag}(x)",
)


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    found = [check(latex, snippet=NET) for latex in (HOLDS, FAILS, r"\frac{\partial y}{\partial q} = 1", r"\frac")]
    assert [report.status for report in found] == ["holds", "fails", "error", "error"]
    assert found[1].rows[0].counterexample is not None
    return found


def back_and_forth(kind: Any, value: Any) -> Any:
    return from_plain(kind, json.loads(json.dumps(to_plain(value))))


def test_reports(reports: list[Report]) -> None:
    for report in reports:
        assert back_and_forth(Result, report) == report


@pytest.mark.parametrize(
    "value",
    [
        Outcome("a", "out\n", "5", Failure("timeout", "still running", "路径", 3), "", 0.1),
        Outcome("a"),
        Drawing("<svg/>", b"%PDF\xff\x00", "x -> y"),
        Refused("no network"),
    ],
)
def test_other_results(value: Any) -> None:
    assert back_and_forth(Result, value) == value


def test_infinite_numbers(reports: list[Report]) -> None:
    row = replace(reports[1].rows[0], error=float("inf"))
    assert back_and_forth(Result, replace(reports[1], rows=(row,))).rows[0].error == float("inf")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Outcome, {}),
        (Outcome, {**to_plain(Outcome("a")), "surplus": 1}),
        (Outcome, {**to_plain(Outcome("a")), "stdout": 3}),
        (Outcome, {**to_plain(Outcome("a")), "failure": {"kind": "bad luck"}}),
        (Drawing, {"svg": "", "pdf": "no base 64!", "description": ""}),
        (tuple[str, str], ["one"]),
        (tuple[str, ...], ["one", 2]),
        (tuple[str, ...], "text"),
        (bool, 1),
        (str, None),
        (Result, ["Outcome"]),
    ],
)
def test_what_is_no_value_of_the_kind_is_refused(kind: Any, data: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011, the messages are json's, base64's and ours
        from_plain(kind, data)
