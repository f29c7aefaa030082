"""Reproducible numerics around the code of a snippet: float64, fixed seeds, and seeds moved together.

A formula is checked at several random points. Its first point is the run that the reader sees; for the others
every seed is moved, also one that the snippet sets itself, else ``torch.manual_seed(0)`` in a snippet would give
the same point each time.

torch and numpy are imported when a context is entered, never with this module.
"""

from __future__ import annotations

import operator
import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def reproducible(shift: int = 0) -> Iterator[None]:
    """Float64 and the generators of torch, random and numpy seeded with ``shift``; all of it restored at the end.

    With a ``shift`` other than zero every seed that is set inside the context is moved by it.
    """
    import numpy as np
    import torch

    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    with ExitStack() as stack:
        stack.callback(torch.set_rng_state, states[0])
        stack.callback(random.setstate, states[1])
        stack.callback(np.random.set_state, states[2])
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float64)
        _seed_torch(shift)
        random.seed(shift)
        np.random.seed(shift % 2**32)
        if shift:
            stack.enter_context(_seeds_moved(shift))
        yield


def _seed_torch(seed: int) -> None:
    """As ``torch.manual_seed``, which writes down the whole stack for every accelerator that might be used later.

    That takes longer than a small snippet; where torch is built for none, the one generator there is is seeded.
    """
    import torch

    accelerators = [getattr(torch.version, name, None) for name in ("cuda", "hip", "xpu")]
    if any(accelerators) or torch.backends.mps.is_built():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


@contextmanager
def _seeds_moved(shift: int) -> Iterator[None]:
    originals: list[tuple[Any, str, Any]] = []
    try:
        for module, name, replacement in _replacements(shift):
            originals.append((module, name, getattr(module, name)))
            setattr(module, name, replacement)
        yield
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def _replacements(shift: int) -> list[tuple[Any, str, Any]]:
    """The public ways of setting a seed, as (module, name, the same with its seed moved)."""
    import numpy as np
    import torch

    def moving(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            moved = {name: _moved(value, shift) for name, value in kwargs.items() if name in ("seed", "a")}
            return function(*(_moved(seed, shift) for seed in args[:1]), *args[1:], **kwargs | moved)

        return call

    class Generator(torch.Generator):
        def manual_seed(self, seed: Any) -> torch.Generator:
            return super().manual_seed(_moved(seed, shift))

    class Random(random.Random):
        def seed(self, a: Any = None, version: int = 2) -> None:
            super().seed(_moved(a, shift), version)

    class RandomState(np.random.RandomState):
        def __init__(self, seed: Any = None) -> None:
            super().__init__(_moved(seed, shift))

        def seed(self, seed: Any = None) -> None:
            super().seed(_moved(seed, shift))

    return [
        (torch, "manual_seed", moving(torch.manual_seed)),
        (torch.random, "manual_seed", moving(torch.random.manual_seed)),
        (torch, "Generator", Generator),
        (random, "seed", moving(random.seed)),
        (random, "Random", Random),
        (np.random, "seed", moving(np.random.seed)),
        (np.random, "default_rng", moving(np.random.default_rng)),
        (np.random, "RandomState", RandomState),
    ]


def _moved(seed: Any, shift: int) -> Any:
    """The seed moved by ``shift``, within the 32 bits that every generator accepts.

    No seed at all, and a generator handed on, stay as they are.
    """
    if isinstance(seed, str | bytes | bytearray):
        return f"{seed!r} moved by {shift}"
    if isinstance(seed, float):
        return seed + shift
    if isinstance(seed, list | tuple):
        return [*(_moved(part, shift) for part in seed)]
    try:
        return (operator.index(seed) + shift) % 2**32
    except TypeError:
        return seed
