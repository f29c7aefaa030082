"""Sets every formula while the site is built, with KaTeX inside Python: a page's mathematics needs no other site.

1. reading: each formula of a page is set once; one that KaTeX cannot read is a warning at its file and line, and its
   page is read again on every build, so that the warning stays until the formula is mended;
2. writing: ``math`` and ``math_block`` nodes become KaTeX's HTML with MathML inside; an unreadable one shows its TeX;
3. the script that copies formulas as TeX goes into ``_static/katex``, and once all pages are read the stylesheet with
   the characters that they show (see :mod:`katex_fonts`).

Configuration: ``katex_dist`` is the folder ``dist`` of the npm package ``katex``, relative to conf.py; ``katex_macros``
are the document's own macros by name, without the backslash, their bodies with ``#1`` for arguments.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from katex_fonts import read_stylesheet, shown, write_stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

UNREADABLE = "katex_unreadable"
"""Key of ``env.metadata[docname]``: the page has a formula that KaTeX could not read."""
CHARACTERS = "katex_characters"
"""Key of ``env.metadata[docname]``: what its formulas show, by the fonts in which they show it."""
SCRIPT = "contrib/copy-tex.min.js"
SET_FORMULA = Path(__file__).with_name("katex_lighter.js")
"""Defines the function ``setFormula``."""


class UnreadableFormulaError(Exception):
    """KaTeX cannot read a formula; the message ends with the TeX from that place on."""


@functools.cache
def katex_function(dist: Path) -> Callable[[str, bool, str], str]:
    """KaTeX in a JavaScript engine, one a process: safe with ``-j``."""
    import quickjs

    context = quickjs.Context()
    context.eval((dist / "katex.min.js").read_text(encoding="utf-8"))
    context.eval(SET_FORMULA.read_text(encoding="utf-8"))
    function: Callable[[str, bool, str], str] = context.get("setFormula")
    return function


@functools.cache
def set_formula(tex: str, display: bool, dist: Path, macros: str) -> str:
    """HTML of a formula; ``macros`` is a JSON object. Raises UnreadableFormulaError."""
    answer = json.loads(katex_function(dist)(tex, display, macros))
    if "html" in answer:
        return str(answer["html"])
    rest = tex[answer["position"] :].splitlines() if "position" in answer else []
    raise UnreadableFormulaError(answer["message"] + (f" at {rest[0][:40]}" if rest else ""))


def display_tex(node: nodes.math_block) -> str:
    """The TeX of a display; as elsewhere in Sphinx, paragraphs are lines, and so is what a bare ``\\\\`` parts."""
    tex = _with_anchors(node).strip()
    if node.get("no-wrap", node.get("nowrap", False)):
        return tex
    lines = []
    for part in filter(str.strip, tex.split("\n\n")):
        outside = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", part, flags=re.DOTALL)
        lines.append(rf"\begin{{split}}{part}\end{{split}}" if r"\\" in outside else part)
    return lines[0] if len(lines) == 1 else r"\begin{gathered}" + r"\\".join(lines) + r"\end{gathered}"


def _with_anchors(node: nodes.math_block) -> str:
    """The TeX with the ``anchors``, pairs of a position and an id, that other extensions gave to the node."""
    tex = node.astext()
    anchors: list[tuple[int, str]] = node.get("anchors", [])
    for position, anchor in sorted(anchors, reverse=True):
        tex = f"{tex[:position]}{_anchor_tex(anchor)}{tex[position:]}"
    return tex


def _anchor_tex(anchor: str) -> str:
    return rf"\htmlId{{{anchor}}}{{}}"


def katex_dist(app: Sphinx) -> Path:
    return Path(app.confdir, app.config.katex_dist)


def node_html(app: Sphinx, node: nodes.TextElement) -> str:
    """HTML of a ``math`` or ``math_block`` node. Raises UnreadableFormulaError."""
    tex = display_tex(node) if isinstance(node, nodes.math_block) else node.astext()
    macros = {"\\" + name.lstrip("\\"): body for name, body in app.config.katex_macros.items()}
    shown = set_formula(tex, isinstance(node, nodes.math_block), katex_dist(app), json.dumps(macros))
    anchors: list[tuple[int, str]] = node.get("anchors", [])
    for _position, anchor in anchors:
        shown = shown.replace(_anchor_tex(anchor), "")  # the TeX that readers copy is the author's
    return shown


def require_katex(app: Sphinx) -> None:
    dist = katex_dist(app)
    if not (dist / "katex.min.js").is_file():
        raise ExtensionError(f"KaTeX is not in {dist} (katex_dist): `make html` installs it, or run `npm ci` yourself")


def copy_assets(app: Sphinx) -> None:
    """Copy the script into ``_static/katex``; if it is there already it is left alone."""
    if app.builder.format != "html":
        return
    content, path = (katex_dist(app) / SCRIPT).read_bytes(), Path(app.outdir, "_static", "katex", SCRIPT)
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    app.add_css_file("katex/katex.min.css")
    app.add_js_file(f"katex/{SCRIPT}", loading_method="defer")


def copy_stylesheet(app: Sphinx, env: BuildEnvironment) -> None:
    """Handler of ``env-updated``: before pages are written, which name the stylesheet with a digest of its content."""
    if app.builder.format != "html":
        return
    characters: defaultdict[str, set[str]] = defaultdict(set)
    for metadata in env.metadata.values():
        for font, there in metadata.get(CHARACTERS, {}).items():
            characters[font].update(there)
    write_stylesheet(katex_dist(app), Path(app.outdir, "_static", "katex"), characters)


def read_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each formula of a page that KaTeX cannot read, and note the characters that the others show."""
    characters: defaultdict[str, set[str]] = defaultdict(set)
    stylesheet = read_stylesheet(katex_dist(app))
    metadata = app.env.metadata[app.env.current_document.docname]
    for node in [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]:
        try:
            for font, there in shown(node_html(app, node), stylesheet).items():
                characters[font].update(there)
        except UnreadableFormulaError as error:
            placed: nodes.Node | None = node
            while placed is not None and placed.line is None:
                placed = placed.parent
            logger.warning("%s", error, location=placed or node, type="math", subtype="katex")
            metadata[UNREADABLE] = True
    metadata[CHARACTERS] = {font: "".join(sorted(there)) for font, there in sorted(characters.items())}


