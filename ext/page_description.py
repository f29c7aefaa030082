"""What search engines and messengers show of a page: its first sentences that have no formula in them.

sphinxext-opengraph would take the page's text as it comes, with the TeX of its formulas; it takes ours instead.
A page's own ``:og:description:`` or ``:description:`` field stays. It makes no cards either: their fonts have no Han
characters.
"""

from __future__ import annotations

import html
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LENGTH = 100
"""Characters that are enough."""
ENDS = tuple("。！？.!?")
BETWEEN_SENTENCES = re.compile(r"(?<=[。！？])|(?<=[.!?]\s)")
NO_ADDRESS = re.compile(r'<meta property="og:url" content="(?!https?://)[^>]*>\n?')
FORMULA = "\ufffc"


def description(doctree: nodes.document) -> str:
    """The first sentences of the page's own paragraphs, without those that need a formula."""
    chosen = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section | nodes.document):
            continue
        for sentence in BETWEEN_SENTENCES.split(prose(paragraph)):
            if len(chosen) >= LENGTH:
                return chosen.strip()
            if FORMULA not in sentence and sentence.rstrip().endswith(ENDS):
                chosen += sentence
    return chosen.strip()


def prose(node: nodes.Node) -> str:
    if isinstance(node, nodes.math):
        return FORMULA
    if isinstance(node, nodes.Text):
        return node.astext().replace("\n", " ")
    return "".join(prose(child) for child in node.children)


def describe(app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    fields = context.get("meta") or {}
    if doctree is None or "og:description" in fields or "description" in fields:
        return
    title = doctree.next_node(nodes.title)
    text = html.escape(description(doctree) or (title.astext() if title else app.config.project))
    context["meta"] = {**fields, "og:description": text}
    context["metatags"] += f'<meta name="description" content="{text}">\n'


def leave_out_address(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Messengers want the whole address of a page, or none."""
    context["metatags"] = NO_ADDRESS.sub("", context.get("metatags", ""))


def leave_out_cards() -> None:
    """The module that makes them imports matplotlib, for which a build in which little changed would wait longest."""
    cards = ModuleType("sphinxext.opengraph._social_cards")
    vars(cards).update(DEFAULT_SOCIAL_CONFIG={}, create_social_card=None)
    sys.modules.setdefault(cards.__name__, cards)


def setup(app: Sphinx) -> ExtensionMetadata:
    leave_out_cards()
    app.connect("html-page-context", describe, priority=400)  # before sphinxext-opengraph
    app.connect("html-page-context", leave_out_address, priority=600)  # behind it
    return {"parallel_read_safe": True, "parallel_write_safe": True}
