"""The factors of a product: which neighbours are one name, an application, or a derivative at arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeGuard

from eqtest.autodiff import functions
from eqtest.autodiff.gradients import long_gradient
from eqtest.autodiff.products import divide
from eqtest.autodiff.scripted import with_scripts
from eqtest.autodiff.values import Value
from eqtest.errors import FormulaError, UnboundSymbolError
from eqtest.formula.joined import joined
from eqtest.formula.resolve import resolve, resolve_letters
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import Apply, Derivative, Group, Increment, Node, Quotient, Scripts, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def evaluated(
    evaluator: Evaluator, factors: Sequence[Node], operators: Sequence[str]
) -> Iterator[tuple[str, Value, Node]]:
    """The values of factors, applications made: each with the operator before it and its place."""
    factors, operators = joined(factors, operators, evaluator.scope, functions.is_known)
    position = 0
    while position < len(factors):
        factor = factors[position]
        operator = operators[position - 1] if position else ""
        whole = long_gradient(evaluator, factors, operators, position)
        if whole is not None:
            yield operator, evaluator.evaluate(whole), whole
            return
        if isinstance(factor, Derivative) and operators[position : position + 1] == [""]:
            arguments = factors[position + 1]
            there = evaluator.differentiation.at_arguments(factor, arguments) if isinstance(arguments, Group) else None
            if there is not None:
                yield operator, there, factor
                position += 2
                continue
        if isinstance(factor, Quotient) and operators[position : position + 1] == [""]:
            called = _called_below(evaluator, factor, factors[position + 1])
            if called is not None:
                yield operator, called, factor
                position += 2
                continue
        if not isinstance(factor, Symbol | Scripts | Group):
            yield operator, evaluator.evaluate(factor), factor
            position += 1
            continue
        named = evaluator.letters and resolve_letters(factors[position:], operators[position:], evaluator.scope)
        if named:
            bound, count = named
            yield operator, evaluator.scripted_value(bound, factor), factor
            position += count
            continue
        behind = factors[position + 1] if position + 1 < len(factors) and operators[position] == "" else None
        group = behind.base if isinstance(behind, Scripts) else behind
        if isinstance(group, Group) and group.left in "([{":
            applied = evaluator.calls.application(factor, group)
            if applied is not None:
                if isinstance(behind, Scripts):
                    applied = with_scripts(evaluator, applied, behind)
                yield operator, applied, factor
                position += 2
                continue
        if factor == Symbol("d") and "d" not in evaluator.scope.namespace and isinstance(behind, Group | Apply):
            yield operator, evaluator.evaluate(Increment(behind, span=factor.span | behind.span)), factor
            position += 2
            continue
        if behind is not None and _is_operator_d(factor, evaluator):
            yield operator, evaluator.evaluate(Derivative(behind, factor.sub, span=factor.span | behind.span)), factor
            position += 2
            continue
        yield operator, evaluator.evaluate(factor), factor
        position += 1


def _called_below(evaluator: Evaluator, quotient: Quotient, behind: Node) -> Value | None:
    """``x / f(y)`` of a function, or of a value printed with its arguments; ``None`` where ``f`` is a factor."""
    group = behind.base if isinstance(behind, Scripts) else behind
    head = quotient.denominator
    if not isinstance(head, Symbol | Scripts) or not isinstance(group, Group) or group.left not in ("(", "["):
        return None
    try:
        below = evaluator.calls.application(head, group)
    except UnboundSymbolError:
        return None
    if below is None:
        return None
    below = with_scripts(evaluator, below, behind) if isinstance(behind, Scripts) else below
    return divide(evaluator.evaluate(quotient.numerator), below)


def _is_operator_d(node: Node, evaluator: Evaluator) -> TypeGuard[Scripts]:
    """``D_x`` before a factor, where the snippet binds nothing to ``D``."""
    if not isinstance(node, Scripts) or node.base != Symbol("D") or len(node.sub) != 1 or node.sup is not None:
        return False
    try:
        resolve(node, evaluator.scope)
    except UnboundSymbolError:
        pass
    else:
        return False
    try:
        return is_tensor(resolve(node.sub[0], evaluator.scope).value)
    except FormulaError:
        return False
