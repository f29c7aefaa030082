"""The state: what each page says, which Sphinx keeps, and what the jobs of this build came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from sphinx.domains import Domain
from sphinx.roles import XRefRole

from eqtest.execution.cell import Outcome
from eqtest.network.drawing import Drawing
from sphinx_eqtest.cells import record_cells
from sphinx_eqtest.nodes import pending_drawing
from sphinx_eqtest.places import Sources, file_stem
from sphinx_eqtest.records import Check, Equation, Figure, Page, Plot, Snippet
from sphinx_eqtest.results import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

    from eqtest.execution.observe import Result
    from eqtest.findings import Case, Skip


class EqtestDomain(Domain):
    """Snippets, equations, checks and figures of all pages, and their results.

    Kept from build to build are ``pages``, what each document says, and ``shown``, digests of the results that each
    document shows. ``answers`` and ``cases`` are those of this build's verification, ``builder`` is its builder,
    ``read`` the documents that it read.
    """

    name = "eqtest"
    label = "eqtest"
    data_version = 3
    initial_data: ClassVar[dict[str, Any]] = {"pages": {}, "shown": {}}
    builder: Builder

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self.answers = Answers()
        self.cases: list[Case] = []
        self.read: frozenset[str] = frozenset()

    @classmethod
    def of(cls, env: BuildEnvironment) -> EqtestDomain:
        return cast("EqtestDomain", env.domains[cls.name])

    @property
    def pages(self) -> dict[str, Page]:
        return cast("dict[str, Page]", self.data["pages"])

    def page(self, docname: str) -> Page:
        return self.pages.setdefault(docname, Page())

    def result(self, id: str) -> Result | None:
        """What a snippet, check or figure came to; ``None`` when it was not run."""
        return self.answers.results.get(id)

    def snippets(self) -> Iterator[Snippet]:
        for docname in sorted(self.pages):
            yield from self.pages[docname].snippets

    def equations(self) -> dict[str, Equation]:
        """The labelled equations of all pages; a label that is given twice (Sphinx says so) is its first equation."""
        found: dict[str, Equation] = {}
        for docname in sorted(self.pages):
            for equation in self.pages[docname].equations:
                found.setdefault(equation.label, equation)
        return found

    def checks(self) -> Iterator[Check]:
        for docname in sorted(self.pages):
            yield from self.pages[docname].checks

    def figures(self) -> Iterator[Figure]:
        for docname in sorted(self.pages):
            yield from self.pages[docname].figures

    def plots(self) -> Iterator[Plot]:
        for docname in sorted(self.pages):
            yield from self.pages[docname].plots

    def skips(self) -> Iterator[Skip]:
        for docname in sorted(self.pages):
            yield from self.pages[docname].skips

    def drawn(self) -> Iterator[Figure | Plot]:
        """Everything that is shown as a drawing."""
        yield from self.figures()
        yield from self.plots()

    def drawing(self, figure: Figure | Plot) -> Drawing | None:
        """What is to be seen in a figure, if anything is."""
        if isinstance(figure, Figure):
            result = self.result(figure.id)
            return result if isinstance(result, Drawing) else None
        result = self.result(figure.snippet)
        drawings = result.figures if isinstance(result, Outcome) else ()
        return drawings[figure.number] if figure.number < len(drawings) else None

    def clear_doc(self, docname: str) -> None:
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        self.pages.update({name: page for name, page in otherdata["pages"].items() if name in docnames})

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Record the labelled equations of a page, whoever made them, and its figures, whose labels are known now."""
        sources = Sources(env, docname)
        record_cells(self.page(docname), docname, document, sources)
        for node in document.findall(nodes.math_block):
            if node.get("label"):
                place = sources.place(node.astext(), node.source, node.line or 1)
                self.page(docname).equations.append(Equation(node["label"], docname, node.astext(), place))
        for drawing in document.findall(pending_drawing):
            if "number" in drawing:
                id, snippet, number = drawing["id"], drawing["snippet"], drawing["number"]
                stem = file_stem(drawing) or drawing["stem"]
                self.page(docname).plots.append(Plot(id, docname, snippet, number, stem))
                continue
            place = sources.place("", drawing.source, drawing.line or 1)
            names, hide, letters = (tuple(drawing[key]) for key in ("snippets", "hide", "letters"))
            stem = file_stem(drawing) or "-".join(names)
            figure = Figure(drawing["id"], docname, names, stem, place, hide, letters, drawing["unrolled"])
            self.page(docname).figures.append(figure)

    def resolve_any_xref(self, *_args: Any) -> list[tuple[str, nodes.reference]]:
        return []  # nothing of ours is the target of a reference


class NumrefRole(XRefRole):
    """A role ``numref`` of another domain's, which the standard domain numbers, resolves and warns about."""

    def process_link(
        self, _env: BuildEnvironment, refnode: Element, _explicit: bool, title: str, target: str
    ) -> tuple[str, str]:
        refnode["refdomain"] = "std"
        return title, target


class FigureDomain(Domain):
    """The spelling ``:figure:numref:``."""

    name = "figure"
    label = "figure"
    roles: ClassVar[dict[str, Any]] = {"numref": NumrefRole(lowercase=True, warn_dangling=True)}

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """There is nothing to merge."""


class TableDomain(FigureDomain):
    """The spelling ``:table:numref:``."""

    name = "table"
    label = "table"


def note_builder(app: Sphinx) -> None:
    """Transforms have no public way to the builder that would be the same in all versions of Sphinx."""
    EqtestDomain.of(app.env).builder = app.builder


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", note_builder)
    for domain in (EqtestDomain, FigureDomain, TableDomain):
        app.add_domain(domain)
