"""From the grammar's productions to the nodes of ``tree.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lark import Token, Transformer_NonRecursive, v_args
from lark.tree import Meta

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.formula.tokens import span_of
from eqtest.formula.tree import (
    Apply,
    BigOperator,
    Derivative,
    Dots,
    Empty,
    Group,
    Mark,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    Root,
    Scripts,
    Sum,
    Symbol,
    walk,
)
from eqtest.span import Span

# Nodes that live only while a row is being built: heads that wait for what stands to the right of them.


@dataclass(frozen=True, slots=True)
class Differential(Node):
    r"""``\partial^2 a`` or a bare ``\partial``."""

    of: Node | None
    order: int = 1
    kind: str = "partial"


@dataclass(frozen=True, slots=True)
class DerivativeHead(Node):
    r"""``\frac{\partial}{\partial b}``, ``\nabla_b``: differentiates what follows."""

    by: tuple[Node, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class BigHead(Node):
    kind: str
    conditions: tuple[Node, ...] = ()
    upper: Node | None = None


@dataclass(frozen=True, slots=True)
class FunctionHead(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Braces(Node):
    items: tuple[Node, ...]


_UNFINISHED = (Differential, DerivativeHead, BigHead, FunctionHead, Braces)


@v_args(meta=True)
class Builder(Transformer_NonRecursive[Token, Any]):
    """One method a production, named as in the grammar."""

    def row(self, meta: Meta, parts: list[Any]) -> Relation:
        relations = tuple(str(part) for part in parts if isinstance(part, Token))
        sides = tuple(part for part in parts if not isinstance(part, Token))
        found = Relation(sides, relations, span=_span(meta))
        unfinished = next((node for node in walk(found) if isinstance(node, _UNFINISHED)), None)
        if unfinished is not None:
            raise _dangling(unfinished)
        return found

    def expression(self, meta: Meta, parts: list[Any]) -> Node:
        signed = not isinstance(parts[0], Token)
        tokens = [part for part in parts if isinstance(part, Token)]
        terms = tuple(part for part in parts if not isinstance(part, Token))
        signs = ("+",) * signed + tuple(str(item) for item in tokens)
        return terms[0] if signs == ("+",) else Sum(terms, signs, span=_span(meta))

    def term(self, _meta: Meta, parts: list[Any]) -> Node:
        factors: list[Node] = []
        operators: list[str] = []
        pending, negative = "", None
        for part in parts:
            if isinstance(part, Token):
                pending, negative = (pending, part) if part.type == "SIGN" else (str(part), None)
                continue
            if factors:
                operators.append(pending)
            if negative == "-":
                part = Sum((part,), (str(negative),), span=span_of(negative) | part.span)
            factors.append(part)
            pending, negative = "", None
        return fold(factors, operators)

    def ratio(self, meta: Meta, parts: list[Any]) -> Node:
        operands = [_only(part) for part in parts if not isinstance(part, Token)]
        result = _derivative(operands[0], operands[1], _span(meta))
        if result is None:
            result = Quotient(operands[0], operands[1], span=operands[0].span | operands[1].span)
        for operand in operands[2:]:
            result = Quotient(result, operand, span=_span(meta))
        return result

    def differential(self, meta: Meta, parts: list[Any]) -> Node:
        head, rest = parts[0], parts[1:]
        operand = next((_only(part) for part in rest if isinstance(part, Node)), None)
        scripts = [part for part in rest if not isinstance(part, Node)]
        kind = "total" if head == "d" else "partial"
        order, by = 1, None
        for name, argument in scripts:
            if name == "superscript":
                order = _order(argument)
            elif name == "subscript":
                by = _only(argument)
        if by is None:
            return Differential(operand, order, kind, span=_span(meta))
        found = DerivativeHead((by,) * order, kind, span=_span(meta))
        return found if operand is None else fold([found, operand], [""])

    def scripts(self, meta: Meta, parts: list[Any]) -> Node:
        base, scripts = parts[0], parts[1:]
        if isinstance(base, Differential | DerivativeHead) and base.kind != "nabla":
            raise FormulaSyntaxError("a script cannot stand here", base.span)
        sub: tuple[Node, ...] = ()
        sup: Node | None = None
        primes = 0
        for name, argument in scripts:
            if name == "prime":
                primes += 1
            elif name == "subscript":
                if sub:
                    raise FormulaSyntaxError("a second subscript", argument.span)
                sub = argument.items if isinstance(argument, Braces) else (argument,)
            else:
                if sup is not None:
                    raise FormulaSyntaxError("a second superscript", argument.span)
                sup = _only(argument)
        if _only(base) == Symbol("E", "bb") and sub and sup is None:
            return BigHead("mean", sub, span=_span(meta))
        if isinstance(base, BigHead):
            return replace(base, conditions=sub, upper=sup, span=_span(meta))
        if isinstance(base, DerivativeHead):
            order = 1 if sup is None else _order(sup)
            return DerivativeHead(sub * order, "nabla", span=_span(meta))
        if isinstance(base, Braces):
            base = _only(base)
            if not isinstance(base, Symbol | Group | Number | Apply | Matrix) and not (
                isinstance(base, Scripts) and not (base.sub and sub) and not (base.sup and sup)
            ):
                base = Group((base,), "{", span=parts[0].span)
        if isinstance(base, Scripts):
            return Scripts(base.base, base.sub or sub, base.sup or sup, base.primes + primes, span=_span(meta))
        return Scripts(base, sub, sup, primes, span=_span(meta))

    def superscript(self, _meta: Meta, parts: list[Any]) -> tuple[str, Node]:
        return "superscript", parts[1]

    def subscript(self, _meta: Meta, parts: list[Any]) -> tuple[str, Node]:
        return "subscript", parts[1]

    def prime(self, _meta: Meta, _parts: list[Any]) -> tuple[str, None]:
        return "prime", None

    def items(self, _meta: Meta, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def relation(self, meta: Meta, parts: list[Any]) -> Relation:
        return self.row(meta, parts)  # a condition such as i = 1

    def number(self, meta: Meta, parts: list[Any]) -> Node:
        return Number(str(parts[0]), span=_span(meta))

    def symbol(self, meta: Meta, parts: list[Any]) -> Node:
        return Symbol(str(parts[0]), span=_span(meta))

    def word(self, meta: Meta, parts: list[Any]) -> Node:
        return Symbol(str(parts[0]), "operator", span=_span(meta))

    def function(self, meta: Meta, parts: list[Any]) -> Node:
        return FunctionHead(str(parts[0]), span=_span(meta))

    def dots(self, meta: Meta, parts: list[Any]) -> Node:
        return Dots(str(parts[0]), span=_span(meta))

    def mark(self, meta: Meta, parts: list[Any]) -> Node:
        return Mark(str(parts[0]), span=_span(meta))

    def big(self, meta: Meta, parts: list[Any]) -> Node:
        return BigHead(str(parts[0]), span=_span(meta))

    def nabla(self, meta: Meta, _parts: list[Any]) -> Node:
        return DerivativeHead((), "nabla", span=_span(meta))

    def font(self, meta: Meta, parts: list[Any]) -> Node:
        return _with_font(parts[1], "" if parts[0] == "normal" else str(parts[0]), _span(meta))

    def accent(self, meta: Meta, parts: list[Any]) -> Node:
        return _with_accent(_only(parts[1]), str(parts[0]), _span(meta))

    def fraction(self, meta: Meta, parts: list[Any]) -> Node:
        numerator, denominator = (_only(part) for part in parts if not isinstance(part, Token))
        found = _derivative(numerator, denominator, _span(meta))
        return found or Quotient(numerator, denominator, span=_span(meta))

    def root(self, meta: Meta, parts: list[Any]) -> Node:
        return Root(_only(parts[1]), span=_span(meta))

    def braces(self, meta: Meta, parts: list[Any]) -> Node:
        return Braces(parts[1], span=_span(meta))

    def group(self, meta: Meta, parts: list[Any]) -> Node:
        left = {"LPAREN": "(", "LBRACKET": "[", "LSET": "{", "LANGLE": "<", "LBAR": "|", "LNORM": "||"}[parts[0].type]
        return Group(tuple(_only(item) for item in parts[1]), left, span=_span(meta))

    def matrix(self, meta: Meta, parts: list[Any]) -> Node:
        rows = [part for part in parts if not isinstance(part, Token)]
        if rows and len(rows[-1]) == 1 and isinstance(rows[-1][0], Empty):
            rows.pop()
        return Matrix(tuple(rows), str(parts[0]), span=_span(meta))

    def cells(self, _meta: Meta, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def empty(self, meta: Meta, _parts: list[Any]) -> Node:
        return Empty(span=_span(meta))


def fold(factors: Sequence[Node], operators: Sequence[str]) -> Node:
    """A product in which every head has taken what belongs to it.

    Sums, products and derivative operators take all the rest of their term; a function and a gradient take the next
    factor, with a group behind a symbol.
    """
    if len(factors) > 1:
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
            elif isinstance(head, BigHead) and head.kind == "prod":
                count = _repeated_length(head, factors[position + 1 :])
            end = position + 1 + count
            operand = fold(factors[position + 1 : end], operators[position + 1 : end - 1])
            done.append(_headed(head, operand))
            position = end
        elif isinstance(head, Differential) and position == 0:
            return _open_differential(head, factors, operators)
        else:
            done.append(_only(head))
            position += 1
    if len(done) == 1:
        return done[0]
    return Product(tuple(done), tuple(joined), span=done[0].span | done[-1].span)


def _without_braces(factors: Sequence[Node], operators: Sequence[str]) -> tuple[list[Node], list[str]]:
    """Factors out of their braces; the reader does not see braces, so a sum in them is not what it seems."""
    found: list[Node] = []
    joined: list[str] = []
    for number, factor in enumerate(factors):
        inner = _only(factor)
        operator = operators[number - 1] if number else ""
        braced = isinstance(factor, Braces)
        if braced and isinstance(inner, Sum) and (len(inner.terms) > 1 or (number and not operator)):
            raise FormulaSyntaxError("braces do not show: write parentheses around a sum that is a factor", factor.span)
        parts = inner if braced and isinstance(inner, Product) else Product((inner,), ())
        joined += [operator, *parts.operators] if number else parts.operators
        found += parts.factors
    return found, joined


def _is_head(node: Node) -> bool:
    base = node.base if isinstance(node, Scripts) else node
    return isinstance(base, BigHead | DerivativeHead | FunctionHead)


def _takes_all(head: Node) -> bool:
    return isinstance(head, BigHead) or (isinstance(head, DerivativeHead) and head.kind != "nabla")


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
    if isinstance(first, Number) and start + 1 < len(factors) and operators[start] == "":
        return 1 + _operand_length(factors, operators, start + 1)  # sin 2x
    if _is_head(first) and start + 1 < len(factors):
        return 1 + _operand_length(factors, operators, start + 1)
    callable_like = isinstance(first, Symbol | Scripts)
    if callable_like and start + 1 < len(factors) and operators[start] == "":
        following = factors[start + 1]
        if isinstance(following, Group) and following.left in "([":
            return 2
    return 1


def _repeated_length(head: BigHead, factors: Sequence[Node]) -> int:
    r"""How many factors ``\prod`` repeats: up to the last with its index, so ``\prod_i W_i x`` ends in one ``x``."""
    names = {condition.sides[0] if isinstance(condition, Relation) else condition for condition in head.conditions}
    for count in range(len(factors), 0, -1):
        if any(node in names for node in walk(factors[count - 1])):
            return count
    return len(factors)


def _headed(head: Node, operand: Node) -> Node:
    span = head.span | operand.span
    if isinstance(head, BigHead):
        return BigOperator(head.kind, head.conditions, head.upper, operand, span=span)
    if isinstance(head, DerivativeHead):
        return Derivative(operand, head.by, head.kind, span=span)
    if isinstance(operand, Scripts) and isinstance(operand.base, Group) and operand.base.left in "([":
        # the scripts of f(x)_j and f(x)^2 belong to the value
        return replace(operand, base=_headed(head, operand.base), span=span)
    arguments = operand.items if isinstance(operand, Group) and operand.left in "([{" else (operand,)
    return Apply(_function(head), arguments, span=span)


def _function(head: Node) -> Node:
    if isinstance(head, Scripts):
        return replace(head, base=_function(head.base))
    assert isinstance(head, FunctionHead)
    return Symbol(head.name, "operator", span=head.span)


def _dangling(node: Node) -> FormulaSyntaxError:
    if isinstance(node, Differential):
        return FormulaSyntaxError("a differential that is not part of a derivative", node.span)
    if isinstance(node, Braces):
        return FormulaSyntaxError("a comma cannot stand here", node.span)
    return FormulaSyntaxError("an operand is missing after this", node.span)


def _derivative(numerator: Node, denominator: Node, span: Span) -> Node | None:
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


def _order(node: Node) -> int:
    value = _only(node)
    if isinstance(value, Number) and value.text in "1234":
        return int(value.text)
    raise UnsupportedError("the order of a derivative must be a number up to 4", value.span)


def _only(node: Node) -> Node:
    """The single item of braces; anything else as it is."""
    if not isinstance(node, Braces):
        return node
    if len(node.items) != 1:
        raise FormulaSyntaxError("a comma cannot stand here", node.span)
    return _only(node.items[0])


def _with_font(node: Node, font: str, span: Span) -> Node:
    r"""The font of ``\bm w``, ``\mathbf{w}``, and of all letters of ``\mathbf{W x}``."""
    inner = _only(node)
    if isinstance(inner, Symbol):
        return replace(inner, font=inner.font if inner.font == "operator" else font or inner.font, span=span)
    if inner == Number("1") and font in ("bold", "bb"):
        return Symbol("ones", font, span=span)  # a vector of ones, an indicator: never the number
    if isinstance(inner, Scripts):
        return replace(inner, base=_with_font(inner.base, font, inner.base.span), span=span)
    if isinstance(inner, Product):
        return replace(inner, factors=tuple(_with_font(factor, font, factor.span) for factor in inner.factors))
    return inner


def _with_accent(node: Node, accent: str, span: Span) -> Node:
    if isinstance(node, Symbol):
        return replace(node, accents=(*node.accents, accent), span=span)
    if isinstance(node, Scripts):
        return replace(node, base=_with_accent(node.base, accent, node.base.span), span=span)
    raise UnsupportedError(f"\\{accent} over an expression", span)


def _span(meta: Meta) -> Span:
    return Span(getattr(meta, "start_pos", 0) or 0, getattr(meta, "end_pos", 0) or 0)
