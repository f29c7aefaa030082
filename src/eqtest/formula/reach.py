r"""Sums printed without brackets: in ``\sum_i a_i + b_i`` the sum reaches over every term that needs its index."""

from __future__ import annotations

from dataclasses import replace

from eqtest.formula.indices import free_names, running_names
from eqtest.formula.tree import BigOperator, Node, Product, Sum, rebuild


def extend_sums(node: Node, bound: frozenset[str]) -> Node:
    """A copy in which a sum takes in the terms behind it that contain its running index.

    ``bound`` are letters with a value of their own: a term may contain those without belonging to the sum.  A sign
    before the sum stays before all of it.
    """
    node = rebuild(node, lambda child: extend_sums(child, bound))
    if not isinstance(node, Sum):
        return node
    terms, signs = list(node.terms), list(node.signs)
    position = 0
    while position < len(terms) - 1:
        names = _open_index(terms[position]) - bound
        end = position + 1
        while end < len(terms) and free_names(terms[end], names):
            end += 1
        if end > position + 1:
            taken = list(zip(terms[position + 1 : end], signs[position + 1 : end], strict=True))
            terms[position:end] = [_taking(terms[position], taken)]
            del signs[position + 1 : end]
        position += 1
    if len(terms) == 1 and signs == ["+"]:
        return terms[0]
    return replace(node, terms=tuple(terms), signs=tuple(signs))


def _open_index(term: Node) -> frozenset[str]:
    """The running indices of a sum that stands last in a term."""
    last = term.factors[-1] if isinstance(term, Product) else term
    return running_names(last) if isinstance(last, BigOperator) and last.kind != "prod" else frozenset()


def _taking(term: Node, more: list[tuple[Node, str]]) -> Node:
    """A term whose last sum has more terms in its body."""
    if isinstance(term, Product):
        return replace(term, factors=(*term.factors[:-1], _taking(term.factors[-1], more)))
    assert isinstance(term, BigOperator)
    body = term.body
    first, signs = (body.terms, body.signs) if isinstance(body, Sum) else ((body,), ("+",))
    terms = (*first, *(item for item, _ in more))
    return replace(term, body=Sum(terms, (*signs, *(sign for _, sign in more)), span=body.span | more[-1][0].span))
