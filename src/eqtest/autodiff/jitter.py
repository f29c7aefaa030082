"""Zero up to rounding: how large a value would be if its terms did not cancel."""

from __future__ import annotations

import torch
from torch import Tensor

SIZE = 1e-7
ZERO = 1e-12
"""A value below this fraction of its terms is zero."""


class Jitter:
    """Multiplies every entry by a random factor near one.

    A value that is zero because its terms cancel becomes as large as ``SIZE`` times the terms; any other value hardly
    changes.  (The idea of stochastic arithmetic: Vignes 1993.)  What belongs to one owner keeps its factors, so that an
    expression minus itself stays zero.
    """

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._noise: dict[tuple[int, torch.Size], tuple[object, Tensor]] = {}

    def __call__(self, array: Tensor, owner: object) -> Tensor:
        key = (id(owner), array.shape)
        if key not in self._noise:
            noise = torch.randn(array.shape, generator=self._generator, dtype=torch.float64)
            self._noise[key] = (owner, noise)
        return array * (1 + SIZE * self._noise[key][1])


def cancels(value: Tensor, jittered: Tensor) -> float | None:
    """The size of a value relative to its terms, if that makes it a zero; else ``None``."""
    change = float((jittered - value).abs().max()) / SIZE if value.numel() else 0.0
    size = float(value.abs().max()) if value.numel() else 0.0
    if not change or not size <= ZERO * change:
        return None
    return size / change


def amplified(before: Tensor, after: Tensor) -> float:
    """The rounding errors that a value may have gathered, judged by how far jitter has moved it."""
    change = float((after - before).abs().max()) / SIZE if before.numel() else 0.0
    return torch.finfo(torch.float64).eps * change
