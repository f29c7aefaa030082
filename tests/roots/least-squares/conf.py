"""The documentation of a small library, which was there before; only the last extension in the list is new."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "leastsquares"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "sphinx_eqtest"]
html_theme = "classic"
