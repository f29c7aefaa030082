"""Joins the source lines of Han text: a line break between two Han characters is none on the page.

Browsers show a line break as a space, and between Han characters a space is a gap. Where one of the two sides is a
Latin word, a formula or code, the break stays a space. Done while pages are read, so for every builder, for the search
index, and for reStructuredText and MyST alike.

In HTML a formula, with what is marked on it, and the punctuation behind it are of the class ``unbroken``: browsers
would begin a line with the punctuation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

HAN = r"\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
"""Characters, and the punctuation and full-width forms that go with them."""
EITHER = HAN + "‘’“”—…·"
"""Punctuation that English shares counts where the other side is Han."""
BREAK = re.compile(rf"(?<=[{HAN}])[ \t]*\n[ \t]*(?=[{EITHER}])|(?<=[{EITHER}])[ \t]*\n[ \t]*(?=[{HAN}])")
CLOSING = re.compile("[。，、；：？！）」』》”’,.;:?!)]+")
OPAQUE = nodes.literal | nodes.math | nodes.raw | nodes.image
"""What is within a line and not prose: a break beside it stays."""
STAND_IN = "\ufffc"


class JoinHanLines(SphinxTransform):
    default_priority = 25  # after what translates messages, which are looked up by their source text

    def apply(self, **_kwargs: object) -> None:
        for block in self.document.findall(nodes.TextElement):
            if not isinstance(block, nodes.Inline | nodes.FixedTextElement | nodes.math_block):
                join(block)


def join(block: nodes.TextElement) -> None:
    """Take the breaks out of the texts of a block; one may lie between two of them."""
    leaves = list(prose(block))
    whole = "".join(leaf.astext() if isinstance(leaf, nodes.Text) else STAND_IN for leaf in leaves)
    gone = {place for found in BREAK.finditer(whole) for place in range(*found.span())}
    if not gone:
        return
    texts: dict[int, nodes.Text] = {}  # by identity: another leaf may say the same
    start = 0
    for leaf in leaves:
        end = start + (len(leaf) if isinstance(leaf, nodes.Text) else len(STAND_IN))
        if isinstance(leaf, nodes.Text):
            texts[id(leaf)] = nodes.Text("".join(whole[at] for at in range(start, end) if at not in gone))
        start = end
    for parent in {id(leaf.parent): leaf.parent for leaf in leaves}.values():
        parent[:] = merged([texts.get(id(child), child) for child in parent.children])


def merged(children: list[nodes.Node]) -> list[nodes.Node]:
    """Neighbouring texts as one, so that words over both can be searched for: MyST makes a text of every line."""
    result: list[nodes.Node] = []
    for child in children:
        if result and isinstance(result[-1], nodes.Text) and isinstance(child, nodes.Text):
            result[-1] = nodes.Text(result[-1] + child)
        else:
            result.append(child)
    return result


def prose(node: nodes.Node) -> Iterator[nodes.Node]:
    """The texts of a block in their order, and the opaque nodes between them."""
    for child in node.children:
        if isinstance(child, nodes.Text | OPAQUE):
            yield child
        else:
            yield from prose(child)


class KeepPunctuation(SphinxPostTransform):
    default_priority = 60  # after the marks of formulas have their places
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        for formula in list(self.document.findall(nodes.math)):
            parent, start = formula.parent, formula.parent.index(formula)
            end = start + 1
            while end < len(parent) and isinstance(parent[end], nodes.abbreviation):
                end += 1
            behind = parent[end] if end < len(parent) else None
            closing = CLOSING.match(behind) if isinstance(behind, nodes.Text) else None
            if isinstance(behind, nodes.Text) and closing:
                rest = [nodes.Text(behind[closing.end() :])] if closing.end() < len(behind) else []
                kept = nodes.inline("", "", *parent[start:end], nodes.Text(closing[0]), classes=["unbroken"])
                parent[start : end + 1] = [kept, *rest]
            elif end > start + 1:
                parent[start:end] = [nodes.inline("", "", *parent[start:end], classes=["unbroken"])]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_transform(JoinHanLines)
    app.add_post_transform(KeepPunctuation)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
