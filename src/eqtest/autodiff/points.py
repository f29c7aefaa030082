"""The points at which a formula is checked: namespaces drawn for assignments of integers and trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from eqtest.autodiff.outcome import Draw
from eqtest.autodiff.sample import same_values
from eqtest.autodiff.summary import ORDER_POINTS
from eqtest.formula.where import Assignment

MORE_DRAWS = 8


class Points:
    """The points at which a formula is checked; iterating again draws the same ones again.

    A snippet that draws nothing at random gives the same values in every trial and is checked at its one point.
    """

    def __init__(self, draw: Draw, chosen: Sequence[Assignment], trials: int) -> None:
        self._draw = draw
        self._assignments = chosen
        self.trials = trials
        self.random = True

    def __iter__(self) -> Iterator[tuple[Assignment, int, Mapping[str, Any]]]:
        for assignment in self._assignments:
            first: Mapping[str, Any] | None = None
            for trial in range(self.trials):
                namespace = self._draw(assignment, trial)
                if trial == 1 and first is not None and same_values(first, namespace):
                    self.trials, self.random = 1, False
                    break
                first = first if first is not None else namespace
                yield assignment, trial, namespace

    def longer(self) -> Iterator[tuple[Assignment, int, Mapping[str, Any]]]:
        """The points, and further draws."""
        return chain(self, self.more())

    def more(self) -> Iterator[tuple[Assignment, int, Mapping[str, Any]]]:
        """Further draws at the last of the assignments, the largest."""
        for trial in range(self.trials, self.trials + max(MORE_DRAWS, ORDER_POINTS)):
            yield self._assignments[-1], trial, self._draw(self._assignments[-1], trial)
