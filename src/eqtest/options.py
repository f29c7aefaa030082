"""The options of a check: the keyword arguments of :func:`eqtest.check` as one plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RTOL = 1e-9
"""What rounding may come to where nobody says otherwise."""
Layout = Literal["numerator", "denominator", "gradient"]
Macro = str | tuple[str, int] | tuple[str, int, str]
"""A macro's expansion, or its expansion and the number of its arguments; a third item stands for the first argument
where that is optional and left out."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How one formula is checked; the documentation of the directive ``eqtest`` says what each option means.

    Raises ``TypeError`` for a value of another type, ``ValueError`` for one outside its range.
    """

    where: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, Macro] = field(default_factory=dict)
    ranges: str = ""
    rows: str = ""
    partials: Mapping[str, str] = field(default_factory=dict)
    layout: Layout = "numerator"
    derivative: Literal["auto", "total", "partial"] = "auto"
    product_order: Literal["ascending", "descending"] = "ascending"
    index_base: int = 0
    expect: Literal["holds", "fails"] = "holds"
    trials: int = 3
    rtol: float = RTOL
    approx: float = 1e-2
    """Relative tolerance of ``\\approx``."""
    seed: int = 0
    max_cases: int = 64

    def __post_init__(self) -> None:
        choices = {
            "layout": ("numerator", "denominator", "gradient"),
            "derivative": ("auto", "total", "partial"),
            "product_order": ("ascending", "descending"),
            "expect": ("holds", "fails"),
            "index_base": (0, 1),
        }
        kinds: dict[str, type | tuple[type, ...]] = {
            **dict.fromkeys(("where", "ranges", "rows"), str),
            **dict.fromkeys(("symbols", "macros", "partials"), Mapping),
            **dict.fromkeys(("trials", "seed", "max_cases", "index_base"), int),
            **dict.fromkeys(("rtol", "approx"), (int, float)),
        }
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind) or isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} is a {type(getattr(self, name)).__name__}")
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                expected = ", ".join(map(repr, allowed))
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {expected}")
        for name in ("trials", "max_cases"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected at least 1")
        for name in ("rtol", "approx"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected a number between 0 and 1")
