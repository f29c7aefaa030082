"""From the options that an author wrote to the :class:`~eqtest.options.CheckOptions` of the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils.parsers.rst import directives

from eqtest.options import CheckOptions, Macro

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sphinx.config import Config

    from sphinx_eqtest.records import Settings

_MAPPINGS = ("symbols", "partials", "macros")
_TEXTS = ("where", "ranges", "rows", "layout", "derivative", "product-order", "expect")
_NUMBERS: dict[str, type[int] | type[float]] = {"index-base": int, "trials": int, "rtol": float, "approx": float}

OPTION_SPEC: dict[str, Callable[[str], Any]] = dict.fromkeys(
    ("snippet", *_TEXTS, *_MAPPINGS, *_NUMBERS), directives.unchanged
)
"""The options that ``eqtest`` and ``eqtest-context`` share."""


def merge(base: Settings, over: Settings) -> Settings:
    """``over`` replaces what ``base`` says; ``symbols``, ``partials`` and ``macros`` are merged line by line."""
    both = {name: f"{over[name]}\n{base[name]}" for name in _MAPPINGS if name in base and over.get(name)}
    return {**base, **over, **both}


def check_options(settings: Settings, config: Config) -> CheckOptions:
    """The options of one check. Raises ``ValueError`` in words meant for the author."""
    values: dict[str, Any] = {name.replace("-", "_"): settings[name].strip() for name in _TEXTS if settings.get(name)}
    values |= {name.replace("-", "_"): _number(name, settings[name]) for name in _NUMBERS if settings.get(name)}
    lines = {name: _lines(name, settings.get(name, "")) for name in _MAPPINGS}
    macros = {name.lstrip("\\"): _macro(body) for name, body in lines["macros"].items()}
    defaults: dict[str, Any] = {
        "trials": config.eqtest_trials,
        "rtol": config.eqtest_rtol,
        "max_cases": config.eqtest_max_cases,
        "symbols": {**config.eqtest_symbols, **lines["symbols"]},
        "macros": {**math_macros(config), **_plain_macros(config.eqtest_macros), **macros},
        "partials": lines["partials"],
    }
    return CheckOptions(**{**defaults, **values})


def math_macros(config: Config) -> dict[str, Macro]:
    """The macros of the site's math configuration: MathJax's and KaTeX's, as far as an extension defines them."""
    macros: dict[str, Any] = {}
    for name in ("mathjax3_config", "mathjax4_config"):
        tex = (getattr(config, name, None) or {}).get("tex", {})
        macros |= tex.get("macros", {})
    macros |= getattr(config, "katex_macros", None) or {}
    return _plain_macros(macros)


def _plain_macros(macros: Mapping[str, Any]) -> dict[str, Macro]:
    """Names without their backslash; ``"body"`` or ``[body, number of arguments, ...]``."""
    return {
        name.lstrip("\\"): _macro(value) if isinstance(value, str) else (str(value[0]), int(value[1]))
        for name, value in macros.items()
    }


def _macro(body: str) -> Macro:
    arguments = max((int(digit) for digit in re.findall(r"#(\d)", body)), default=0)
    return (body, arguments) if arguments else body


def _number(name: str, text: str) -> int | float:
    try:
        return _NUMBERS[name](text)
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
