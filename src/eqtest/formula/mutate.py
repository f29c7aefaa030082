"""Single edits of a row: the slips that are looked for as repairs, and the wrong variants that a check must refute.

One set serves both, so whatever a check can tell apart it can also propose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from eqtest.formula.names import is_transpose
from eqtest.formula.plain import plain
from eqtest.formula.tree import (
    BigOperator,
    Derivative,
    Group,
    Mark,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Scripts,
    Sum,
    Symbol,
    children,
    rebuild,
    substitute,
    walk,
)
from eqtest.span import Span

Replacement = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Edit:
    """A row with one edit made."""

    tree: Relation
    context: Node
    """The smallest part that shows the edit, before it."""
    old: Node
    new: Node
    rank: int
    """Kinds of slips, the commonest first."""
    excuse: str = ""
    """Why such a variant may well be another true statement."""

    @property
    def description(self) -> str:
        """``∂y/∂h_3 in place of ∂y/∂h_2``."""
        return _description(self.context, self.old, self.new)

    @property
    def span(self) -> Span:
        return self.context.span


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, and the letters that may stand in it besides its own."""

    tree: Relation
    families: tuple[str, ...]

    @property
    def sides(self) -> tuple[Node, ...]:
        return self.tree.sides

    def respelled(self, node: Node) -> Iterator[Scripts]:
        """A symbol with its indices and another letter."""
        if not isinstance(node, Scripts) or not isinstance(node.base, Symbol) or not node.sub:
            return
        own = (
            item.base
            for item in walk(self.tree)
            if isinstance(item, Scripts) and len(item.sub) == len(node.sub) and not item.primes
        )
        others = (Symbol(name, node.base.font) for name in self.families)
        for other in dict.fromkeys((*own, *others)):
            if isinstance(other, Symbol) and other != node.base:
                yield replace(node, base=replace(other, span=node.base.span))


def edits(tree: Relation, families: Sequence[str] = ()) -> Iterator[Edit]:
    """Every single edit of a row, commonest kinds first; none of them equals the row.

    ``families`` are letters with indices that the row may have meant besides those printed in it.
    """
    row = _Row(tree, tuple(families))
    kinds = (
        _shifted,
        _lettered,
        _reindexed,
        _swapped,
        _left_out,
        _put_in,
        _put_in_respelled,
        _repeated,
        _signed,
        _added_one,
        _transposed,
        _powers,
        _doubled,
    )
    seen = {tree}
    for rank, kind in enumerate(kinds):
        for context, old, new in _places(row, kind):
            changed = substitute(tree, {id(old): new})
            assert isinstance(changed, Relation)
            if changed in seen:
                continue
            seen.add(changed)
            yield Edit(changed, context, old, new, rank, _EXCUSES.get(kind, ""))


def _description(context: Node, old: Node, new: Node) -> str:
    if isinstance(old, BigOperator) and isinstance(new, BigOperator):
        if new.upper is not None and old.upper is not None and new.upper != old.upper:
            return f"the upper limit {plain(new.upper)} in place of {plain(old.upper)}"
        pairs = zip(old.conditions, new.conditions, strict=True)
        before, after = next((a, b) for a, b in pairs if a != b)
        return f"the lower limit {plain(after)} in place of {plain(before)}"
    return f"{plain(substitute(context, {id(old): new}))} in place of {plain(context)}"


def _places(row: _Row, kind: object) -> Iterator[tuple[Node, Node, Node]]:
    """(what is shown, what is replaced, by what) for one kind of edit; the first side of a row comes last."""
    for side in (*row.sides[1:], row.sides[0]):
        for context, node, parent in _with_context(side, side, row.tree):
            bracketed = isinstance(parent, Group) and len(parent.items) == 1
            for new in kind(node, row):  # type: ignore[operator]
                once = bracketed and isinstance(new, Group) and new.left == "("
                yield context, node, new.items[0] if once else new


