"""Every option of a check and of a snippet has a live example in the documentation, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sphinx_eqtest.directives.check import EqtestDirective
from sphinx_eqtest.directives.snippet import TorchDirective

if TYPE_CHECKING:
    from pathlib import Path

_STOCK = {"force", "dedent", "lineno-start", "class"}
"""Of ``code-block``, and shown in Sphinx's own documentation."""


@pytest.mark.parametrize("page", ["docs/eqtest/options.rst", "docs/eqtest/en/options.rst"])
@pytest.mark.parametrize(("name", "directive"), [("eqtest", EqtestDirective), ("torch", TorchDirective)])
def test_every_option_is_used(repository: Path, page: str, name: str, directive: type) -> None:
    text = (repository / page).read_text("utf-8")
    # flush with the margin or in an item of a list: a directive; deeper: the source of one
    blocks = re.findall(rf"^ {{0,3}}\.\. {name}:: \S+\n((?: +:[\w-]+:.*\n)+)", text, re.MULTILINE)
    used = {option for block in blocks for option in re.findall(r"^ +:([\w-]+):", block, re.MULTILINE)}
    assert set(directive.option_spec) - _STOCK == used
