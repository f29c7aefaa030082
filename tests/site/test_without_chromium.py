"""A machine without a Chromium: its user is told in a line, and CI does not pass for want of one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from local_chromium import ADVICE


@pytest.mark.parametrize(("ci", "skipped"), [("", True), ("true", False)])
def test_browser_tests_without_a_browser_are_skipped_and_under_ci_fail(repository, ci, skipped):
    environment = {**os.environ, "PATH": "", "CI": ci}
    command = [sys.executable, "-m", "pytest", "tests/browser/test_print.py"]
    run = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert ADVICE in run.stdout
    assert (run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED) == skipped
    assert ("1 skipped" in run.stdout) == skipped
