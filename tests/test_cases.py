"""Formulas of public texts, right and wrong: one case is a paragraph of a text file in ``tests/cases``.

A case: a line ``=== name``, lines ``option: value`` (``source`` says where the formula stands, ``expect`` the verdict,
``message`` what the report must mention, ``repair`` what one of the first three repairs must), the formula after
``---``, the snippet after a second ``---``.  A snippet may be ``same as NAME``, of the same file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eqtest import check


@dataclass
class Case:
    name: str
    formula: str = ""
    snippet: str = ""
    source: str = ""
    expect: str = "holds"
    message: str = ""
    repair: str = ""
    options: dict[str, object] = field(default_factory=dict)


def read_cases(path: Path) -> list[Case]:
    cases: dict[str, Case] = {}
    for block in ("\n" + path.read_text("utf-8")).split("\n=== ")[1:]:
        header, formula, snippet = block.split("\n---\n")
        name, *lines = header.strip().split("\n")
        case = Case(name.strip(), formula.strip(), snippet.strip())
        for line in lines:
            key, _, value = line.partition(":")
            key, value = key.strip(), value.strip()
            if key in ("source", "expect", "message", "repair"):
                setattr(case, key, value)
            elif key in ("symbols", "partials"):
                pattern, _, expression = value.rpartition(": ")
                case.options.setdefault(key, {})[pattern] = expression  # type: ignore[index]
            elif key in ("index_base", "trials"):
                case.options[key] = int(value)
            elif key in ("approx", "rtol"):
                case.options[key] = float(value)
            else:
                case.options[key] = value
        if case.snippet.startswith("same as "):
            case.snippet = cases[case.snippet.removeprefix("same as ")].snippet
        assert case.source, f"{path.name}: {case.name} names no source"
        cases[case.name] = case
    return list(cases.values())


FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
CASES = [pytest.param(case, id=f"{path.stem}: {case.name}") for path in FILES for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    report = check(case.formula, snippet="import torch\n" + case.snippet, **case.options)  # type: ignore[arg-type]
    assert report.status == case.expect, str(report)
    assert case.message in str(report)
    if case.repair:
        repairs = [repair.description for row in report.rows for repair in row.repairs[:3]]
        assert any(case.repair in repair for repair in repairs), str(report)
