"""Fractions: quotients and derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.fold import fold
from eqtest.formula.heads import BigHead, DerivativeHead, Differential, FunctionHead, OpenRatio, Ratio, only
from eqtest.formula.tree import (
    Derivative,
    Group,
    Node,
    Number,
    Product,
    Quotient,
    Scripts,
    Symbol,
    same,
    unscripted,
)
from eqtest.span import Span

_LOGARITHMS = frozenset(("log", "ln", "lg"))
_OF_MATRICES = frozenset(("det", "tr", "Tr", "trace", "diag", "vec"))


def derivative(numerator: Node, denominator: Node, span: Span) -> Node | None:
    """The derivative that a fraction is, if it is one."""
    above = _as_differential(numerator)
    if above is None:
        return None
    below = _differentials(denominator, above.order)
    if below is None:
        if isinstance(numerator, Differential):
            raise FormulaSyntaxError("the denominator of a derivative must be a differential", denominator.span)
        return None
    if above.order != len(below):
        message = f"a derivative of order {above.order} by {len(below)} variable{'s' * (len(below) > 1)}"
        raise FormulaSyntaxError(message, span)
    if above.of is None:
        return DerivativeHead(tuple(below), above.kind, span=span)
    return Derivative(above.of, tuple(below), above.kind, span=span)


def ratio(node: Ratio, before: Sequence[Node], called: bool = False) -> tuple[Node, int]:
    r"""The quotient or derivative that a slash stands for, and how many of the factors ``before`` it went in.

    In ``f(x)/y`` the numerator is the application, not its parentheses, in ``\nabla L/y`` the gradient.  ``called``
    says that arguments stand behind the last operand, as in ``\log p(x)/q(x)``.
    """
    first, *rest = node.operands
    numerator, taken = _applied(before, first, rest, called)
    operands = [only(operand) for operand in rest[:-1]]
    last = rest[-1]
    within = taken < len(before) and isinstance(unscripted(before[-taken - 1]), FunctionHead)
    waiting = isinstance(unscripted(last), BigHead | FunctionHead)
    waiting |= called and within and isinstance(last, Symbol | Scripts)  # log p(x)/q(x)
    if not waiting:
        operands.append(only(last))
    span = numerator.span | node.span
    found = derivative(numerator, operands[0], span) if operands else None
    result = numerator if found is None else found
    for operand in operands[found is not None :]:
        result = Quotient(result, operand, span=span)
    if waiting:
        result = OpenRatio(result, last, span=span)
    return result, taken


def _applied(before: Sequence[Node], first: Node, rest: Sequence[Node], called: bool) -> tuple[Node, int]:
    """The numerator of a slash: its first operand, with what takes that as its argument."""
    group = unscripted(first)
    count = _callers(before, group.left) if isinstance(group, Group) else 0
    head = before[-1] if before else None
    if not count and isinstance(head, OpenRatio):
        raise FormulaSyntaxError("two slashes, and what is below the first? Write parentheses", head.span | first.span)
    if count and isinstance(head, Differential):
        of = fold((head.of or head, first), ("",))
        return Differential(of, head.order, head.kind, span=head.span | first.span), 1
    above = before[-count - 1] if count < len(before) else None
    if isinstance(above, DerivativeHead) and above.kind == "nabla" and not isinstance(first, Number):
        count += 1  # but in \nabla 1/2 \|w\|^2 the half is a coefficient
    elif isinstance(unscripted(above), FunctionHead) and not _reaches_below(above, first, rest, count > 0, called):
        count += _heads(before[: len(before) - count])
    if not count:
        return only(first), 0
    return fold((*before[len(before) - count :], first), ("",) * count), count


def _reaches_below(head: Node | None, first: Node, rest: Sequence[Node], call: bool, called: bool) -> bool:
    r"""Whether a function without parentheses takes all of a quotient behind it: ``\log p_i/q_i``, ``\tanh z/2``.

    In ``\log p(x)/N``, ``\sin x/x`` and ``\exp x_i/\sum_j \exp x_j`` it takes the numerator (a ``call``, where one
    is printed).  Raises :class:`FormulaSyntaxError` where both can be meant.
    """
    function = unscripted(head)
    assert isinstance(function, FunctionHead)
    if call:
        return called
    if isinstance(only(first), Quotient) or function.name in _OF_MATRICES:
        return False
    if isinstance(unscripted(rest[-1]), BigHead | FunctionHead) or any(same(only(first), only(item)) for item in rest):
        return False
    if function.name in _LOGARITHMS and not _alike(only(first), only(rest[-1])):
        span = function.span | rest[-1].span
        raise FormulaSyntaxError(
            f"\\{function.name} before a slash: the logarithm of the quotient, or a quotient of the logarithm? "
            "Write parentheses",
            span,
        )
    return True


def _alike(first: Node, second: Node) -> bool:
    """Whether two operands are letters of one kind, such as two densities."""
    if isinstance(first, Scripts) and isinstance(second, Scripts):
        return isinstance(first.base, Symbol) and isinstance(second.base, Symbol)
    return isinstance(unscripted(first), Symbol) and isinstance(unscripted(second), Symbol)


def _heads(before: Sequence[Node]) -> int:
    """How many functions stand side by side at the end."""
    heads = [isinstance(unscripted(item), FunctionHead) for item in before]
    return next((i for i, head in enumerate(reversed(heads)) if not head), len(heads))


def _callers(before: Sequence[Node], left: str) -> int:
    r"""How many factors before a group are functions of it: one in ``f(x)``, two in ``\log\det(A)``, ``\log|x|``."""
    head = unscripted(before[-1]) if before else None
    if head is None or left not in ("(", "[", "|", "||"):
        return 0
    if isinstance(head, FunctionHead):
        return _heads(before)
    if isinstance(head, OpenRatio):  # a/\log(x)/b
        return int(isinstance(unscripted(head.head), FunctionHead))
    if left not in ("(", "["):
        return 0
    if isinstance(head, Differential):
        return int(isinstance(head.of, Symbol | Scripts | FunctionHead))
    if isinstance(head, Quotient):  # a/f(x)/b
        return int(isinstance(head.denominator, Symbol | Scripts))
    return int(isinstance(head, Symbol) and head != Symbol("d"))


def _as_differential(node: Node) -> Differential | None:
    r"""``\partial a`` as it is; ``d a`` and ``d^2 a`` with the letter d."""
    if isinstance(node, Differential):
        return node
    first, rest = (node.factors[0], node) if isinstance(node, Product) else (node, None)
    order = 1
    if isinstance(first, Scripts) and isinstance(first.base, Symbol) and first.sup and not first.sub:
        if not isinstance(first.sup, Number):
            return None
        order, first = int(float(first.sup.text)), first.base
    if first != Symbol("d") or (rest is not None and rest.operators[0]):
        return None
    of = None if rest is None else fold(rest.factors[1:], rest.operators[1:])
    return Differential(of, order, "total", span=node.span)


def _differentials(node: Node, order: int) -> list[Node] | None:
    """The variables of a denominator, each as often as its order says; in a first derivative ``w^2`` is a name."""
    if isinstance(node, Product) and isinstance(node.factors[0], Differential):
        parts: list[Node] = list(node.factors)
    elif isinstance(node, Product) and node.factors[0] == Symbol("d") and not any(node.operators):
        parts = _letters(node)
    else:
        parts = [node]
    found: list[Node] = []
    for part in parts:
        if not isinstance(part, Differential) or part.of is None:
            return None
        found += _repeated(part.of) if order > 1 else [_bare(part.of)]
    return found


def _letters(node: Product) -> list[Node]:
    """``d x d y`` as differentials."""
    parts: list[Node] = []
    group: list[Node] = []
    for factor in node.factors[1:]:
        if factor == Symbol("d"):
            parts.append(Differential(fold(group, [""] * (len(group) - 1)), 1, "total", span=node.span))
            group = []
        else:
            group.append(factor)
    if group:
        parts.append(Differential(fold(group, [""] * (len(group) - 1)), 1, "total", span=node.span))
    return parts


def _repeated(variable: Node) -> list[Node]:
    r"""``w^2`` in ``\partial w^2`` is ``w`` twice; a transpose stays."""
    if isinstance(variable, Scripts) and isinstance(variable.sup, Number) and variable.sup.text in "234":
        base = replace(variable, sup=None)
        plain = base.base if not base.sub and not base.primes else base
        return [plain] * int(variable.sup.text)
    return [_bare(variable)]


def _bare(variable: Node) -> Node:
    """A variable out of its parentheses."""
    if isinstance(variable, Group) and variable.left == "(" and len(variable.items) == 1:
        return variable.items[0]
    return variable
