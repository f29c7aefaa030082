"""``.. torch:: NAME``: a snippet that is shown and run."""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import CodeBlock

from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.nodes import pending_output
from sphinx_eqtest.places import Sources
from sphinx_eqtest.records import Snippet


class TorchDirective(CodeBlock):
    """A code block of Python with the options of ``code-block``; under it stands what it prints."""

    plots: tuple[tuple[str, int], ...] | None = None
    snippet: Snippet

    required_arguments = 1
    optional_arguments = 0
    final_argument_whitespace = False
    option_spec: ClassVar[dict[str, Any]] = {
        **CodeBlock.option_spec,
        "after": directives.unchanged_required,
        "params": directives.unchanged_required,
        "raises": directives.unchanged_required,
        "timeout": directives.unchanged_required,
        "memory-limit": directives.unchanged_required,
        "depends": directives.unchanged_required,
        "hide-code": directives.flag,
        "hide-output": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
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
        code = "\n".join(self.content)
        source, line = self.get_source_info()
        sources = Sources(self.env, docname)
        name = self.arguments[0]
        snippet = Snippet(
            id=f"{docname}:snippet:{self.env.new_serialno('eqtest.snippet')}",
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
            plots=self.plots,
        )
        EqtestDomain.of(self.env).page(docname).snippets.append(snippet)
        return snippet
