"""Pages load what they use and nothing else, and their images when they come near the screen.

1. images have their size, so that nothing moves when they arrive, and wait until the reader is near them;
2. a stylesheet or a script that other extensions add to every page is on the pages that have what it is for;
3. what comes after the first screens of a page is of the class ``later``: a stylesheet can let it wait;
4. browsers that can do so show a page when they have its first screens: as half a formula or table becomes a whole one,
   lines break elsewhere and columns move (https://html.spec.whatwg.org/multipage/links.html#link-type-expect);
5. what the closed mark of an equation folds away is text, within ``noscript``, of which a script can make elements when
   the mark is opened: few are, and they would be a third of a page. Browsers without scripts have it as it is. This is
   for formulas that are set at build time: scripts that set those of a page do not see any in text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.images import get_image_size

from sphinx_eqtest.nodes import depart_mark, depart_mark_summary, mark, mark_summary, visit_mark, visit_mark_summary

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

USES = {
    "katex/": 'class="katex"',
    "mystnb": '<div class="cell ',
    "copybutton": '<div class="highlight">',
    "clipboard": '<div class="highlight">',
}
"""By a part of a file's name, what a page has that needs it."""
SVG_SIZE = re.compile(rb'<svg\b[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')
"""Of the files that matplotlib writes."""
PIXELS_PER_POINT = 4 / 3
FIRST_SCREENS = 2500
"""Characters, TeX as it is written: more than a large screen holds."""
LISTS = nodes.bullet_list | nodes.enumerated_list | nodes.definition_list
FIRST_SCREENS_END = "first-screens-end"
EXPECT = f'<link rel="expect" href="#{FIRST_SCREENS_END}" blocking="render">\n'
CAN_WAIT = nodes.paragraph | LISTS | nodes.figure | nodes.container | nodes.literal_block | nodes.Admonition


class MarkLater(SphinxPostTransform):
    default_priority = 600  # after furo has put displays and tables into containers
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        before = 0
        end = nodes.target("", "", ids=[FIRST_SCREENS_END])
        for section in self.document.findall(nodes.section):
            for part in section.children:
                if before > FIRST_SCREENS:
                    if isinstance(part, CAN_WAIT):
                        part["classes"].append("later")
                    if end.parent is None and isinstance(part, nodes.paragraph | nodes.title):
                        part.insert(0, end)  # in it: between two parts it might part what is one
                if not isinstance(part, nodes.section):
                    before += len(part.astext())
        if end.parent is None:
            self.document.append(end)


def image_size(path: Path) -> tuple[int, int] | None:
    """Width and height in CSS pixels, of the formats that can be read."""
    if path.suffix != ".svg":
        return get_image_size(path)
    with path.open("rb") as file:
        found = SVG_SIZE.search(file.read(2000))
    return (round(float(found[1]) * PIXELS_PER_POINT), round(float(found[2]) * PIXELS_PER_POINT)) if found else None


def visit_image(translator: HTML5Translator, node: nodes.image) -> None:
    """Sphinx's image; with a width in percent, the attributes still say how high it will be, and a property of CSS how
    wide it was drawn."""
    path = Path(translator.builder.srcdir, node["uri"])
    type(translator).visit_image(translator, node)
    size = image_size(path) if path.is_file() else None
    attributes = f'width="{size[0]}" height="{size[1]}" ' if size else ""
    image = translator.body[-1].replace("<img ", f'<img loading="lazy" {attributes}', 1)
    if size and 'style="' in image:
        image = image.replace('style="', f'style="--drawn-width: {size[0]}px; ', 1)
    translator.body[-1] = image


def depart_image(translator: HTML5Translator, node: nodes.image) -> None:
    type(translator).depart_image(translator, node)


def depart_summary(translator: HTML5Translator, node: mark_summary) -> None:
    depart_mark_summary(translator, node)
    translator.body.append("<noscript>")


def depart_folded(translator: HTML5Translator, node: mark) -> None:
    translator.body.append("</noscript>")
    depart_mark(translator, node)


def drop_unused(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Handler of ``html-page-context``."""
    body = context.get("body", "")
    unused = [part for part, sign in USES.items() if sign not in body]
    for files in ("css_files", "script_files"):
        context[files] = [
            file for file in context[files] if not any(part in str(file.filename or "") for part in unused)
        ]


def wait_for_first_screens(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Handler of ``html-page-context``."""
    if f'id="{FIRST_SCREENS_END}"' in context.get("body", ""):
        context["metatags"] += EXPECT


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("sphinx_eqtest")
    app.add_post_transform(MarkLater)
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.add_node(mark, override=True, html=(visit_mark, depart_folded))
    app.add_node(mark_summary, override=True, html=(visit_mark_summary, depart_summary))
    app.connect("html-page-context", drop_unused, priority=900)  # after those who add files to pages
    app.connect("html-page-context", wait_for_first_screens)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
