"""What the jobs of a build came to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eqtest.execution.cell import Outcome
from eqtest.execution.digest import digest
from eqtest.execution.plain import to_plain

if TYPE_CHECKING:
    from eqtest.execution.observe import Result

FROM_CACHE = ""


@dataclass(slots=True)
class Answers:
    """By the id of the snippet, check or figure that they are for."""

    results: dict[str, Result] = field(default_factory=dict)
    """Of what was done; what needs a snippet that failed is not done."""
    origins: dict[str, str] = field(default_factory=dict)
    """Why it was done in this build; :data:`FROM_CACHE` where the result was known."""


def failed(result: Result | None) -> bool:
    """Whether a snippet is known not to run to its end."""
    return result is not None and (not isinstance(result, Outcome) or result.failure is not None)


def result_digest(result: Result | None) -> str:
    """A digest of what a page may show of a result."""
    if isinstance(result, Outcome):
        result = replace(result, seconds=0.0)
    return digest([type(result).__name__, to_plain(result)])
