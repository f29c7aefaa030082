"""Tree -> one line of plain text for messages: ``∂h_3/∂h_2``."""

from __future__ import annotations

from eqtest.formula.latex import latex
from eqtest.formula.names import is_transpose
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
    Derivative,
    Dots,
    Group,
    Increment,
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

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "phi": "φ", "varphi": "φ", "pi": "π", "sigma": "σ", "tau": "τ", "omega": "ω", "ell": "ℓ",
    "Sigma": "Σ", "Theta": "Θ", "Delta": "Δ", "Omega": "Ω", "Phi": "Φ", "Lambda": "Λ", "psi": "ψ", "rho": "ρ",
}  # fmt: skip
RELATIONS = {"le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈"}
_BRACKETS = {"[": "[]", "{": "{}", "|": "||", "||": "‖‖", "<": "⟨⟩"}
_OPERATORS = {"times": " × ", "cdot": "·", "odot": " ⊙ ", "otimes": " ⊗ ", "*": " * "}


def plain(node: Node) -> str:
    """A node in a line; what has no plain form is shown as LaTeX."""
    match node:
        case Number(text=text):
            return text
        case Dots(kind=kind):
            return "⋮" if kind == "vdots" else "⋯"
        case Symbol(name=name, accents=accents):
            return _GREEK.get(name, name) + "".join(f"_{accent}" for accent in accents)
        case Scripts(base=base, sub=sub, sup=sup, primes=primes):
            below = ",".join(plain(item).replace(" ", "") for item in sub)
            above = "" if sup is None else "ᵀ" if is_transpose(sup) else f"^{_tight(sup)}"
            return (
                plain(base) + "'" * primes + (f"_{below}" if len(below) == 1 else f"_{{{below}}}" * bool(sub)) + above
            )
        case Group(items=(item,), left="{}"):
            return plain(item)
        case Group(items=items, left="("):
            return f"({', '.join(map(plain, items))})"
        case Group(items=items, left=left) if left in _BRACKETS:
            return f"{_BRACKETS[left][0]}{', '.join(map(plain, items))}{_BRACKETS[left][1]}"
        case Root(radicand=radicand):
            return f"√({plain(radicand)})"
        case Sum(terms=terms, signs=signs):
            text = " ".join(f"{sign} {plain(term)}" for sign, term in zip(signs, terms, strict=True))
            return text.removeprefix("+ ") if not text.startswith("- ") else f"-{text[2:]}"
        case Product(factors=factors, operators=operators):
            parts = [_factor(factors[0])]
            for operator, factor in zip(operators, factors[1:], strict=True):
                juxtaposed = "" if isinstance(factor, Group) else " "
                parts.append(_OPERATORS.get(operator, juxtaposed) + _factor(factor))
            return "".join(parts)
        case Quotient(numerator=above_, denominator=below_):
            return f"{_factor(above_)}/{_factor(below_)}"
        case Derivative(of=of, by=by, kind=kind):
            d = "∂" if kind != "total" else "d"
            order = {1: "", 2: "²", 3: "³"}.get(len(by), f"^{len(by)}")
            return f"{d}{order}{_factor(of)}/" + "".join(f"{d}{_factor(item)}" for item in by)
        case BigOperator(kind=kind, conditions=conditions, upper=upper, body=body):
            limit = "" if upper is None else f"^{_tight(upper)}"
            sign = {"sum": "Σ", "prod": "Π", "mean": "E"}.get(kind, kind)
            return f"{sign}_{{{','.join(plain(item).replace(' ', '') for item in conditions)}}}{limit} {_factor(body)}"
        case Increment(of=of):
            return f"d{_factor(of)}"
        case At(of=of, conditions=conditions):
            return f"{_factor(of)} |_{{{', '.join(map(plain, conditions))}}}"
        case Relation(sides=sides, relations=relations) if len(relations) == len(sides) - 1:
            rest = [f" {RELATIONS.get(r, r)} {plain(side)}" for r, side in zip(relations, sides[1:], strict=True)]
            return plain(sides[0]) + "".join(rest)
        case Apply(function=function, arguments=arguments):
            return f"{plain(function)}({', '.join(map(plain, arguments))})"
    return latex(node)


def _factor(node: Node) -> str:
    return f"({plain(node)})" if isinstance(node, Sum) else plain(node)


def _tight(node: Node) -> str:
    text = plain(node).replace(" ", "")
    return text if len(text) == 1 or text.startswith("(") else f"{{{text}}}"