def _with_context(node: Node, context: Node, parent: Node) -> Iterator[tuple[Node, Node, Node]]:
    """Every node with the smallest derivative, or the smallest scripted symbol, that it belongs to, and its parent."""
    shown = node if isinstance(node, Derivative) or not isinstance(context, Derivative | Scripts) else context
    yield shown, node, parent
    for child in children(node):
        inner = shown if isinstance(shown, Derivative | Scripts) else child
        yield from _with_context(child, inner, node)


def _shifted(node: Node, _row: _Row) -> Iterator[Node]:
    """An index, or a limit of a sum or product, one up or down."""
    if isinstance(node, Scripts):
        for number, item in enumerate(node.sub):
            for new in _neighbours(item):
                yield replace(node, sub=(*node.sub[:number], new, *node.sub[number + 1 :]))
        if isinstance(node.sup, Group) and len(node.sup.items) == 1:
            for new in _neighbours(node.sup.items[0]):
                yield replace(node, sup=replace(node.sup, items=(new,)))
    elif isinstance(node, BigOperator):
        if node.upper is not None:
            yield from (replace(node, upper=new) for new in _neighbours(node.upper))
        for number, item in enumerate(node.conditions):
            if isinstance(item, Relation) and item.relations == ("=",):
                for new in _neighbours(item.sides[1]):
                    changed = replace(item, sides=(item.sides[0], new))
                    yield replace(node, conditions=(*node.conditions[:number], changed, *node.conditions[number + 1 :]))


def _neighbours(node: Node) -> Iterator[Node]:
    for step in (1, -1):
        found = shifted(node, step)
        if found is not None:
            yield found
    match node:
        case Sum(terms=(*front, Symbol(name="l" | "I" | "ell"))) if front:
            yield replace(node, terms=(*front, Number("1")))  # a letter that looks like the digit


def shifted(node: Node, step: int) -> Node | None:
    """An index expression plus ``step``, in the form in which one would print it; ``None`` where it is no index."""
    match node:
        case Number(text=text) if text.isdigit():
            return Number(str(int(text) + step), span=node.span) if int(text) + step >= 0 else None
        case Symbol(font="operator"):
            return None
        case Sum(terms=(*front, Number(text=text)), signs=(*signs, sign)) if text.isdigit() and front:
            value = int(text) * (1 if sign == "+" else -1) + step
            if value == 0:
                return (
                    front[0] if len(front) == 1 and signs == ["+"] else Sum(tuple(front), tuple(signs), span=node.span)
                )
            last = Number(str(abs(value)))
            return Sum((*front, last), (*signs, "+" if value > 0 else "-"), span=node.span)
        case Sum(terms=terms, signs=signs):
            return Sum((*terms, Number(str(abs(step)))), (*signs, "+" if step > 0 else "-"), span=node.span)
        case Symbol() | Scripts():
            return Sum((node, Number(str(abs(step)))), ("+", "+" if step > 0 else "-"), span=node.span)
    return None


def _lettered(node: Node, row: _Row) -> Iterator[Node]:
    """Another letter with the same indices: ``h_3`` for ``s_3``."""
    yield from row.respelled(node)


def _reindexed(node: Node, row: _Row) -> Iterator[Node]:
    """Another index of the row in the same place: ``h_q`` for ``h_p``."""
    if not isinstance(node, Scripts) or not node.sub:
        return
    for slot, item in enumerate(node.sub):
        others = (o.sub[slot] for o in walk(row.tree) if isinstance(o, Scripts) and len(o.sub) == len(node.sub))
        for other in dict.fromkeys(others):
            if other != item:
                new = replace(other, span=item.span)
                yield replace(node, sub=(*node.sub[:slot], new, *node.sub[slot + 1 :]))


def _swapped(node: Node, _row: _Row) -> Iterator[Node]:
    """Two neighbouring factors exchanged, or the values of two neighbouring cases."""
    if isinstance(node, Matrix) and node.is_cases:
        for i, (first, second) in enumerate(pairwise(node.rows)):
            exchanged = ((second[0], *first[1:]), (first[0], *second[1:]))
            yield replace(node, rows=(*node.rows[:i], *exchanged, *node.rows[i + 2 :]))
    if isinstance(node, Product):
        for i in range(len(node.factors) - 1):
            if _is_call(node, i) or _is_call(node, i + 1) or (i and _is_call(node, i - 1)):
                continue
            if node.factors[i] == node.factors[i + 1]:
                continue
            factors = list(node.factors)
            factors[i], factors[i + 1] = factors[i + 1], factors[i]
            yield replace(node, factors=tuple(factors))


