"""The functions that formulas may use without the snippet defining them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from eqtest.errors import ShapeError
from eqtest.formula.tokens import GREEK


def _softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, dim=-1)


def _log_softmax(x: Tensor) -> Tensor:
    return torch.log_softmax(x, dim=-1)


ELEMENTWISE: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "log": torch.log,
    "ln": torch.log,
    "lg": torch.log10,
    "tanh": torch.tanh,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "arcsin": torch.arcsin,
    "arccos": torch.arccos,
    "arctan": torch.arctan,
    "sigma": torch.sigmoid,
    "sigmoid": torch.sigmoid,
    "sigm": torch.sigmoid,
    "logistic": torch.sigmoid,
    "relu": torch.relu,
    "softplus": torch.nn.functional.softplus,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "sign": torch.sign,
    "sgn": torch.sign,
    "erf": torch.erf,
    "abs": torch.abs,
    "sqrt": torch.sqrt,
}
"""One number in, one number out, for every entry."""

ALONG_LAST: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": _softmax,
    "logsoftmax": _log_softmax,
    "log_softmax": _log_softmax,
}
"""From vectors to vectors along the last axis."""


def _of_square(function: Callable[[Tensor], Tensor], name: str) -> Callable[[Tensor], Tensor]:
    def checked(array: Tensor) -> Tensor:
        if array.dim() != 2 or array.shape[0] != array.shape[1]:
            raise ShapeError(f"shape: the {name} of an array of shape {tuple(array.shape)}")
        return function(array)

    return checked


REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": torch.max,
    "min": torch.min,
    "det": _of_square(torch.linalg.det, "determinant"),
    "tr": _of_square(torch.trace, "trace"),
    "trace": _of_square(torch.trace, "trace"),
}
"""From an array to a number."""


def find(name: str) -> tuple[Callable[[Tensor], Tensor], bool] | None:
    """The function of a name, in any case of its letters, and whether it is elementwise."""
    if name in GREEK and not name.islower():
        return None  # \Sigma is not \sigma
    key = name.lower().replace("-", "_").replace(" ", "_")
    if key in ELEMENTWISE:
        return ELEMENTWISE[key], True
    if key in ALONG_LAST:
        return ALONG_LAST[key], False
    if key in REDUCTIONS:
        return REDUCTIONS[key], False
    return None


def is_known(name: str) -> bool:
    """Whether a word before parentheses is a function; a single letter never is by itself."""
    return len(name) > 1 and (name in ("diag", "vec", "prod") or find(name) is not None)
