"""Warnings at the author's file and line, of type ``eqtest`` and with a documented subtype."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from eqtest.findings import Case

logger = logging.getLogger(__name__)


def config_place(app: Sphinx, value: str) -> tuple[Path, int]:
    """conf.py, and the line in it that sets a configuration value."""
    path = Path(app.confdir, "conf.py")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return path, next((number for number, text in enumerate(lines, 1) if text.startswith(value)), 1)


def warn_config(message: str, app: Sphinx, value: str) -> None:
    """Say what is wrong with a configuration value, at its line in conf.py."""
    path, line = config_place(app, value)
    logger.warning("%s", message, location=f"{path}:{line}", type="eqtest", subtype="config")


def warn(case: Case, srcdir: Path) -> None:
    """Say what is wrong with a case that failed."""
    location = f"{os.path.normpath(srcdir / case.path)}:{case.line}"
    logger.warning("%s", case.message, location=location, type="eqtest", subtype=case.subtype)
