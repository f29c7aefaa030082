"""Warnings at the author's file and line, of type ``eqtest`` and with a documented subtype."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sphinx.util import logging

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx_eqtest.records import Case

logger = logging.getLogger(__name__)


def warn(case: Case, srcdir: Path) -> None:
    """Say what is wrong with a case that failed."""
    location = f"{os.path.normpath(srcdir / case.path)}:{case.line}"
    logger.warning("%s", case.message, location=location, type="eqtest", subtype=case.subtype)
