"""What a job's result depends on, as far as it is known before the job is done, in named parts."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import platform
import re
import tokenize
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING

import eqtest
from eqtest.execution.digest import PREFIX, digest
from eqtest.execution.jobs import CheckFormula, DrawNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eqtest.execution.cell import Cell
    from eqtest.execution.jobs import Job

Parts = tuple[tuple[str, str], ...]
"""Names, each with a digest or, where the value itself says something, the value."""

_LAYOUT = {tokenize.COMMENT, tokenize.NL}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The name of what is asked, which outlives every edit, and the parts of the question."""

    name: str
    """As messages call it: ``snippet net``, ``equation equ-1``."""
    parts: Parts
    text: str
    """Digest of the code as it is written: with comments, layout and place, on which only line numbers depend."""

    @property
    def digest(self) -> str:
        return digest(self.parts)


def fingerprint(name: str, job: Job) -> Fingerprint:
    """What is asked by a job that messages call ``name``."""
    parts: dict[str, str] = {}
    for cell in job.cells:
        parts[f"snippet {cell.name}"] = _meaning(cell)
        parts |= dict(cell.files)
    match job:
        case CheckFormula():
            parts |= {"formula": digest(job.latex), "options": digest(repr(job.options))}
        case DrawNetwork():
            panels = [[cell.name for cell in panel] for panel in job.panels]
            parts["options"] = digest([panels, repr(replace(job, panels=()))])
    text = digest([[cell.code, cell.path, cell.line] for cell in job.cells])
    return Fingerprint(name, tuple({**parts, **versions(), "memory limit": str(job.memory_limit)}.items()), text)


def differences(before: Parts, now: Parts) -> list[str]:
    """In words: ``snippet net changed``, ``torch 2.13.0 -> 2.14.0``, ``data.csv added``."""
    old, new = dict(before), dict(now)
    names = [name for name in {**new, **old} if old.get(name) != new.get(name)]
    return [_difference(name, old.get(name), new.get(name)) for name in names]


def _difference(name: str, before: str | None, now: str | None) -> str:
    if before is None:
        return f"{name} added"
    if now is None:
        return f"{name} left out"
    return f"{name} changed" if now.startswith(PREFIX) else f"{name} {before} -> {now}"


@functools.lru_cache(maxsize=1024)
def _meaning(cell: Cell) -> str:
    """A digest of everything of a cell that its run depends on."""
    return digest([cell.tokens or token_digest(cell.code), cell.params, cell.raises, cell.plots])


def token_digest(code: str) -> str:
    """A digest of code without comments and layout; of all of it where it is no Python."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (SyntaxError, tokenize.TokenError):
        return digest(code)
    said = [token for token in tokens if token.type not in _LAYOUT]
    return digest([f"{token.type} {'' if token.type == tokenize.INDENT else token.string}" for token in said])


@functools.cache
def versions() -> dict[str, str]:
    """The versions of everything that computes; of this package, a digest of its source."""
    source = hashlib.sha256()
    for path in sorted(_source_files(os.path.dirname(eqtest.__file__))):
        with open(path, "rb") as file:
            source.update(file.read())
    libraries = {name: _version(name) for name in ("torch", "numpy", "matplotlib")}
    return {"Python": platform.python_version(), **libraries, "eqtest": source.hexdigest()[:12]}


def _source_files(folder: str) -> Iterator[str]:
    """Of a package; ``Path.rglob`` takes five times as long."""
    for parent, _folders, names in os.walk(folder):
        yield from (os.path.join(parent, name) for name in names if name.endswith((".py", ".lark")))


def _version(name: str) -> str:
    try:
        text = metadata.distribution(name).read_text("METADATA") or ""
    except metadata.PackageNotFoundError:
        return "not installed"
    found = re.search(
        "^Version: (.*)$", text, re.MULTILINE
    )  # to parse all of a long description takes ten times as long
    return found[1] if found else metadata.version(name)
