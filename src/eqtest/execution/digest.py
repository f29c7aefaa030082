"""Digests of what results depend on."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

PREFIX = "sha256:"
"""How a digest begins."""
UNREADABLE = PREFIX
"""In place of the digest of a file that cannot be read."""


def digest(value: object) -> str:
    """That of a plain value, as JSON has it."""
    return PREFIX + hashlib.sha256(json.dumps(value).encode()).hexdigest()


def file_digest(path: str | Path) -> str:
    """That of a file's content, or :data:`UNREADABLE`."""
    with suppress(OSError), open(path, "rb") as file:
        return PREFIX + hashlib.file_digest(file, "sha256").hexdigest()
    return UNREADABLE
