"""Tree -> LaTeX; ``parse(latex(tree))`` gives the tree back."""

from __future__ import annotations

from eqtest.formula.tokens import FUNCTIONS, GREEK
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
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
)

_FONTS = {"bold": "bm", "cal": "mathcal", "bb": "mathbb", "frak": "mathfrak", "roman": "mathrm", "sans": "mathsf",
          "type": "mathtt"}  # fmt: skip
_DELIMITERS = {"{}": ("{", "}"),
               "(": (r"\left(", r"\right)"), "[": (r"\left[", r"\right]"), "{": (r"\left\{", r"\right\}"),
               "<": (r"\left\langle", r"\right\rangle"), "|": (r"\left|", r"\right|"),
               "||": (r"\left\|", r"\right\|"), "floor": (r"\left\lfloor", r"\right\rfloor"),
               "ceil": (r"\left\lceil", r"\right\rceil")}  # fmt: skip
_RELATIONS = {"le": r"\le", "ge": r"\ge", "approx": r"\approx", "in": r"\in", "ne": r"\ne"}
_MARKS = {"T": r"\top", **{name: f"\\{name}" for name in ("dagger", "odot", "circ", "bullet")}}
_COMMANDS = FUNCTIONS - {"tr", "Tr", "trace", "sign", "sgn", "diag", "vec"}
"""Those functions for which LaTeX has commands of their own."""
_DIFFERENTIAL = {"partial": r"\partial", "total": r"\mathrm{d}"}


def latex(node: Node) -> str:
    """One formula as LaTeX."""
    match node:
        case Number(text=text):
            return text
        case Symbol():
            return _symbol(node)
        case Mark(name=name):
            return _MARKS.get(name, name)
        case Dots(kind=kind):
            return f"\\{kind}"
        case Empty():
            return ""
        case Scripts():
            return _scripts(node)
        case Group(items=items, left=left):
            opening, closing = _DELIMITERS[left]
            body = ", ".join(map(latex, items))
            if left == "|" and isinstance(items[0], Group) and items[0].left == "|" and len(items) == 1:
                body = f"{{{body}}}"  # two bars around all that stands within another two are a norm
            return f"{opening} {body} {closing}"
        case Sum():
            return _sum(node)
        case Product():
            return _product(node)
        case Quotient(numerator=above, denominator=below):
            return f"\\frac{{{latex(above)}}}{{{latex(below)}}}"
        case Root(radicand=radicand):
            return f"\\sqrt{{{latex(radicand)}}}"
        case Derivative():
            return _derivative(node)
        case BigOperator():
            upper = "" if node.upper is None else f"^{{{latex(node.upper)}}}"
            lower = f"_{{{', '.join(map(latex, node.conditions))}}}" if node.conditions else ""
            sign = r"\mathbb{E}" if node.kind == "mean" else f"\\{node.kind}"
            return f"{sign}{lower}{upper} {_operand(node.body)}"
        case Apply(function=function, arguments=arguments):
            return f"{latex(function)}\\left( {', '.join(map(latex, arguments))} \\right)"
        case Increment(of=of):
            return f"\\mathrm{{d}} {_operand(of)}"
        case At(of=of, conditions=conditions):
            return f"\\left. {latex(of)} \\right|_{{{', '.join(map(latex, conditions))}}}"
        case Relation(sides=sides, relations=relations):
            if len(relations) == len(sides):
                return "".join(f" {_relation(r)} {latex(s)}" for r, s in zip(relations, sides, strict=True)).strip()
            rest = "".join(f" {_relation(r)} {latex(s)}" for r, s in zip(relations, sides[1:], strict=True))
            return latex(sides[0]) + rest
        case Matrix(rows=rows, delimiter=name):
            body = r" \\ ".join(" & ".join(map(latex, row)) for row in rows)
            columns = f"{{{'c' * len(rows[0])}}}" if name == "array" else ""
            return f"\\begin{{{name}}}{columns} {body} \\end{{{name}}}"
    raise TypeError(f"not a node of a formula: {node!r}")


def _relation(name: str) -> str:
    return _RELATIONS.get(name, name)


def _symbol(node: Symbol) -> str:
    if node.name == "ones" and node.font in ("bold", "bb"):
        text = f"\\{_FONTS[node.font]}{{1}}"
    elif node.font == "operator":
        text = f"\\{node.name}" if node.name in _COMMANDS else f"\\operatorname{{{node.name}}}"
    else:
        text = f"\\{node.name}" if node.name in GREEK else node.name
        if node.font:
            text = f"\\{_FONTS[node.font]}{{{text}}}"
    for accent in node.accents:
        text = f"\\{accent}{{{text}}}"
    return text


def _scripts(node: Scripts) -> str:
    base = latex(node.base)
    sub = f"_{{{', '.join(map(latex, node.sub))}}}" if node.sub else ""
    sup = "" if node.sup is None else f"^{{{latex(node.sup)}}}"
    if node.primes and sup:
        base, primes = f"{{{base}{chr(39) * node.primes}}}", ""
    else:
        primes = "'" * node.primes
    return f"{base}{sub}{primes}{sup}"


def _sum(node: Sum) -> str:
    parts = []
    for i, (sign, term) in enumerate(zip(node.signs, node.terms, strict=True)):
        parts.append(_operand(term) if i == 0 and sign == "+" else f"{sign} {_operand(term)}")
    return " ".join(parts)


def _product(node: Product) -> str:
    parts = [_operand(node.factors[0])]
    for operator, factor in zip(node.operators, node.factors[1:], strict=True):
        name = {"": "", "*": "* "}.get(operator, f"\\{operator} ")
        negative = operator and isinstance(factor, Sum) and len(factor.terms) == 1
        parts.append(name + (latex(factor) if negative else _operand(factor)))
    return " ".join(parts)


def _operand(node: Node) -> str:
    return f"\\left( {latex(node)} \\right)" if isinstance(node, Sum | Relation) else latex(node)


def _derivative(node: Derivative) -> str:
    if node.kind == "nabla":
        by = f"_{{{latex(node.by[0])}}}" if node.by and not isinstance(node.by[0], Empty) else ""
        order = f"^{{{len(node.by)}}}" if len(node.by) > 1 else ""
        return f"\\nabla{by}{order} {_operand(node.of)}"
    d = _DIFFERENTIAL.get(node.kind, r"\partial")
    order = "^{+}" if node.kind == "immediate" else f"^{{{len(node.by)}}}" if len(node.by) > 1 else ""
    below = r" \, ".join(f"{d} {_operand(by)}" for by in node.by)
    if isinstance(node.of, Symbol | Scripts | Apply | Group) or _is_call(node.of):
        return f"\\frac{{{d}{order} {latex(node.of)}}}{{{below}}}"
    return f"\\frac{{{d}{order}}}{{{below}}} {_operand(node.of)}"


def _is_call(node: Node) -> bool:
    """A symbol with a group behind it: ``f(x, w)``."""
    return isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1], Group)
