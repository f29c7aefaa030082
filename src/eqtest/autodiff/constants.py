"""Letters with a fixed meaning where the snippet binds nothing to them: the identity, ones, deltas, e, pi."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from eqtest.autodiff.jacobian import Dense, Identity
from eqtest.autodiff.scripted import with_exponent
from eqtest.autodiff.values import Constant, Ones, Value, entrywise
from eqtest.formula.names import is_transpose
from eqtest.formula.scope import integer
from eqtest.formula.tree import Group, Node, Product, Relation, Scripts, Symbol

if TYPE_CHECKING:
    from eqtest.autodiff.evaluate import Evaluator


def constant(evaluator: Evaluator, node: Node) -> Value | None:
    """What such a letter stands for; ``None`` for any other symbol."""
    match node:
        case Symbol(name="pi", accents=()):
            return Constant(math.pi)
        case (
            Symbol(name="e", font="" | "roman", accents=()) | Scripts(base=Symbol(name="e"), sub=(), primes=0, sup=None)
        ):
            return Constant(math.e)
        case Scripts(base=Symbol(name="e", font="" | "roman", accents=()), sub=(), primes=0, sup=Node() as exponent):
            return entrywise(torch.exp, evaluator.evaluate(exponent))
        case Symbol(name="ones") | Scripts(base=Symbol(name="ones"), sub=()):
            sup = node.sup if isinstance(node, Scripts) else None
            return Ones(transposed=sup is not None) if sup is None or is_transpose(sup) else None
        case Scripts(base=Symbol(name="ones"), sub=(size,)) if integer(size, evaluator.scope) is not None:
            vector: Value = Dense.of_tensor(torch.ones(max(0, integer(size, evaluator.scope) or 0)))
            return vector if node.sup is None else with_exponent(evaluator, vector, node.sup)
        case Symbol(name="I", accents=()):
            return Constant(1.0)
        case Scripts(base=Symbol(name="I"), sub=(size,), sup=None, primes=0):
            count = integer(size, evaluator.scope)
            return None if count is None or count < 1 else Identity((count,))
        case Scripts(
            base=Symbol(name="ones" | "I"),
            sub=(Relation() as condition,) | (Group(items=(Relation() as condition,)),),
            sup=None,
            primes=0,
        ):
            return evaluator.reductions.indicator(condition)
        case Scripts(base=Symbol(name="delta"), sub=subs, sup=None, primes=0):
            items = subs[0].factors if len(subs) == 1 and isinstance(subs[0], Product) else subs
            numbers = [integer(item, evaluator.scope) for item in items]
            return Constant(float(numbers[0] == numbers[1])) if len(numbers) == 2 and None not in numbers else None
    return None
