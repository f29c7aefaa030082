"""Every seed moves with the trial, and nothing stays moved."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from eqtest.errors import SnippetError
from eqtest.execution.cell import Cell
from eqtest.execution.session import draw

DRAWS = [
    "import torch; x = torch.rand(1).item()",
    "import random; x = random.random()",
    "import numpy as np; x = np.random.rand()",
    "import torch; torch.manual_seed(3); x = torch.rand(1).item()",
    "from torch import manual_seed, rand; manual_seed(3); x = rand(1).item()",
    "import torch; torch.random.manual_seed(3); x = torch.rand(1).item()",
    "import torch; x = torch.rand(1, generator=torch.Generator().manual_seed(3)).item()",
    "import random; random.seed(3); x = random.random()",
    "import random; random.seed(a=3, version=2); x = random.random()",
    "import random; random.seed('three'); x = random.random()",
    "import random; x = random.Random(3).random()",
    "import numpy as np; np.random.seed(2**32 - 1); x = np.random.rand()",
    "import numpy as np; np.random.seed([1, 2]); x = np.random.rand()",
    "import numpy as np; x = np.random.default_rng(3).random()",
    "import numpy as np; x = np.random.default_rng(seed=np.int64(3)).random()",
    "import numpy as np; x = np.random.RandomState(3).rand()",
]


def value(code: str, seed: int, trial: int) -> float:
    return float(draw([Cell("a", code)], {}, seed, trial)["x"])


@pytest.mark.parametrize("code", DRAWS)
def test_points_differ_and_repeat(code: str) -> None:
    points = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    values = [value(code, *point) for point in points]
    assert len(set(values)) == len(points)
    assert [value(code, *point) for point in points] == values


@pytest.mark.parametrize("code", DRAWS[3:])
def test_first_point_uses_the_seeds_as_written(code: str) -> None:
    namespace: dict[str, float] = {}
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        exec(code, namespace)
    finally:
        torch.set_default_dtype(dtype)
    assert value(code, 0, 0) == namespace["x"]


def test_seeding_is_restored_when_the_code_raises() -> None:
    names = [(torch, "manual_seed"), (torch.random, "manual_seed"), (torch, "Generator"), (random, "seed")]
    names += [(random, "Random"), (np.random, "seed"), (np.random, "default_rng"), (np.random, "RandomState")]
    before = [getattr(module, name) for module, name in names]
    with pytest.raises(SnippetError):
        draw([Cell("a", "import torch, random\nassert torch.manual_seed is random.seed")], {}, 0, 1)
    assert [getattr(module, name) for module, name in names] == before


def test_a_generator_handed_on_is_not_moved_twice() -> None:
    code = "import numpy as np; g = np.random.default_rng(3); x = float(np.random.default_rng(g) is g)"
    assert value(code, 0, 1) == 1.0
