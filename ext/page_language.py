"""Pages in another language than the site's say so: ``:language: en`` at a page's top is the ``lang`` of its HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def set_language(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Handler of ``html-page-context``."""
    if language := app.env.metadata[page].get("language"):
        context["language"] = language


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("html-page-context", set_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
