"""What a job comes to, and the hash that names it."""

from __future__ import annotations

import functools
import hashlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import eqtest
from eqtest.execution.cell import Failure, Outcome
from eqtest.network.drawing import Drawing
from eqtest.report import Report

if TYPE_CHECKING:
    from eqtest.execution.jobs import Job


@dataclass(frozen=True, slots=True)
class Refused:
    """A job that came to nothing, and why."""

    message: str
    lasting: bool = True


Result = Outcome | Report | Drawing | Refused


def failed(result: Result) -> bool:
    """Whether a snippet did not run to its end."""
    return not isinstance(result, Outcome) or result.failure is not None


def lasting(result: Result) -> bool:
    """Whether doing the job again would come to the same: a process that was killed may be the machine's fault."""
    match result:
        case Outcome(failure=Failure(kind="killed")) | Report(subtype="snippet") | Refused(lasting=False):
            return False
    return True


def key(job: Job, salt: str = "") -> str:
    """A hash of everything that a job's result depends on: its content, the engine and its libraries."""
    return hashlib.sha256(f"{engine()}\n{salt}\n{job!r}".encode()).hexdigest()


@functools.cache
def engine() -> str:
    """The versions of what computes the results, and a hash of the engine's own source."""
    versions = [platform.python_version(), *(f"{name} {metadata.version(name)}" for name in ("torch", "matplotlib"))]
    source = hashlib.sha256()
    for path in sorted(Path(eqtest.__file__).parent.rglob("*")):
        if path.suffix in {".py", ".lark"}:
            source.update(path.read_bytes())
    return " ".join([*versions, source.hexdigest()])
