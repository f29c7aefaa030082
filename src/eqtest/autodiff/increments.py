r"""Differentials: ``\mathrm d(X^{-1})``, the change of an expression along the changes ``dX`` of its variables."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from eqtest.autodiff.jacobian import Dense, Jacobian
from eqtest.autodiff.sample import leads_to
from eqtest.autodiff.values import Value
from eqtest.errors import UnsupportedError
from eqtest.formula.names import spellings
from eqtest.formula.scope import is_tensor
from eqtest.formula.tree import Increment, Symbol, walk

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def increment(evaluator: Evaluator, node: Increment) -> Value:
    """The directional derivative of an expression along every ``dX`` that the snippet binds beside an ``X``."""
    named = _named(evaluator, node)
    if named is not None:
        return Dense.of_tensor(evaluator.checked(named, "a differential", node))
    of = evaluator.differentiation.tensor(node.of)
    namespace = evaluator.scope.namespace
    changes = []
    for name, value in (_printed(evaluator, node) or _leaves(namespace)).items():
        change = _change(evaluator, name)
        if change is not None and change.shape == value.shape and (value is of or leads_to(value, of)):
            changes.append(Jacobian(of, value, evaluator.live).jvp(change))
    if not changes:
        message = (
            "a differential that is not part of a derivative: its variables need changes, dX beside X, in the snippet"
        )
        raise UnsupportedError(message, node.span)
    return Dense.of_tensor(sum(changes[1:], changes[0]))


def _leaves(namespace: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in namespace.items() if is_tensor(value) and value.is_leaf}


def _printed(evaluator: Evaluator, node: Increment) -> dict[str, Tensor]:
    """The variables that are printed and have changes, unless one of them was computed from another."""
    names = [name for item in walk(node.of) if isinstance(item, Symbol) for name in spellings(item)]
    found = {name: evaluator.scope.namespace.get(name) for name in names if _change(evaluator, name) is not None}
    tensors = {name: value for name, value in found.items() if isinstance(value, Tensor) and value.requires_grad}
    apart = not any(a is not b and leads_to(a, b) for a, b in itertools.permutations(tensors.values(), 2))
    return tensors if apart else {}


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
