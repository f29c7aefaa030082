"""Files as tools and readers expect them: from the folder in which the command was started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqtest.findings import Findings


def relative(findings: Findings, path: str) -> str:
    return Path(os.path.relpath(Path(findings.folder, path))).as_posix()
