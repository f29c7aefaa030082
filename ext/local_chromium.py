"""The Chromium of this machine, which prints the book and reads it in tests and benchmarks. Not an extension."""

from __future__ import annotations

import shutil

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ADVICE = "no Chromium on PATH: install one, for example with `apt-get install chromium`"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
