"""From the grammar's productions to the nodes of ``tree.py``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token, Transformer_NonRecursive, v_args
from lark.tree import Meta

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.formula.differentials import derivative, ratio
from eqtest.formula.fold import fold
from eqtest.formula.heads import (
    UNFINISHED,
    BigHead,
    Braces,
    DerivativeHead,
    Differential,
    FunctionHead,
    PartialOf,
    Ratio,
    dangling,
    derivative_order,
    only,
)
from eqtest.formula.names import is_transpose
from eqtest.formula.tokens import span_of
from eqtest.formula.tree import (
    Apply,
    At,
    Derivative,
    Dots,
    Empty,
    Group,
    Increment,
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
    rebuild,
    unscripted,
    walk,
)
from eqtest.span import Span


@v_args(meta=True)
class Builder(Transformer_NonRecursive[Token, Any]):
    """One method a production, named as in the grammar."""

    def row(self, meta: Meta, parts: list[Any]) -> Relation:
        relations = tuple(str(part) for part in parts if isinstance(part, Token))
        sides = tuple(part for part in parts if not isinstance(part, Token))
        found = Relation(tuple(map(_with_increments, sides)), relations, span=_span(meta))
        unfinished = next((node for node in walk(found) if isinstance(node, UNFINISHED)), None)
        if unfinished is not None:
            raise dangling(unfinished)
        return found

    def expression(self, meta: Meta, parts: list[Any]) -> Node:
        parts = _headed_by_signs(parts)
        signed = not isinstance(parts[0], Token)
        tokens = [part for part in parts if isinstance(part, Token)]
        terms = tuple(part for part in parts if not isinstance(part, Token))
        signs = ("+",) * signed + tuple(str(item) for item in tokens)
        return terms[0] if signs == ("+",) else Sum(terms, signs, span=_span(meta))

    def term(self, _meta: Meta, parts: list[Any]) -> Node:
        factors: list[Node] = []
        operators: list[str] = []
        pending, negative = "", None
        for number, part in enumerate(parts):
            if isinstance(part, Token):
                pending, negative = (pending, part) if part.type == "SIGN" else (str(part), None)
                continue
            if isinstance(part, Ratio):
                beside = 0 if pending or negative is not None else _beside(factors, operators)
                part, taken = ratio(part, factors[len(factors) - beside :], _is_group(parts[number + 1 : number + 2]))
                for _ in range(taken):
                    factors.pop()
                    pending = operators.pop() if operators else ""
            if factors:
                operators.append(pending)
            if negative == "-":
                part = Sum((part,), (str(negative),), span=span_of(negative) | part.span)
            factors.append(part)
            pending, negative = "", None
        return fold(factors, operators)

    def ratio(self, meta: Meta, parts: list[Any]) -> Node:
        return Ratio(tuple(part for part in parts if not isinstance(part, Token)), span=_span(meta))

    def differential(self, meta: Meta, parts: list[Any]) -> Node:
        head, rest = parts[0], parts[1:]
        operand = next((only(part) for part in rest if isinstance(part, Node)), None)
        scripts = [part for part in rest if not isinstance(part, Node)]
        kind = "total" if head == "d" else "partial"
        order, by = 1, None
        for name, argument in scripts:
            if name == "superscript" and only(argument) == Mark("+"):
                kind = "immediate"
            elif name == "superscript":
                order = derivative_order(argument)
            elif name == "subscript":
                by = only(argument)
        if by is None:
            return Differential(operand, order, kind, span=_span(meta))
        found = DerivativeHead((by,) * order, kind, span=_span(meta))
        if operand is None:
            return found
        made = fold([found, operand], [""])
        return PartialOf(made, span=made.span) if isinstance(made, Derivative) else made

    def scripts(self, meta: Meta, parts: list[Any]) -> Node:
        base, scripts = parts[0], parts[1:]
        at = next((i for i, (name, _) in enumerate(scripts) if name == "at"), None)
        if at is not None:
            if at + 1 < len(scripts):
                raise FormulaSyntaxError(
                    "a script behind a value at a point: put the value in parentheses", _span(meta)
                )
            of = self.scripts(meta, [base, *scripts[:at]]) if at else only(base)
            argument = scripts[at][1]
            conditions = argument.items if isinstance(argument, Braces) else (argument,)
            return At(of, tuple(map(only, conditions)), span=_span(meta))
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
                sup = only(argument)
        if only(base) == Symbol("E", "bb") and sub and sup is None:
            return BigHead("mean", sub, span=_span(meta))
        if isinstance(base, BigHead):
            return replace(base, conditions=_letters(sub), upper=sup, span=_span(meta))
        if isinstance(base, DerivativeHead):  # a nabla
            order = 1 if sup is None or is_transpose(sup) else derivative_order(sup)
            found = DerivativeHead((sub or (Empty(),)) * order, "nabla", span=_span(meta))
            return replace(found, transposed=True) if is_transpose(sup) else found
        if isinstance(only(base), Product):  # braces do not show: the scripts stand on the last factor
            product = only(base)
            assert isinstance(product, Product)
            last = Scripts(product.factors[-1], sub, sup, primes, span=product.factors[-1].span)
            if not isinstance(product.factors[-1], Symbol):
                raise FormulaSyntaxError("braces do not show: write parentheses under this script", _span(meta))
            return replace(product, factors=(*product.factors[:-1], last))
        if isinstance(base, Braces):
            base = only(base)
            if not isinstance(base, Symbol | Group | Number | Apply | Matrix) and not (
                isinstance(base, Scripts) and not (base.sub and sub) and not (base.sup and sup)
            ):
                base = Group((base,), "{}", span=parts[0].span)
        if isinstance(base, Scripts):
            return Scripts(base.base, base.sub or sub, base.sup or sup, base.primes + primes, span=_span(meta))
        return Scripts(base, sub, sup, primes, span=_span(meta))

    def at(self, _meta: Meta, parts: list[Any]) -> tuple[str, Node]:
        return "at", parts[2]

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
        return DerivativeHead((Empty(),), "nabla", span=_span(meta))

    def font(self, meta: Meta, parts: list[Any]) -> Node:
        if parts[0] == "arrow" and only(parts[1]) == Number("1"):
            return Symbol("ones", "bold", span=_span(meta))
        found = _with_font(parts[1], "" if parts[0] in ("normal", "arrow") else str(parts[0]), _span(meta))
        return Braces((found,), span=found.span) if isinstance(found, Product) else found

    def accent(self, meta: Meta, parts: list[Any]) -> Node:
        return _with_accent(only(parts[1]), str(parts[0]), _span(meta))

    def fraction(self, meta: Meta, parts: list[Any]) -> Node:
        numerator, denominator = (only(part) for part in parts if not isinstance(part, Token))
        found = derivative(numerator, denominator, _span(meta))
        return found or Quotient(numerator, denominator, span=_span(meta))

    def root(self, meta: Meta, parts: list[Any]) -> Node:
        return Root(only(parts[1]), span=_span(meta))

    def braces(self, meta: Meta, parts: list[Any]) -> Node:
        return Braces(parts[1], span=_span(meta))

    def group(self, meta: Meta, parts: list[Any]) -> Node:
        left = {
            "LPAREN": "(",
            "LBRACKET": "[",
            "LSET": "{",
            "LANGLE": "<",
            "LBAR": "|",
            "LNORM": "||",
            "LFLOOR": "floor",
            "LCEIL": "ceil",
        }[parts[0].type]
        return Group(tuple(only(item) for item in parts[1]), left, span=_span(meta))

    def matrix(self, meta: Meta, parts: list[Any]) -> Node:
        rows = [part for part in parts if not isinstance(part, Token)]
        if rows and len(rows[-1]) == 1 and isinstance(rows[-1][0], Empty):
            rows.pop()
        return Matrix(tuple(rows), str(parts[0]), span=_span(meta))

    def cells(self, _meta: Meta, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def empty(self, meta: Meta, _parts: list[Any]) -> Node:
        return Empty(span=_span(meta))


def _is_group(parts: list[Any]) -> bool:
    """Whether arguments come first."""
    bare = map(unscripted, parts)
    return any(isinstance(part, Group) and part.left in ("(", "[") for part in bare)


def _beside(factors: list[Node], operators: list[str]) -> int:
    """How many factors at the end stand side by side, no operator between them."""
    count = min(1, len(factors))
    while count < len(factors) and not operators[-count]:
        count += 1
    return count


def _headed_by_signs(parts: list[Any]) -> list[Any]:
    r"""Terms in which ``\sum_i`` has taken what stands behind a minus: ``\sum_i -2 x_i``."""
    found: list[Any] = []
    for part in parts:
        if not isinstance(part, Token) and len(found) > 1 and found[-1] == "-" and not isinstance(found[-2], Token):
            *front, last = found[-2].factors if isinstance(found[-2], Product) else (found[-2],)
            if isinstance(last, BigHead):
                sign, head = found.pop(), found.pop()
                operators = head.operators if front else ()
                negative = Sum((part,), ("-",), span=span_of(sign) | part.span)
                part = fold([*front, last, negative], [*operators, ""])
        found.append(part)
    return found


def _with_increments(node: Node) -> Node:
    """A copy in which differentials that stand by themselves are increments."""
    if isinstance(node, Differential) and node.of is not None and node.order == 1:
        return Increment(_with_increments(node.of), span=node.span)
    return rebuild(node, _with_increments)


def _with_font(node: Node, font: str, span: Span) -> Node:
    r"""The font of ``\bm w``, ``\mathbf{w}``, and of all letters of ``\mathbf{W x}``."""
    inner = only(node)
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


def _letters(conditions: tuple[Node, ...]) -> tuple[Node, ...]:
    r"""``\sum_{ij}`` runs over two indices."""
    found: list[Node] = []
    for item in conditions:
        letters = isinstance(item, Product) and all(isinstance(factor, Symbol) for factor in item.factors)
        found += item.factors if isinstance(item, Product) and letters and not any(item.operators) else (item,)
    return tuple(found)
