"""Results on disk, found again by the content of what they depend on.

``FOLDER/LAYOUT/NAME/PARTS-FILES.json``: the digest of the question's name, which outlives every edit; of the parts
of the question; of the local modules that the job turned out to import. An entry counts only while those modules
are as they were. The other entries under the same name are earlier answers, which tell why this one is new.

Entries are JSON: reading a foreign one runs no code. They are written to the side and moved into place, so that
builds that run at the same time never see half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from eqtest.execution.cell import Outcome
from eqtest.execution.digest import PREFIX, digest, file_digest
from eqtest.execution.fingerprint import Parts, differences
from eqtest.execution.observe import Result
from eqtest.execution.plain import from_plain, to_plain
from eqtest.network.drawing import Drawing
from eqtest.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eqtest.execution.fingerprint import Fingerprint

LAYOUT = "2"
"""Changes when entries are laid out in another way."""
SIZE_LIMIT = 256 * 2**20
"""Bytes of all entries together."""
ABANDONED = 24 * 3600.0
"""Seconds after which a file that was never moved into place is known to be left by a build that was killed."""
FIRST_TIME = "first time"
NOT_LASTING = "its last run came to nothing that lasts"


@dataclass(frozen=True, slots=True)
class Found:
    """What the cache knows of a question."""

    result: Result | None
    why: str = ""
    """Where there is no result: why not."""


@dataclass(frozen=True, slots=True)
class _Entry:
    parts: Parts
    files: Parts
    """Digests of files by their paths, relative to the root."""
    text: str
    """Digest of the code's exact text; empty for a result that does not depend on it."""
    result: Result
    lasting: bool
    """Whether it is an answer, and not only the reason why there is none."""


class Cache:
    """A store of results in ``folder``, which is made when there is something to keep.

    Paths are kept relative to ``root``, so that the store serves another checkout too. ``size_limit`` is in bytes.
    Nothing that is wrong with the store raises: it is a miss, and in ``troubles``.
    """

    def __init__(self, folder: Path, root: Path, size_limit: int = SIZE_LIMIT) -> None:
        self._folder = folder / LAYOUT
        self._root = root
        self._size_limit = size_limit
        self._digests: dict[str, str] = {}
        self.troubles: list[str] = []
        """Messages: entries that cannot be read or written."""

    def find(self, asked: Fingerprint) -> Found:
        """The result for a question, or why there is none."""
        why: list[str] = []
        for exact, path in self._entries(asked):
            entry = self._read(path)
            if entry is None:
                why = why or ["its entry in the cache was damaged"]
                continue
            changed = self._changed(entry, asked) or [NOT_LASTING] * (not entry.lasting)
            if not changed:
                with suppress(OSError):
                    os.utime(path)  # the age of an entry is the time since its last use
                return Found(entry.result)
            why = why or changed
            if not exact:
                break  # no older answer to another question can be the answer to this one, or tell better why
        return Found(None, ", ".join(why) or FIRST_TIME)

    def keep(
        self, asked: Fingerprint, result: Result, files: Iterable[tuple[str, str]] = (), *, lasting: bool = True
    ) -> None:
        """Store a result that also depends on ``files``, given by absolute path and digest.

        One that is not ``lasting`` is never found; it tells the next time why not.
        """
        relative = tuple((Path(os.path.relpath(path, self._root)).as_posix(), content) for path, content in files)
        entry = _Entry(asked.parts, relative, "" if _sound(result) else asked.text, result, lasting)
        body = json.dumps(to_plain(entry))
        path = self._place(asked) / f"{_short(asked.digest)}-{_short(digest([relative, entry.text]))}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=path.parent, suffix=".tmp", encoding="utf-8", delete=False
            ) as file:
                file.write(f"{_checksum(body)}\n{body}")
            os.replace(file.name, path)
        except OSError as error:
            self.troubles.append(f"a result cannot be kept: {error}")

    def trim(self) -> None:
        """Remove the entries that have not been used for longest, down to the limit of the size."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with suppress(OSError):  # another build has just removed it
                status = path.stat()
                if path.suffix == ".json" or status.st_mtime < time.time() - ABANDONED:
                    found.append((status.st_mtime, status.st_size, path))
        size = sum(size for _time, size, _path in found)
        for _time, length, path in sorted(found):
            if size <= self._size_limit:
                break
            size -= length
            with suppress(OSError):
                path.unlink()

    def _place(self, asked: Fingerprint) -> Path:
        return self._folder / _short(digest(asked.name))

    def _entries(self, asked: Fingerprint) -> list[tuple[bool, Path]]:
        """All answers that were ever given under this name, those to this question (true) first, then by last use."""
        start = _short(asked.digest)
        found: list[tuple[bool, float, Path]] = []
        for path in self._place(asked).glob("*.json"):
            with suppress(OSError):
                found.append((path.name.startswith(start), path.stat().st_mtime, path))
        return [(exact, path) for exact, _time, path in sorted(found, reverse=True)]

    def _read(self, path: Path) -> _Entry | None:
        try:
            checksum, _, body = path.read_text(encoding="utf-8").partition("\n")
            if checksum != _checksum(body):
                raise ValueError("its checksum is wrong")
            return cast("_Entry", from_plain(_Entry, json.loads(body)))
        except FileNotFoundError:  # another build has just removed it
            return None
        except (OSError, ValueError, RecursionError) as error:
            self.troubles.append(f"{path} is no entry of the cache ({error}); it is removed")
            with suppress(OSError):
                path.unlink()
            return None

    def _changed(self, entry: _Entry, asked: Fingerprint) -> list[str]:
        """What is not as it was when the entry was made, in words."""
        now = tuple((path, self._content(path)) for path, _before in entry.files)
        changed = [*differences(entry.parts, asked.parts), *differences(entry.files, now)]
        if not changed and entry.parts != asked.parts:
            return ["the order of its snippets changed"]
        if not changed and entry.text not in ("", asked.text):
            return ["its text changed"]
        return changed

    def _content(self, path: str) -> str:
        """The digest of a file below the root, read once."""
        if path not in self._digests:
            self._digests[path] = file_digest(self._root / path)
        return self._digests[path]


def _sound(result: Result) -> bool:
    """Whether a result is what the author wants; one that is not has line numbers in its messages."""
    match result:
        case Outcome():
            return result.failure is None
        case Report():
            return result.ok
    return isinstance(result, Drawing)


def _short(full: str) -> str:
    return full.removeprefix(PREFIX)[:32]


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
