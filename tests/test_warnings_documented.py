"""Every kind of warning that the code can give is documented in both languages, with its cause and its cure."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from eqtest.errors import EqtestError
from eqtest.formats.sarif import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = ("docs/eqtest/reports.rst", "docs/eqtest/en/warnings.rst")
_ROW = re.compile(r"^   \* - ``(\w+)``\n     - (.*)\n     - (.*)$", re.MULTILINE)
_VERDICTS = {"fails", "vacuous", "undefined", "error"}


def words(node: ast.AST) -> Iterator[str]:
    """The string constants of an expression that could be the name of a kind."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and re.fullmatch("[a-z_]+", part.value):
            yield part.value


def given(tree: ast.AST) -> Iterator[str]:
    """What a module gives as the kind of a case, an error or a warning."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Case"), args=[_, ast.Starred(), kind, *_] | [_, _, _, kind, *_]):
                yield from words(kind)
            case ast.Call(func=ast.Name(id="_mistake") | ast.Attribute(attr="_mistake"), args=[*_]):
                yield from (word for argument in node.args for word in words(argument))
            case ast.Assign(targets=[ast.Name(id="subtype")], value=kind):
                yield from words(kind)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="subtype"), *_])], value=ast.Tuple(elts=[kind, *_])):
                yield from words(kind)
            case ast.keyword(arg="subtype", value=kind):
                yield from words(kind)


@pytest.fixture(scope="module")
def kinds(repository: Path) -> set[str]:
    files = [path for folder in ("src/eqtest", "ext/sphinx_eqtest") for path in (repository / folder).rglob("*.py")]
    found = {kind for path in files for kind in given(ast.parse(path.read_text("utf-8")))}
    pending = [EqtestError]
    while pending:
        error = pending.pop()
        pending += error.__subclasses__()
        found |= {kind} if (kind := getattr(error, "subtype", "")) else set()
    return found | _VERDICTS


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_has_a_cause_and_a_cure(kinds: set[str], repository: Path, table: str) -> None:
    text = (repository / table).read_text("utf-8")
    rows = {kind: texts for kind, *texts in _ROW.findall(text) if not kind.startswith("eqtest_")}
    assert set(rows) == kinds
    assert all(min(map(len, texts)) > 5 for texts in rows.values())


def test_every_kind_of_a_case_is_a_rule_of_sarif(kinds: set[str]) -> None:
    assert kinds - {"config"} == set(RULES)
