"""What the pages say, as plain picklable values; nothing here has been run or checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from eqtest.findings import Case, Place, Skip
from eqtest.settings import Settings


@dataclass(frozen=True, slots=True)
class Snippet:
    """A directive ``torch``; ``params``, ``timeout`` and ``memory_limit`` are still the author's text."""

    id: str
    docname: str
    name: str
    code: str
    place: Place
    anchor: str
    after: tuple[str, ...] = ()
    params: str = ""
    raises: str = ""
    timeout: str = ""
    memory_limit: str = ""
    depends: tuple[str, ...] = ()
    """Files that the code reads, relative to the source folder."""
    tokens: str = ""
    """``token_digest`` of the code: of all that a build in which nothing changed does, it would take longest."""
    plots: tuple[tuple[str, int], ...] | None = None
    """Of a ``torch-figure``: options that have a line for each figure, and how many lines they have."""
    sound: bool = True
    """Whether nothing is wrong with the directive itself; otherwise it is not run."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed formula with a label, or, without one, the formula of a role ``eqtest``."""

    label: str
    docname: str
    latex: str
    place: Place
    anchor: str = ""
    """Of the formula of a role, its id on the page."""


@dataclass(frozen=True, slots=True)
class Check:
    """One equation to be checked: ``label`` names it, or ``inline`` is it."""

    id: str
    docname: str
    settings: Settings
    place: Place
    label: str = ""
    inline: Equation | None = None

    @property
    def snippets(self) -> tuple[str, ...]:
        """Names of the snippets whose tensors the formula talks about."""
        return tuple(self.settings.get("snippet", "").split())


@dataclass(frozen=True, slots=True)
class Figure:
    """A directive ``network-figure``; ``stem`` names the files of the drawing."""

    id: str
    docname: str
    snippets: tuple[str, ...]
    stem: str
    place: Place
    hide: tuple[str, ...] = ()
    """Names that are left out of the drawing."""
    letters: tuple[str, ...] = ()
    """Integers by which the indices in the drawing are written."""
    unrolled: bool = False
    """Whether every step of time is a row."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of a directive ``torch-figure``: the snippet's figure ``number``, counted from zero."""

    id: str
    docname: str
    snippet: str
    """The snippet's id."""
    number: int
    stem: str


@dataclass(slots=True)
class Page:
    """Everything that one document says to this extension."""

    snippets: list[Snippet] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    summary: bool = False
    """Whether it shows the summary of all pages."""
    mistakes: list[Case] = field(default_factory=list)
    """Why the file could not be read as it is, and what is wrong with directives themselves."""
    refusals: list[Case] = field(default_factory=list)
    """What docutils or MyST said of our directives and roles when they read the page."""
