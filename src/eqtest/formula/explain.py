"""Where a chain of derivatives breaks, told from its symbols alone."""

from __future__ import annotations

from eqtest.formula.plain import plain
from eqtest.formula.tree import Derivative, Product, Relation, walk
from eqtest.span import Span


def broken_chain(row: Relation) -> tuple[str, Span] | None:
    """The first factor of a product of derivatives that does not end where the next one starts.

    ``factor 2 is ∂y/∂h_2, the next starts at h_3``, with the place of the factor.
    """
    for side in row.sides[1:]:
        for node in walk(side):
            if not isinstance(node, Product):
                continue
            for number, (left, right) in enumerate(zip(node.factors, node.factors[1:], strict=False), 1):
                if not isinstance(left, Derivative) or not isinstance(right, Derivative):
                    continue
                if "nabla" in (left.kind, right.kind):
                    continue
                if left.by[-1:] not in ((), (right.of,)):
                    message = f"factor {number} is {plain(left)}, the next starts at {plain(right.of)}"
                    return message, left.span
    return None
