"""What the README promises works as it is written there."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture(scope="module")
def blocks(repository) -> dict[str, str]:
    """The README's blocks of code by language; the last of each."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))


def test_the_example_in_python(blocks):
    exec(blocks["python"], {})  # it asserts


def test_the_example_for_a_book(blocks, tmp_path, sphinx_build):
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["sphinx_eqtest"]\n', encoding="utf-8")
    (source / "index.rst").write_text(f"Title\n=====\n\n{blocks['rst']}", encoding="utf-8")
    build = sphinx_build(source, tmp_path / "out", "-W", builder="eqtest")
    assert build.warnings == ""
    assert build.code == 0
    report = json.loads((build.out / "report.json").read_text(encoding="utf-8"))
    assert [check["report"]["status"] for check in report["checks"]] == ["holds"]
