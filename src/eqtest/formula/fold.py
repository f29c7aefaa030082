"""Products in which every head has taken what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eqtest.errors import FormulaSyntaxError
from eqtest.formula.heads import BigHead, Braces, DerivativeHead, Differential, FunctionHead, OpenRatio, PartialOf, only
from eqtest.formula.names import is_transpose
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
    Derivative,
    Group,
    Mark,
    Node,
    Number,
    Product,
    Quotient,
    Scripts,
    Sum,
    Symbol,
    unscripted,
)


def fold(factors: Sequence[Node], operators: Sequence[str]) -> Node:
    """A product in which every head has taken what belongs to it.

    Sums, products and derivative operators take all the rest of their term; a function and a gradient take the next
    factor, with a group behind a symbol.
    """
    if len(factors) > 1:
        factors = [_braced_operand(factors[i - 1], factor) if i else factor for i, factor in enumerate(factors)]
        factors, operators = _without_braces(factors, operators)
    done: list[Node] = []
    joined: list[str] = []
    position = 0
    while position < len(factors):
        head = factors[position]
        if position:
            joined.append(operators[position - 1])
        if _is_head(head) and position + 1 < len(factors) and not operators[position]:
            count = len(factors) - position - 1
            if not _takes_all(head):
                count = _operand_length(factors, operators, position + 1)
                count += _more_of_a_trace(head, factors, operators, position + 1, count)
            end = position + 1 + count
            operand = fold(factors[position + 1 : end], operators[position + 1 : end - 1])
            done.append(_headed(head, operand))
            position = end
        elif isinstance(head, OpenRatio):
            end = position + 1
            if end < len(factors) and not operators[position]:
                to_the_end = _takes_all(unscripted(head.head))
                end = len(factors) if to_the_end else end + _operand_length(factors, operators, end)
            below = fold((head.head, *factors[position + 1 : end]), operators[position : end - 1])
            done.append(Quotient(head.numerator, below, span=head.span | below.span))
            position = end
        elif _is_divergence(head, operators, position):
            end = position + 1 + _operand_length(factors, operators, position + 1)
            of = fold(factors[position + 1 : end], operators[position + 1 : end - 1])
            span = head.span | of.span
            done.append(Apply(Symbol("tr", "operator", span=head.span), (_headed(head, of),), span=span))
            position = end
        elif isinstance(head, Differential) and position == 0:
            return _open_differential(head, factors, operators)
        elif isinstance(head, PartialOf) and _is_call_of(head, factors, operators, position):
            group, derivative = factors[position + 1], head.derivative
            call = Product((derivative.of, group), ("",), span=derivative.of.span | group.span)
            done.append(replace(derivative, of=call, span=head.span | group.span))
            position += 2
        elif isinstance(head, At) and isinstance(head.of, Group) and _is_called(done, joined):
            joined.pop()
            call = Product((done.pop(), head.of), ("",), span=head.span)
            done.append(replace(head, of=call, span=head.span))
            position += 1
        else:
            done.append(only(head))
            position += 1
    if len(done) == 1:
        return done[0]
    return Product(tuple(done), tuple(joined), span=done[0].span | done[-1].span)


def _is_call_of(head: PartialOf, factors: Sequence[Node], operators: Sequence[str], position: int) -> bool:
    """Whether the arguments of what is differentiated stand directly behind it."""
    behind = factors[position + 1] if position + 1 < len(factors) and not operators[position] else None
    arguments = isinstance(behind, Group) and behind.left == "("
    return arguments and isinstance(head.derivative.of, Symbol | Scripts)


def _is_called(done: Sequence[Node], joined: Sequence[str]) -> bool:
    """Whether a symbol stands directly before a group."""
    return bool(done) and isinstance(done[-1], Symbol | Scripts) and joined[-1] == ""


def _braced_operand(head: Node, factor: Node) -> Node:
    r"""``\log{(x)^n}``: the braces do not show, but the power is within them."""
    if not isinstance(unscripted(head), FunctionHead) or not isinstance(factor, Braces) or len(factor.items) != 1:
        return factor
    inner = only(factor)
    scripted = isinstance(inner, Scripts) and isinstance(inner.base, Group)
    return Group((inner,), "{}", span=factor.span) if scripted else factor


def _without_braces(factors: Sequence[Node], operators: Sequence[str]) -> tuple[list[Node], list[str]]:
    """Factors out of their braces; the reader does not see braces, so a sum in them is not what it seems."""
    found: list[Node] = []
    joined: list[str] = []
    for number, factor in enumerate(factors):
        inner = factor if isinstance(factor, PartialOf) else only(factor)
        operator = operators[number - 1] if number else ""
        braced = isinstance(factor, Braces)
        if braced and isinstance(inner, Sum) and (len(inner.terms) > 1 or (number and not operator)):
            raise FormulaSyntaxError("braces do not show: write parentheses around a sum that is a factor", factor.span)
        parts = inner if braced and isinstance(inner, Product) else Product((inner,), ())
        joined += [operator, *parts.operators] if number else parts.operators
        found += parts.factors
    return found, joined


def _is_head(node: Node) -> bool:
    return isinstance(unscripted(node), BigHead | DerivativeHead | FunctionHead)


def _is_divergence(head: Node, operators: Sequence[str], position: int) -> bool:
    r"""``\nabla \cdot F``, the trace of the Jacobian."""
    return isinstance(head, DerivativeHead) and head.kind == "nabla" and operators[position : position + 1] == ["cdot"]


def _takes_all(head: Node) -> bool:
    return isinstance(head, BigHead) or (isinstance(head, DerivativeHead) and head.kind != "nabla")


def _more_of_a_trace(head: Node, factors: Sequence[Node], operators: Sequence[str], start: int, count: int) -> int:
    r"""How many factors more ``\operatorname{tr} A B`` takes: all letters and groups, where it has no parentheses."""
    if not isinstance(head, FunctionHead) or head.name not in ("tr", "Tr", "trace", "vec") or count > 1:
        return 0
    if not isinstance(factors[start], Symbol) and not _is_scripted_symbol(factors[start]):
        return 0
    end = start + 1
    while end < len(factors) and not operators[end - 1] and not _is_head(factors[end]):
        end += 1
    return end - start - count


def _is_scripted_symbol(node: Node) -> bool:
    return isinstance(node, Scripts) and isinstance(node.base, Symbol)


def _open_differential(head: Differential, factors: Sequence[Node], operators: Sequence[str]) -> Node:
    r"""``\partial f(x)``: everything to the right belongs under the differential; a fraction makes sense of it."""
    if len(factors) == 1:
        return head
    if any(isinstance(factor, Differential) for factor in factors[1:]):
        return Product(tuple(factors), tuple(operators), span=head.span | factors[-1].span)
    rest = factors[1:]
    operand = fold(rest, operators[1:]) if head.of is None else fold([head.of, *rest], operators)
    return replace(head, of=operand, span=head.span | factors[-1].span)


def _operand_length(factors: Sequence[Node], operators: Sequence[str], start: int) -> int:
    first = factors[start]
    if isinstance(first, BigHead):
        return len(factors) - start
    coefficient = first.numerator if isinstance(first, Quotient) else first
    if isinstance(coefficient, Number) and start + 1 < len(factors) and operators[start] == "":
        return 1 + _operand_length(factors, operators, start + 1)  # sin 2x, and the gradient of 1/N times a sum
    if isinstance(first, OpenRatio) and start + 1 < len(factors):  # p(x)/q, and (x)
        return 1 + _operand_length(factors, operators, start + 1)
    if _is_head(first) and start + 1 < len(factors):
        count = _operand_length(factors, operators, start + 1)
        return 1 + count + _more_of_a_trace(first, factors, operators, start + 1, count)
    callable_like = isinstance(first, Symbol | Scripts)
    if callable_like and start + 1 < len(factors) and operators[start] == "":
        following = factors[start + 1]
        following = following.of if isinstance(following, At) else following
        following = unscripted(following)
        if isinstance(following, Group) and following.left in "([":
            return 2
    return 1


def _headed(head: Node, operand: Node) -> Node:
    span = head.span | operand.span
    if isinstance(operand, At):  # the bar stands behind all of it
        return replace(operand, of=_headed(head, operand.of), span=span)
    if isinstance(head, BigHead):
        return BigOperator(head.kind, head.conditions, head.upper, operand, span=span)
    if isinstance(head, DerivativeHead) and head.kind == "nabla" and _transposed_symbol(operand):  # \nabla f^\top v
        assert isinstance(operand, Scripts)
        plain = replace(operand, sup=None) if operand.sub or operand.primes else operand.base
        return Scripts(Group((_headed(head, plain),), "{}", span=span), (), operand.sup, span=span)
    if isinstance(head, DerivativeHead) and head.kind == "nabla" and _scripted_call(operand):
        assert isinstance(operand, Product)
        last = operand.factors[-1]
        assert isinstance(last, Scripts)
        call = replace(operand, factors=(*operand.factors[:-1], last.base))
        return replace(last, base=Group((_headed(head, call),), "{}", span=span), span=span)
    if isinstance(head, DerivativeHead) and head.transposed:
        gradient = _headed(replace(head, transposed=False), operand)
        return Scripts(Group((gradient,), "{}", span=span), (), Mark("T"), span=span)
    if isinstance(head, DerivativeHead):
        return Derivative(operand, head.by, head.kind, span=span)
    if isinstance(operand, Scripts) and isinstance(operand.base, Group) and operand.base.left in "([":
        # the scripts of f(x)_j and f(x)^2 belong to the value
        return replace(operand, base=_headed(head, operand.base), span=span)
    if (
        isinstance(head, Scripts)
        and head.sub
        and isinstance(head.base, FunctionHead)
        and head.base.name in ("max", "min")
    ):
        return BigOperator(head.base.name, head.sub, None, operand, span=span)
    arguments = operand.items if isinstance(operand, Group) and operand.left in ("(", "[", "{", "{}") else (operand,)
    return Apply(_function(head), arguments, span=span)


def _transposed_symbol(operand: Node) -> bool:
    return isinstance(operand, Scripts) and isinstance(operand.base, Symbol) and is_transpose(operand.sup)


def _scripted_call(operand: Node) -> bool:
    r"""``f(x)^\top`` behind a nabla: the transpose is the gradient's."""
    if not isinstance(operand, Product) or len(operand.factors) != 2 or operand.operators[0]:
        return False
    head, last = operand.factors
    return isinstance(head, Symbol | Scripts) and isinstance(last, Scripts) and isinstance(last.base, Group)


def _function(head: Node) -> Node:
    if isinstance(head, Scripts):
        return replace(head, base=_function(head.base))
    assert isinstance(head, FunctionHead)
    return Symbol(head.name, "operator", span=head.span)
