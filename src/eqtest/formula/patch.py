"""An edit of a tree, made in the author's own LaTeX: macros, spacing and line breaks stay as they are.

The trees before and after are compared from the top. The smallest place that can be written anew is tried first, and
of what it holds all that has not changed is copied from the author; an edit counts only if the changed LaTeX is read
as the changed tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eqtest.formula.latex import latex
from eqtest.formula.tree import Node, Product, Relation, Scripts, Sum, Symbol, children, field_names, rebuild, walk
from eqtest.report import Replacement
from eqtest.span import Span

_JOINTS = {"": " ", "*": " * "}


@dataclass(frozen=True, slots=True)
class Reading:
    """The formula as the author wrote it, and how a changed one would be read."""

    source: str
    read: Callable[[str], Node | None]
    """The tree of the row in question; ``None`` where the text cannot be read."""


def patch(before: Relation, after: Relation, place: Span, reading: Reading) -> tuple[Replacement, ...]:
    """The replacements within ``place`` that make ``after`` of ``before``; none where there are none."""
    author = _Author(before, reading.source)
    for found in reversed(list(author.attempts(before, after))):
        inside = all(place.start <= item.span.start and item.span.end <= place.end for item in found)
        if inside and reading.read(replaced(reading.source, found)) == after:
            return tuple(found)
    return ()


def replaced(source: str, replacements: Sequence[Replacement]) -> str:
    """A text with places, none of which overlap, written anew."""
    for item in sorted(replacements, key=lambda item: item.span.start, reverse=True):
        source = source[: item.span.start] + item.text + source[item.span.end :]
    return source


class _Author:
    """Writes as the author of ``source`` does; ``tree`` is what it was read as."""

    def __init__(self, tree: Node, source: str) -> None:
        self._source = source
        self._known = {id(node) for node in walk(tree) if node.span.end > node.span.start}
        self._dense = " + " not in source and " - " not in source

    def attempts(self, old: Node, new: Node, *, script: bool = False) -> Iterator[list[Replacement]]:
        """Ways to make ``new`` of ``old``, which stands in a ``script`` or not, the coarsest first."""
        yield [Replacement(old.span, self._written(new, dense=script or isinstance(old, Scripts)))]
        if isinstance(old, Product) and isinstance(new, Product):
            yield from self._factors(old, new)
        if isinstance(old, Sum) and isinstance(new, Sum):
            yield from self._terms(old, new)
        pairs = _differing(old, new)
        if len(pairs) == 1:
            yield from self.attempts(*pairs[0], script=script or isinstance(old, Scripts))
        elif pairs:
            yield [Replacement(one.span, self._written(other)) for one, other in pairs]

    def _written(self, node: Node, *, dense: bool = False) -> str:
        text = latex(self._copied(node))
        return text.replace(" + ", "+").replace(" - ", "-") if dense or self._dense else text

    def _copied(self, node: Node) -> Node:
        """The node with the author's own text for everything in it that is known."""
        if id(node) in self._known and not isinstance(node, Sum | Relation):
            return Symbol(node.span.text(self._source))
        return rebuild(node, self._copied)

    def _factors(self, old: Product, new: Product) -> Iterator[list[Replacement]]:
        """A factor less or more."""
        if len(new.factors) == len(old.factors) - 1:
            yield _without(old.factors, _first_difference(old.factors, new.factors))
        elif len(new.factors) == len(old.factors) + 1:
            at = _first_difference(old.factors, new.factors)
            operator = new.operators[max(0, at - 1)]
            yield self._with(old.factors, at, new.factors[at], _JOINTS.get(operator, f" \\{operator} "))

    def _terms(self, old: Sum, new: Sum) -> Iterator[list[Replacement]]:
        """A term less or more, or another sign."""
        if len(new.terms) == len(old.terms) - 1:
            yield _without(old.terms, _first_difference(old.terms, new.terms))
        elif len(new.terms) == len(old.terms) + 1:
            at = _first_difference(old.terms, new.terms)
            joint = new.signs[at] if self._dense else f" {new.signs[at]} "
            yield self._with(old.terms, at, new.terms[at], joint)
        elif new.terms == old.terms:
            at = _first_difference(old.signs, new.signs)
            start = old.terms[at - 1].span.end if at else old.span.start
            gap = Span(start, old.terms[at].span.start)
            sign = self._source.find(old.signs[at], gap.start, gap.end)
            if sign >= 0:
                yield [Replacement(Span(sign, sign + 1), new.signs[at])]

    def _with(self, items: Sequence[Node], at: int, item: Node, joint: str) -> list[Replacement]:
        text = self._written(item)
        if at:
            end = items[at - 1].span.end
            return [Replacement(Span(end, end), joint + text)]
        start = items[0].span.start
        return [Replacement(Span(start, start), text + joint)]


def _without(items: Sequence[Node], at: int) -> list[Replacement]:
    """An item taken out together with what joins it to its neighbour."""
    if at:
        return [Replacement(Span(items[at - 1].span.end, items[at].span.end), "")]
    return [Replacement(Span(items[0].span.start, items[1].span.start), "")]


def _first_difference(old: Sequence[object], new: Sequence[object]) -> int:
    """The first position at which two sequences differ; the end of the shorter where it begins the longer."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _differing(old: Node, new: Node) -> list[tuple[Node, Node]]:
    """The children in which two nodes differ; empty where they differ in more than that."""
    if type(old) is not type(new):
        return []
    before, after = children(old), children(new)
    plain = (name for name in field_names(old) if not _holds_nodes(getattr(old, name)))
    if len(before) != len(after) or any(getattr(old, name) != getattr(new, name) for name in plain):
        return []
    return [(one, other) for one, other in zip(before, after, strict=True) if one != other]


def _holds_nodes(value: object) -> bool:
    if isinstance(value, tuple):
        return any(map(_holds_nodes, value))
    return isinstance(value, Node)
