"""What a run came to, written for people and for machines; one module a format, plain values in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.formats import diff, github, junit, machine, sarif, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from eqtest.findings import Findings

FORMATS: dict[str, Callable[[Findings], str]] = {
    "text": text.write,
    "json": machine.write,
    "github": github.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "diff": diff.write,
}
