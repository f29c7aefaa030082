"""What the variants of a row share with it is evaluated once at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from eqtest.autodiff.values import Value
from eqtest.errors import FormulaError
from eqtest.formula.ellipsis import has_dots
from eqtest.formula.scope import Scope
from eqtest.formula.tree import BigOperator, Node, walk
from eqtest.options import CheckOptions

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


class Memory:
    """The values of the parts of one tree, which its variants have too; they are told by identity, not by look."""

    def __init__(self, tree: Node) -> None:
        self.has_dots = has_dots(tree)
        """Whether variants have to be written out: an edit puts no dots in."""
        self._nodes = {id(node): node for node in walk(tree)}
        self._values: dict[tuple[int, int, int, bool], tuple[Scope, CheckOptions, Value | FormulaError]] = {}
        self._scopes: dict[tuple[int, int, int], tuple[BigOperator, Scope, list[Scope]]] = {}

    def value(self, node: Node, evaluator: Evaluator, evaluate: Callable[[Node], Value]) -> Value:
        """The value of a node, or the mistake in it, evaluated at its first use."""
        if id(node) not in self._nodes:
            return evaluate(node)
        key = (id(node), id(evaluator.scope), id(evaluator.options), evaluator.live)
        known = self._values.get(key)
        if known is None:
            found: Value | FormulaError
            try:
                found = evaluate(node)
            except FormulaError as error:
                found = error
            known = self._values[key] = (evaluator.scope, evaluator.options, found)
        if isinstance(known[2], FormulaError):
            raise known[2].with_traceback(None)
        return known[2]

    def scopes(self, node: BigOperator, outer: Scope, make: Callable[[BigOperator], Iterable[Scope]]) -> list[Scope]:
        """The scopes of the terms of a sum: the very same for all sums with these limits."""
        key = (id(node.conditions), id(node.upper), id(outer))
        if key not in self._scopes:
            self._scopes[key] = (node, outer, list(make(node)))
        return self._scopes[key][2]
