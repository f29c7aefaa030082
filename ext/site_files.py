"""Files beside the pages: the site as a zip, to be read offline, and ``sitemap.xml``.

Configuration: ``site_zip`` is the zip's name in the site, none if empty. The sitemap needs ``html_baseurl``.

Both are made from the pages that the project has now, not from the pages of one build: a build that writes one page
again leaves them as complete as the first, and what an output folder keeps of a removed page is in neither. The same
site gives the same bytes.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

NAMED = re.compile(r'="([^"#?:]+)')
"""The value of an attribute, as far as it may name a file of this site."""
ALWAYS = ("_static/**/*", "searchindex.js", "objects.inv")
"""What scripts and stylesheets load, and what other projects look up."""


def write_site_files(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.name != "html":
        return
    pages = [app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)]
    if app.config.html_baseurl:
        write_sitemap(Path(app.outdir, "sitemap.xml"), app.config.html_baseurl, pages)
    if app.config.site_zip:
        write_zip(Path(app.outdir), app.config.site_zip, reachable(Path(app.outdir), pages) - {app.config.site_zip})


def write_sitemap(path: Path, address: str, pages: list[str]) -> None:
    urls = "".join(f"  <url><loc>{escape(urljoin(address, page))}</loc></url>\n" for page in pages)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{schema}">\n{urls}</urlset>\n'
    path.write_text(text, encoding="utf-8")


def reachable(root: Path, pages: list[str]) -> set[str]:
    """Files below ``root`` that a reader of these pages can come to, as paths relative to it."""
    found = {path.relative_to(root).as_posix() for pattern in ALWAYS for path in root.glob(pattern) if path.is_file()}
    waiting = set(pages)
    seen = found | waiting
    while waiting:
        page = waiting.pop()
        found.add(page)
        if not page.endswith(".html"):
            continue
        for name in set(NAMED.findall((root / page).read_text(encoding="utf-8"))):
            target = normpath(join(dirname(page), unquote(name)))
            if target not in seen and not target.startswith(("..", "/")):
                seen.add(target)
                if is_file(root / target):
                    waiting.add(target)
    return found


def is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name of a file at all
        return False


def write_zip(root: Path, zip_name: str, names: set[str]) -> None:
    """Pack the files into a folder of the zip's name; a zip that holds them already is left alone."""
    path = root / zip_name
    contents = {f"{path.stem}/{name}": (root / name).read_bytes() for name in sorted(names)}
    if path.is_file():
        with ZipFile(path) as old:
            if [(entry.filename, entry.CRC) for entry in old.infolist()] == [
                (name, zlib.crc32(content)) for name, content in contents.items()
            ]:
                return
    with ZipFile(path, "w") as archive:
        for name, content in contents.items():
            entry = ZipInfo(name)  # of 1980: no time of this machine
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compress_type=ZIP_DEFLATED)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_config_value("site_zip", "", "", types=frozenset({str}))
    app.connect("build-finished", write_site_files, priority=900)  # after those who add files to the site
    return {"parallel_read_safe": True, "parallel_write_safe": True}
