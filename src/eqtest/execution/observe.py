"""Doing a job, and noting which files its result depends on besides the job itself: the local modules that it imports
and the files beside them that it reads."""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import eqtest
from eqtest.errors import EqtestError
from eqtest.execution.cell import Outcome
from eqtest.execution.digest import UNREADABLE, file_digest
from eqtest.execution.jobs import perform
from eqtest.network.drawing import Drawing
from eqtest.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec

    from eqtest.execution.jobs import Job

ENVIRONMENTAL = ("ModuleNotFoundError", "ImportError", "FileNotFoundError")
"""Exceptions that may be mended without any file changing that the job is known to depend on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A job that came to nothing, and why."""

    message: str


Result = Outcome | Report | Drawing | Refused


@dataclass(frozen=True, slots=True)
class Done:
    """What a job came to."""

    result: tuple[Outcome, ...] | Report | Drawing | Refused
    """One outcome per cell for a job that runs cells."""
    files: tuple[tuple[str, str], ...] | None
    """Path and digest of every local module that was imported, or that failed while it was, and of every file that
    was read from the folders in which such modules are found; also of every file that is not there, but would have
    been imported or read instead.

    ``None`` when the process did not live to say so.
    """


def observe(job: Job) -> Done:
    """Do a job. To be called in a fresh process, in which no local module has been imported yet."""
    result: Any
    with _files_noted() as files:
        try:
            result = perform(job)
        except EqtestError as error:
            result = Refused(str(error))
    return Done(result, tuple(sorted(files.items())))


def lasting(result: Result) -> bool:
    """Whether the job would come to the same again as long as nothing changes that it is known to depend on."""
    failure = result.failure if isinstance(result, Outcome) else None
    return failure is None or not failure.message.startswith(ENVIRONMENTAL)


@contextmanager
def _files_noted() -> Iterator[dict[str, str]]:
    noting = _Noting()
    sys.meta_path.insert(0, noting)
    sys.addaudithook(noting.listen)
    try:
        yield noting.files
    finally:
        sys.meta_path.remove(noting)
        noting.listening = False  # a hook stays for good


class _Noting:
    """Finds modules as the finders after it do, and notes which files that are not part of a library decide on it.

    Looking at ``sys.modules`` afterwards would miss a module that raised while it was imported. As an audit hook it
    also notes what is read from the folders of local modules, whose code knows its own place.
    """

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.listening = True
        self._folders: set[Path] = set()
        self._written: set[str] = set()
        # a pool's job works in the folder of temporary files, on copies of the files that it declares
        self._libraries = [*_libraries(), Path(tempfile.gettempdir()).resolve()]

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None:
                if spec.has_location and spec.origin:
                    self._note(name, path, Path(spec.origin).resolve())
                return spec
        self._note(name, path, None)
        return None

    def listen(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook. What the job has written itself it does not depend on."""
        if event != "open" or not self.listening or not self._folders or not isinstance(args[0], str | bytes):
            return
        with suppress(OSError, ValueError):  # the job will meet it
            path = Path(os.path.realpath(os.fsdecode(args[0])))
            if path.suffix == ".pyc" or not any(path.is_relative_to(folder) for folder in self._folders):
                return
            if args[2] & (os.O_WRONLY | os.O_RDWR):
                self._written.add(str(path))
            elif str(path) not in self._written:
                self._note_file(path)

    def _note(self, name: str, path: Any, origin: Path | None) -> None:
        """Note the file in which a module is found, and those before it in which it could be."""
        last = name.rpartition(".")[2]
        for folder in filter(Path.is_dir, [Path(each).resolve() for each in (sys.path if path is None else path)]):
            for file in folder / last / "__init__.py", folder / f"{last}.py":
                self._note_file(file)
                if file == origin:
                    if self._local(file):
                        self._folders.add(folder)
                    return
            if origin and origin.parent in (folder, folder / last):
                break
        if origin:
            self._note_file(origin)

    def _note_file(self, path: Path) -> None:
        if str(path) not in self.files and self._local(path):
            self.files[str(path)] = UNREADABLE  # to take the digest is to open it
            self.files[str(path)] = file_digest(path)

    def _local(self, path: Path) -> bool:
        return not any(path.is_relative_to(library) for library in self._libraries)


@functools.cache
def _libraries() -> list[Path]:
    """Folders of modules that belong to an installed version of something, or to this package."""
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [*site.getsitepackages(), site.getusersitepackages(), str(Path(eqtest.__file__).parent)]
    return [Path(path).resolve() for path in paths]