def _is_call(node: Product, position: int) -> bool:
    """Whether a symbol with a group behind it stands at a position: it may be an application."""
    if position + 1 >= len(node.factors) or node.operators[position]:
        return False
    return isinstance(node.factors[position], Symbol | Scripts) and isinstance(node.factors[position + 1], Group)


def _left_out(node: Node, _row: _Row) -> Iterator[Node]:
    """A factor or a term less."""
    if isinstance(node, Product):
        for i in range(len(node.factors)):
            if _is_call(node, i) or (i and _is_call(node, i - 1)):
                continue
            if i and node.factors[i] == node.factors[i - 1]:
                continue  # leaving out the one or the other is the same
            factors = node.factors[:i] + node.factors[i + 1 :]
            operators = node.operators[: i - 1] + node.operators[i:] if i else node.operators[1:]
            yield factors[0] if len(factors) == 1 else replace(node, factors=factors, operators=operators)
    elif isinstance(node, Sum) and len(node.terms) > 1:
        for i in range(len(node.terms)):
            terms, signs = node.terms[:i] + node.terms[i + 1 :], node.signs[:i] + node.signs[i + 1 :]
            yield terms[0] if signs == ("+",) else replace(node, terms=terms, signs=signs)


def _put_in(node: Node, row: _Row) -> Iterator[Node]:
    """The derivative that is missing in a chain: between two factors, before the first or behind the last."""
    for position, missing in _missing(node, row):
        yield _with_factor(node, position, missing)


def _put_in_respelled(node: Node, row: _Row) -> Iterator[Node]:
    """The same with other letters at its ends, and as a factor of a skip connection: ``(dh_3/ds_2 + 1)``."""
    for position, missing in _missing(node, row):
        links = [
            replace(missing, of=of, by=(by,))
            for of in (missing.of, *row.respelled(missing.of))
            for by in (missing.by[0], *row.respelled(missing.by[0]))
        ]
        for link in (*links[1:], *(_with_identity(link) for link in links)):
            yield _with_factor(node, position, link)


def _missing(node: Node, row: _Row) -> Iterator[tuple[int, Derivative]]:
    """Where in a chain a derivative is missing, and which."""
    if isinstance(node, Product):
        for i in range(len(node.factors) - 1):
            left, right = _ends(node.factors[i]), _ends(node.factors[i + 1])
            if left is not None and right is not None and left.by != (right.of,):
                yield i + 1, Derivative(left.by[-1], (right.of,), left.kind, span=left.span)
        first, last = _ends(node.factors[0]), _ends(node.factors[-1])
    else:
        first = last = node if isinstance(node, Derivative) and any(node is side for side in row.sides[1:]) else None
    whole = row.sides[0]
    if not isinstance(whole, Derivative) or len(whole.by) != 1:
        return
    if first is not None and first.of != whole.of:
        yield 0, Derivative(whole.of, (first.of,), whole.kind, span=node.span)
    if last is not None and last.by != whole.by:
        yield -1, Derivative(last.by[-1], whole.by, whole.kind, span=node.span)
    if first is not None and first.by != whole.by:  # denominator layout: the chain is printed the other way round
        yield 0, Derivative(first.by[-1], whole.by, whole.kind, span=node.span)
    if last is not None and last.of != whole.of:
        yield -1, Derivative(whole.of, (last.of,), whole.kind, span=node.span)


def _with_identity(node: Derivative) -> Group:
    return Group((Sum((node, Number("1")), ("+", "+"), span=node.span),), "(", span=node.span)


