"""What authors get wrong about a directive itself, reported at its line on every build.

docutils refuses such a directive, says so once, when the page is read, and the next build is green. So our directives
take whatever is written, and record what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils.parsers.rst import directives

from eqtest.findings import Case
from sphinx_eqtest.domain import EqtestDomain
from sphinx_eqtest.places import Sources
from sphinx_eqtest.snippets import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sphinx.util.docutils import SphinxDirective

NAME = "a name"
_OPTION = re.compile(r":[\w-]+:?")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Stands in place of the value of an option that means nothing."""

    message: str


class Options(dict[str, "Callable[[str | None], Any]"]):
    """The ``option_spec`` of a directive that takes every option; a wrong one has a :class:`Wrong` for its value."""

    def __init__(self, known: Mapping[str, Callable[[str], Any]]) -> None:
        super().__init__({name: _taking(name, convert) for name, convert in known.items()})

    def __bool__(self) -> bool:
        return True  # without options of its own, too

    def __missing__(self, name: str) -> Callable[[str | None], Any]:
        wrong = Wrong(f"there is no option {name!r}{suggestion(name, self)}")
        return lambda _text: wrong


def _taking(name: str, convert: Callable[[str], Any]) -> Callable[[str | None], Any]:
    def take(text: str | None) -> Any:
        if convert is directives.flag and text and text.strip() == "true":
            return None  # as YAML has it
        try:
            return convert(text)  # type: ignore[arg-type]  # docutils gives None where there is no text
        except (ValueError, TypeError) as error:
            words = str(error)
            return Wrong(words if words.startswith(name) else f"{name} is {text or ''!r}: {words}")

    return take


def take_mistakes(directive: SphinxDirective, first: str = "", below: str | None = "") -> bool:
    """Take the wrong options out of a directive, and record them and whatever else is wrong with it.

    ``first`` is what has to stand on its first line, ``below`` what has to be its content, which ``None`` forbids.
    Returns whether all is well.
    """
    source, line = directive.get_source_info()
    sources = Sources(directive.env, directive.env.docname)
    page = EqtestDomain.of(directive.env).page(directive.env.docname)
    found = list(_mistakes(directive, first, below))
    for option, message in found:
        place = sources.option(option, source, line)
        name = f"directive {directive.name}"
        page.mistakes.append(Case(name, place.path, place.line(), "option", f"{name}: {message}"))
    return not found


def _mistakes(directive: SphinxDirective, first: str, below: str | None) -> Iterator[tuple[str, str]]:
    """The option, or nothing, that a mistake is in, and what is wrong."""
    for name, value in list(directive.options.items()):
        if isinstance(value, Wrong):
            del directive.options[name]
            yield name, value.message
    words = " ".join(directive.arguments).split()
    options = [word for word in words if _OPTION.fullmatch(word)]
    if options:
        yield "", f"{options[0]!r} looks like an option; options are lines ':name: value' below the first one"
    elif first and not words:
        yield "", f"it needs {first} on its first line"
    elif first == NAME and len(words) > 1:
        yield "", f"its name, {' '.join(words)!r}, has to be one word"
    content = directive.content[0] if directive.content else ""
    if _OPTION.match(content):
        yield "", f"options stand right below the first line, without a blank one before {content!r}"
    elif content and below is None:
        yield "", f"it has no content, but below it stands {content!r}"
    elif below and not content:
        yield "", f"it has no {below}"
