"""Hypothesis strategies: trees in the shapes that the parser makes, and pieces of LaTeX in any order."""

from __future__ import annotations

from hypothesis import strategies as st

from eqtest.formula.names import is_transpose
from eqtest.formula.tree import (
    Apply,
    At,
    BigOperator,
    Derivative,
    Dots,
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

LETTERS = st.sampled_from([*"abcefhwxyzLNW", "alpha", "delta", "lambda", "Omega", "ell"])
numbers = st.sampled_from(["0", "1", "2", "10", "0.5", "3.25"]).map(Number)
letters = st.builds(
    Symbol, LETTERS, st.sampled_from(["", "bold", "cal", "bb"]), st.sampled_from([(), ("hat",), ("tilde", "bar")])
)
words = st.builds(Symbol, st.sampled_from(["softmax", "out", "in", "ReLU"]), st.just("operator"))
indices = st.one_of(
    st.sampled_from([Number("1"), Number("12"), Symbol("i"), Symbol("n")]),
    st.builds(lambda n, s: Sum((Symbol("n"), Number(n)), ("+", s)), st.sampled_from("12"), st.sampled_from("+-")),
    st.just(Product((Symbol("h"), Symbol("h")), ("",))),
    words,
)
superscripts = st.one_of(
    indices,
    st.sampled_from([Mark("T"), Mark("*"), Mark("dagger"), Group((Symbol("l"),)), Group((Symbol("t"),), "[")]),
    st.just(Sum((Number("1"),), ("-",))),
)
symbols = st.one_of(letters, words)
scripted = st.builds(
    Scripts,
    symbols,
    st.lists(indices, max_size=2).map(tuple),
    st.one_of(st.none(), superscripts),
    st.integers(0, 2),
).filter(lambda node: bool(node.sub or node.sup or node.primes))
names = st.one_of(symbols, scripted)


def _sum(terms: list[Node], signs: list[str]) -> Node:
    found = Sum(tuple(terms), tuple(signs[: len(terms)]))
    return terms[0] if found.signs == ("+",) else found


def _extended(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """One level more; an operand is never a bare sum, and big operators end their term."""
    groups = st.builds(lambda item, left: Group((item,), left), inner, st.sampled_from("([{<|") | st.just("||"))
    factors = st.one_of(names, numbers, groups, inner.filter(_is_factor))
    products = st.builds(
        lambda items, operators: Product(tuple(items), tuple(operators[: len(items) - 1])),
        st.lists(factors, min_size=2, max_size=4),
        st.lists(st.sampled_from(["", "times", "cdot", "odot", "*"]), min_size=3, max_size=3),
    )
    terms = st.one_of(factors, products)
    sums = st.builds(_sum, st.lists(terms, min_size=1, max_size=3), st.lists(st.sampled_from("+-"), min_size=3))
    calls = st.builds(lambda f, x: Product((f, Group((x,))), ("",)), names, inner)
    return st.one_of(
        sums,
        products,
        groups,
        st.builds(Quotient, inner, inner),
        st.builds(Root, inner),
        st.builds(Apply, st.sampled_from(["tanh", "exp", "log"]).map(_function), inner.map(lambda item: (item,))),
        st.builds(Apply, st.just(_function("max")), st.tuples(inner, inner)),
        st.builds(Derivative, names | calls | groups, st.lists(names, min_size=1, max_size=3).map(tuple), KINDS),
        st.builds(
            Derivative,
            names.filter(lambda name: not _is_transposed(name)),
            names.map(lambda by: (by,)),
            st.just("nabla"),
        ),
        st.builds(lambda name, of: Product((name, Increment(of)), ("",)), names, names | groups),
        st.builds(At, inner, st.builds(lambda x, a: (Relation((x, a), ("=",)),), letters, inner)),
        st.builds(
            lambda a, b, x, y: Matrix(((a, Relation((x, y), ("<",))), (b, Symbol("otherwise", "operator"))), "cases"),
            inner,
            inner,
            names,
            names,
        ),
        st.builds(
            BigOperator,
            st.sampled_from(["sum", "prod"]),
            indices.map(lambda low: (Relation((Symbol("i"), low), ("=",)),)),
            indices,
            products.map(_ending_in_the_index),
        ),
        st.builds(
            Matrix,
            st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple),
            st.sampled_from(["pmatrix", "bmatrix"]),
        ),
    )


def _is_transposed(name: Node) -> bool:
    """The transpose behind a nabla is the gradient's."""
    return isinstance(name, Scripts) and is_transpose(name.sup)


def _ending_in_the_index(body: Product) -> Product:
    """A product over an index reaches as far as the index does."""
    return Product((*body.factors, Scripts(Symbol("a"), (Symbol("i"),))), (*body.operators, "times"))


KINDS = st.sampled_from(["partial", "total"])


def _function(name: str) -> Symbol:
    return Symbol(name, "operator")


def _is_factor(node: Node) -> bool:
    return not isinstance(node, Sum | Product | BigOperator) and not _starts_a_term(node)


def _starts_a_term(node: Node) -> bool:
    """An operator form takes the rest of its term."""
    return isinstance(node, Derivative) and (node.kind == "nabla" or not isinstance(node.of, Symbol | Scripts | Group))


expressions = st.recursive(st.one_of(names, numbers), _extended, max_leaves=8)
relations = st.builds(
    lambda sides, kinds: Relation(tuple(sides), tuple(kinds[: len(sides) - 1])),
    st.lists(expressions | st.just(Dots("cdots")), min_size=1, max_size=3),
    st.lists(st.sampled_from(["=", "approx", "le", "<", "ne"]), min_size=2, max_size=2),
)

PIECES = [
    r"\frac", r"\partial", r"\nabla", "d", "a", "b", "x_1", "f", "{", "}", "(", ")", "[", "]", "|", r"\|", "_", "^",
    "'", "+", "-", r"\times", r"\cdot", "*", "/", "=", r"\le", r"\in", ",", ".", ";", ":", r"\\", "&", r"\sum",
    r"\prod", r"\tanh", r"\max", r"\hat", r"\bm", r"\mathrm", r"\mathrm{d}", r"\over", r"\cdots", r"\vdots", r"\top",
    r"\left", r"\right", r"\big", r"\text{foo}", r"\text{ }", r"\begin{aligned}", r"\end{aligned}", r"\begin{matrix}",
    r"\end{matrix}", r"\quad", "1", "10", "0.5", r"\sqrt", r"\prime", r"\underbrace", r"\stackrel", r"\delta", "$", "%",
    "\n", "#1", r"\{", r"\}", r"\langle", r"\rangle", "_{i=1}", "{a}", "{b}", "(a)", r"\partial^2", r"{\partial a}",
    r"\tag{1}", r"\mid", r"{\rm", r"\sqrt[", r"\substack",
    "\u00e9", "\\", r"\foo", r"\frac{\partial a}{\partial b}", "\u22ef", "\U0001d465",
]  # fmt: skip
pieces = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=14
).map(" ".join)