def _repeated(node: Node, _row: _Row) -> Iterator[Node]:
    """A factor that is missing in a run: its neighbour, every index one further."""
    if not isinstance(node, Product):
        return
    for i, factor in enumerate(node.factors):
        if _is_call(node, i) or (i and _is_call(node, i - 1)):
            continue
        for step in (-1, 1):
            copy = _all_shifted(factor, step)
            if copy != factor:
                yield _with_factor(node, i + 1, copy)
                yield _with_factor(node, i, copy)


def _all_shifted(node: Node, step: int) -> Node:
    """A copy with every index ``step`` further."""
    if isinstance(node, Scripts) and len(node.sub) == 1:
        index = shifted(node.sub[0], step)
        return node if index is None else replace(node, sub=(index,))
    return rebuild(node, lambda child: _all_shifted(child, step))


def _with_factor(node: Node, position: int, factor: Node) -> Product:
    """A product with one factor more, joined as its neighbours are; ``-1`` is behind the last."""
    factors = node.factors if isinstance(node, Product) else (node,)
    operators = node.operators if isinstance(node, Product) else ()
    position = len(factors) if position < 0 else position
    at = max(0, position - 1)
    joining = operators[min(at, len(operators) - 1)] if operators else "times"
    return Product(
        (*factors[:position], factor, *factors[position:]), (*operators[:at], joining, *operators[at:]), span=node.span
    )


def _ends(factor: Node) -> Derivative | None:
    """The derivative that tells where a factor of a chain starts and ends: itself, or that of ``(dh/ds + 1)``."""
    match factor:
        case Derivative(by=(_,)):
            return factor
        case Group(items=(Sum(terms=(Derivative(by=(_,)) as first, *_)),)):
            return first
    return None


def _signed(node: Node, _row: _Row) -> Iterator[Node]:
    """Another sign."""
    if isinstance(node, Sum):
        for i, sign in enumerate(node.signs):
            other = "-" if sign == "+" else "+"
            yield replace(node, signs=(*node.signs[:i], other, *node.signs[i + 1 :]))
    elif isinstance(node, Relation):
        return
    elif isinstance(node, Product):
        yield Sum((node,), ("-",), span=node.span)


def _added_one(node: Node, row: _Row) -> Iterator[Node]:
    """The identity of a skip connection, forgotten."""
    if isinstance(node, Derivative) and not any(node is side for side in row.sides[:1]):
        yield _with_identity(node)


def _transposed(node: Node, _row: _Row) -> Iterator[Node]:
    """A transpose more or less, on a factor of a product."""
    if not isinstance(node, Product):
        return
    for i, factor in enumerate(node.factors):
        if _is_call(node, i) or (i and _is_call(node, i - 1)):
            continue
        new: Node | None = None
        if isinstance(factor, Scripts) and factor.sup is not None and is_transpose(factor.sup):
            new = replace(factor, sup=None)
        elif isinstance(factor, Scripts) and factor.sup is None:
            new = replace(factor, sup=Mark("T"))
        elif isinstance(factor, Symbol):
            new = Scripts(factor, (), Mark("T"), span=factor.span)
        if new is not None:
            yield replace(node, factors=(*node.factors[:i], new, *node.factors[i + 1 :]))


def _powers(node: Node, _row: _Row) -> Iterator[Node]:
    """A power one up or down, a prime less."""
    if isinstance(node, Scripts) and isinstance(node.sup, Number | Sum | Symbol) and not is_transpose(node.sup):
        for new in _neighbours(node.sup):
            yield replace(node, sup=new)
    if isinstance(node, Scripts) and node.primes:
        yield replace(node, primes=node.primes - 1)


def _doubled(node: Node, row: _Row) -> Iterator[Node]:
    """A factor two or one half, forgotten."""
    if any(node is side for side in row.sides[1:]):
        two = Number("2")
        for factor in (two, Quotient(Number("1"), two)):
            yield Product((factor, node), ("",), span=node.span)


_EXCUSES: dict[object, str] = {
    _swapped: "these commute here",
    _transposed: "a number, or symmetric, here",
    _lettered: "equal here",
    _reindexed: "equal here",
}
