"""Equations of a Sphinx project, checked while it is built.

1. ``directives`` and ``roles`` record what a page says (``records``) in the ``domain``, which also finds the
   labelled equations, whoever made them.
2. Once all pages are read, ``verification`` makes a ``plan`` of jobs, has those ``run`` whose results are not known
   yet, in other processes, keeps the results, and warns (``verdicts``, ``warn``) of every failure, on every build.
3. Before a page is written, ``transforms`` put outputs, drawings and ``marks`` in their places.
4. The ``builder`` called ``eqtest`` writes the verdicts instead of pages.

This process runs no snippet and imports neither torch nor matplotlib.
"""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_eqtest import builder, config, directives, domain, nodes, refusals, roles, sources, takeaway, transforms
from sphinx_eqtest.verification import changed, verify

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.util.typing import ExtensionMetadata

_HERE = Path(__file__).parent


def copy_static_files(_app: Sphinx, builder: Builder) -> None:
    """Not by ``html_static_path``: as a configuration value, the path would be part of what is built."""
    if builder.format == "html":
        shutil.copytree(_HERE / "static", Path(builder.outdir, "_static"), dirs_exist_ok=True)


def source_version() -> int:
    """A number of our source as it is: what Sphinx keeps of pages that were read by another is not to be understood."""
    return zlib.crc32(b"".join(path.read_bytes() for path in sorted(_HERE.rglob("*.py"))))


def setup(app: Sphinx) -> ExtensionMetadata:
    for part in (config, nodes, domain, directives, roles, refusals, sources, transforms, takeaway, builder):
        part.setup(app)
    app.add_message_catalog("sphinx_eqtest", _HERE / "locale")
    app.connect("write-started", copy_static_files)
    app.add_css_file("sphinx_eqtest.css")
    app.connect("env-updated", verify)
    app.connect("env-get-updated", changed)
    return {
        "version": "0.1.0",
        "env_version": source_version(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
