"""Pages ask for few files: their stylesheets come as one, and so do their scripts.

A phone waits for every further file, and browsers ask many servers for six at a time. What stands side by side in a
page and is linked in the same way becomes one file in ``_bundles``, in its order; its name is made of those of its
parts, so that pages with the same parts share it. A stylesheet that names files relative to itself stays by itself, and
so does what is not of this site.

The first line of a bundle names its parts: at the end of a build all bundles are made anew from them, as a part of one
can have changed while none of its pages was written.
"""

from __future__ import annotations

import itertools
import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.application import Sphinx
    from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
    from sphinx.util.typing import ExtensionMetadata

    Asset = _CascadingStyleSheet | _JavaScript

FOLDER = "_bundles"  # not in _static: what no page links any more does not get into the zip
PARTS = re.compile(r"/\* (.*) \*/\n")
RELATIVE = re.compile(r"""@import|url\(["']?(?!["']?(data:|#|https?:|/))""")


def bundle_files(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Handler of ``html-page-context``."""
    for files, suffix in (("css_files", ".css"), ("script_files", ".js")):
        ordered = sorted(context.get(files, ()), key=lambda file: file.priority)
        context[files] = list(bundled(ordered, suffix, Path(app.outdir)))


def bundled(files: Sequence[Asset], suffix: str, outdir: Path) -> Iterator[Asset]:
    """The files of a page, in the places of those that can be joined the bundles, which are written."""

    def joined_by(file: Asset) -> dict[str, str] | None:
        return file.attributes if _can_be_joined(file, outdir) else None

    for attributes, group in itertools.groupby(files, joined_by):
        parts = list(group)
        if attributes is None or len(parts) == 1:
            yield from parts
            continue
        names = [str(part.filename) for part in parts]
        name = f"{FOLDER}/{zlib.crc32(' '.join(names).encode()):08x}{suffix}"
        write_bundle(outdir / name, names, outdir)
        yield type(parts[0])(name, priority=parts[0].priority, **attributes)


def _can_be_joined(file: Asset, outdir: Path) -> bool:
    path = outdir / (file.filename or "")
    return path.is_file() and (path.suffix != ".css" or not RELATIVE.search(path.read_text(encoding="utf-8")))


def write_bundle(path: Path, names: Sequence[str], outdir: Path) -> None:
    """Write it if it is not there as it would be; other processes may write it at the same time."""
    texts = [(outdir / name).read_text(encoding="utf-8").rstrip() for name in names]
    end = "\n;\n" if path.suffix == ".js" else "\n"  # not every script ends its last statement, nor its last comment
    content = "".join([f"/* {' '.join(names)} */\n", *(text + end for text in texts)])
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_suffix(f".{os.getpid()}")
    own.write_text(content, encoding="utf-8")
    own.replace(path)


def refresh_bundles(app: Sphinx, exception: Exception | None) -> None:
    """Handler of ``build-finished``."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir, FOLDER).glob("*.*"):
        head = PARTS.match(path.read_text(encoding="utf-8"))
        names = head[1].split() if head else []
        if all(Path(app.outdir, name).is_file() for name in names):
            write_bundle(path, names, Path(app.outdir))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("html-page-context", bundle_files, priority=950)  # after page_weight has dropped what is not used
    # After furo has added dark colours to pygments.css, before site_files puts bundles into the zip.
    app.connect("build-finished", refresh_bundles, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
