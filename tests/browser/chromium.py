"""The Chromium of this machine."""

from __future__ import annotations

import os
import shutil

import pytest

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def require_chromium() -> None:
    """Called by a module of tests: without a Chromium it is skipped, in one line; under CI it fails."""
    advice = "no Chromium on PATH: install one, for example with `apt-get install chromium`"
    if EXECUTABLE is None and os.environ.get("CI"):
        pytest.fail(advice, pytrace=False)
    if EXECUTABLE is None:
        pytest.skip(advice, allow_module_level=True)
