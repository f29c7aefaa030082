"""The options of a check as authors write them, texts by option name -> :class:`~eqtest.options.CheckOptions`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from eqtest.options import CheckOptions, Macro

Settings = Mapping[str, str]
"""The options of a check as the author wrote them, by option name."""

MAPPINGS = ("symbols", "partials", "macros")
TEXTS = ("where", "ranges", "rows", "layout", "derivative", "product-order", "expect")
NUMBERS: dict[str, type[int] | type[float]] = {"index-base": int, "trials": int, "rtol": float, "approx": float}


def merge(base: Settings, over: Settings) -> Settings:
    """``over`` replaces what ``base`` says; ``symbols``, ``partials`` and ``macros`` are merged line by line."""
    both = {name: f"{over[name]}\n{base[name]}" for name in MAPPINGS if name in base and over.get(name)}
    return {**base, **over, **both}


def read_settings(
    settings: Settings, symbols: Mapping[str, str], macros: Mapping[str, Macro], **defaults: Any
) -> CheckOptions:
    """The options of one check, over those of the document. Raises ``ValueError`` in words meant for the author."""
    values: dict[str, Any] = {name.replace("-", "_"): settings[name].strip() for name in TEXTS if settings.get(name)}
    values |= {name.replace("-", "_"): _number(name, settings[name]) for name in NUMBERS if settings.get(name)}
    lines = {name: _lines(name, settings.get(name, "")) for name in MAPPINGS}
    mappings = {
        "symbols": {**symbols, **lines["symbols"]},
        "macros": {**macros, **{name.lstrip("\\"): macro(body) for name, body in lines["macros"].items()}},
        "partials": lines["partials"],
    }
    return CheckOptions(**{**defaults, **mappings, **values})


def macro(body: str) -> Macro:
    """An expansion with the number of its arguments, counted in it."""
    arguments = max((int(digit) for digit in re.findall(r"#(\d)", body)), default=0)
    return (body, arguments) if arguments else body


def _number(name: str, text: str) -> int | float:
    try:
        return NUMBERS[name](text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, expected a number") from None


def _lines(name: str, text: str) -> dict[str, str]:
    """``pattern: expression``, one a line; where a pattern occurs twice the first is taken."""
    result: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        pattern, colon, expression = line.partition(": ")
        if not (colon and pattern.strip() and expression.strip()):
            raise ValueError(f"{name} has the line {line!r}, expected 'pattern: expression'")
        result.setdefault(pattern.strip(), expression.strip())
    return result
