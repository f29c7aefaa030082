"""What tests of several folders share: the repository and Sphinx builds in a process of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REPOSITORY = Path(__file__).parents[1]
_OF_KERNELS = re.compile(r"^\[IPKernelApp\] WARNING \| Kernel is running over TCP.*\n(# .*\n)?\n?", re.MULTILINE)


@dataclass(frozen=True)
class SphinxBuild:
    """What one run of sphinx-build came to."""

    out: Path
    code: int
    log: str
    warnings: str
    """All of stderr but what the kernels of notebooks say of their own sockets."""


def run_sphinx(
    source: Path, out: Path, *options: str, builder: str = "html", environment: Mapping[str, str] | None = None
) -> SphinxBuild:
    """Build ``source`` as a reader of the README does: by sphinx-build, with src and ext on the path."""
    command = [sys.executable, "-m", "sphinx", "--no-color", "-b", builder, *options]
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY / "ext")])
    run = subprocess.run(
        [*command, "-d", f"{out}-doctrees", str(source), str(out)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": path, **(environment or {})},
    )
    return SphinxBuild(out, run.returncode, run.stdout, _OF_KERNELS.sub("", run.stderr))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def sphinx_build() -> Callable[..., SphinxBuild]:
    """``sphinx_build(source, out, *options, builder="html")`` runs sphinx-build and returns what it came to."""
    return run_sphinx


@pytest.fixture(scope="session")
def build_book() -> Callable[..., SphinxBuild]:
    """``build_book(out=…, docs=…, builder=…)`` builds the book as it is published: every warning makes it fail.

    Its address is a folder of a web site, called like ``out``.
    """

    def build(*, out: Path, docs: Path = REPOSITORY / "docs", builder: str = "html") -> SphinxBuild:
        address = {"SITE_URL": f"https://book.example/{out.name}/"}
        options = ["-c", str(REPOSITORY), "-n", "-W", "--keep-going"]
        return run_sphinx(docs, out, *options, builder=builder, environment=address)

    return build


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory, build_book: Callable[..., SphinxBuild]) -> SphinxBuild:
    """The book, built once a session."""
    return build_book(out=tmp_path_factory.mktemp("book") / "html")