def pages_with_unreadable_formulas(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    return [page for page, metadata in env.metadata.items() if UNREADABLE in metadata and page not in removed]


def formula_or_tex(translator: HTML5Translator, node: nodes.TextElement) -> str:
    try:
        return node_html(translator.builder.app, node)
    except UnreadableFormulaError:  # the warning came when the page was read, unless it is the anchors
        if node.hasattr("anchors"):
            del node["anchors"]
            return formula_or_tex(translator, node)
        return f'<code class="unreadable">{html.escape(node.astext())}</code>'


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    start = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{start}{formula_or_tex(translator, node)}</span>")
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    shell = node.copy()
    if node.parent.get("ids") == node["ids"]:  # furo gives them to its box around the display too
        shell["ids"] = []
    translator.body.append(translator.starttag(shell, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append(f"{formula_or_tex(translator, node)}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    renderers: tuple[Any, Any] = ((visit_math, None), (visit_math_block, None))
    app.add_html_math_renderer("katex", *renderers)
    app.add_config_value("katex_dist", "node_modules/katex/dist", "env", types=frozenset({str}))
    app.add_config_value("katex_macros", {}, "env", types=frozenset({dict}))
    app.connect("builder-inited", require_katex)
    app.connect("builder-inited", copy_assets)
    app.connect("doctree-read", read_formulas)
    app.connect("env-updated", copy_stylesheet)
    app.connect("env-get-outdated", pages_with_unreadable_formulas)
    return {"env_version": 4, "parallel_read_safe": True, "parallel_write_safe": True}
