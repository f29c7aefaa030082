"""``.. torch:: NAME``: a snippet that is shown and run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import CodeBlock

from eqtest.execution.fingerprint import token_digest
from sphinx_eqtest.directives.mistakes import NAME, Options, take_mistakes
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.nodes import pending_output
from sphinx_eqtest.places import Sources
from sphinx_eqtest.records import Snippet

OPTIONS: dict[str, Callable[[str], Any]] = {
    **CodeBlock.option_spec,
    **dict.fromkeys(("after", "params", "raises", "timeout", "memory-limit", "depends"), directives.unchanged_required),
    **dict.fromkeys(("hide-code", "hide-output"), directives.flag),
}


class TorchDirective(CodeBlock):
    """A code block of Python with the options of ``code-block``; under it stands what it prints."""

    plots: tuple[tuple[str, int], ...] | None = None
    snippet: Snippet
    sound: bool

    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = Options(OPTIONS)

    def run(self) -> list[nodes.Node]:
        self.sound = take_mistakes(self, NAME, "code")
        return self.show()

    def show(self) -> list[nodes.Node]:
        """Record the snippet; the nodes that stand in its place."""
        self.snippet = self._record()
        self.arguments = ["python"]
        shown: list[nodes.Node] = [] if "hide-code" in self.options else super().run()
        output = pending_output(snippet=self.snippet.id, hidden="hide-output" in self.options)
        self.set_source_info(output)
        block = next((node for node in shown if isinstance(node, nodes.literal_block | nodes.container)), output)
        block["ids"].append(self.snippet.anchor)
        return [*shown, output]

    def _record(self) -> Snippet:
        docname = self.env.docname
        id = f"{docname}:snippet:{self.env.new_serialno('eqtest.snippet')}"
        code = "\n".join(self.content)
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        name = " ".join(self.arguments) or id
        snippet = Snippet(
            id=id,
            docname=docname,
            name=name,
            code=code,
            place=sources.place(code, source, line + 1),
            anchor=nodes.make_id(f"torch-{name}"),
            after=tuple(self.options.get("after", "").split()),
            params=self.options.get("params", ""),
            raises=self.options.get("raises", ""),
            timeout=self.options.get("timeout", ""),
            memory_limit=self.options.get("memory-limit", ""),
            depends=tuple(self.options.get("depends", "").split()),
            tokens=token_digest(code),
            plots=self.plots,
            sound=self.sound,
        )
        EqtestDomain.of(self.env).page(docname).snippets.append(snippet)
        return snippet
