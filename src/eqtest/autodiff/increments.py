r"""Differentials: ``\mathrm d(X^{-1})``, the change of an expression along the changes ``dX`` of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from eqtest.autodiff.jacobian import Dense, Jacobian
from eqtest.autodiff.sample import leads_to
from eqtest.autodiff.values import Value
from eqtest.errors import UnsupportedError
from eqtest.formula.names import spellings
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import Increment, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def increment(evaluator: Evaluator, node: Increment) -> Value:
    """The directional derivative of an expression along every ``dX`` that the snippet binds beside an ``X``."""
    named = _named(evaluator, node)
    if named is not None:
        return Dense.of_tensor(evaluator.checked(named, "a differential", node))
    of = evaluator.differentiation.tensor(node.of)
    namespace = evaluator.scope.namespace
    leaves = {name: value for name, value in namespace.items() if is_tensor(value) and value.is_leaf}
    changes = []
    for name, value in leaves.items():
        change = _change(evaluator, name)
        if change is not None and change.shape == value.shape and (value is of or leads_to(value, of)):
            changes.append(Jacobian(of, value, evaluator.live).jvp(change))
    if not changes:
        message = (
            "a differential that is not part of a derivative: its variables need changes, dX beside X, in the snippet"
        )
        raise UnsupportedError(message, node.span)
    return Dense.of_tensor(sum(changes[1:], changes[0]))


def _named(evaluator: Evaluator, node: Increment) -> Tensor | None:
    """``dX`` of a single symbol, where the snippet binds it."""
    if not isinstance(node.of, Symbol):
        return None
    found = (_change(evaluator, name) for name in spellings(node.of))
    return next((value for value in found if value is not None), None)


def _change(evaluator: Evaluator, name: str) -> Tensor | None:
    namespace = evaluator.scope.namespace
    found = namespace.get(f"d{name}", namespace.get(f"d_{name}"))
    return found if isinstance(found, Tensor) else None
