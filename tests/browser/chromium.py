"""The tests of this folder need a Chromium."""

from __future__ import annotations

import os

import pytest

from local_chromium import ADVICE, EXECUTABLE


def require_chromium() -> None:
    """Called by a module of tests: without a Chromium it is skipped, in one line; under CI it fails."""
    if EXECUTABLE is None and os.environ.get("CI"):
        pytest.fail(ADVICE, pytrace=False)
    if EXECUTABLE is None:
        pytest.skip(ADVICE, allow_module_level=True)
