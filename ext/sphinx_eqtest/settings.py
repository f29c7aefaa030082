"""The options that authors may write, and those of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils.parsers.rst import directives

from eqtest.settings import MAPPINGS, NUMBERS, TEXTS, macro, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sphinx.config import Config

    from eqtest.options import CheckOptions, Macro
    from eqtest.settings import Settings


def _option(name: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        value: str = directives.unchanged(text)
        read_settings({name: value}, symbols={}, macros={})  # for its mistakes
        return value

    return convert


OPTIONS: dict[str, Callable[[str], str]] = {name: _option(name) for name in ("snippet", *TEXTS, *MAPPINGS, *NUMBERS)}
"""The options that ``eqtest`` and ``eqtest-context`` share."""


def check_options(settings: Settings, config: Config) -> CheckOptions:
    """The options of one check. Raises ``ValueError`` in words meant for the author."""
    return read_settings(
        settings,
        symbols=config.eqtest_symbols,
        macros={**math_macros(config), **_plain_macros(config.eqtest_macros)},
        trials=config.eqtest_trials,
        rtol=config.eqtest_rtol,
        max_cases=config.eqtest_max_cases,
    )


def math_macros(config: Config) -> dict[str, Macro]:
    """The macros of the site's math configuration: MathJax's and KaTeX's, as far as an extension defines them."""
    macros: dict[str, Any] = {}
    for name in ("mathjax3_config", "mathjax4_config"):
        tex = (getattr(config, name, None) or {}).get("tex", {})
        macros |= tex.get("macros", {})
    macros |= getattr(config, "katex_macros", None) or {}
    return _plain_macros(macros)


def _plain_macros(macros: Mapping[str, Any]) -> dict[str, Macro]:
    """Names without their backslash; ``"body"``, ``[body, number of arguments]`` or ``[..., default of the first]``."""
    return {
        name.lstrip("\\"): macro(value) if isinstance(value, str) else tuple(value[:3])
        for name, value in macros.items()
        if is_macro(value)
    }


def is_macro(value: Any) -> bool:
    """Whether a value is an expansion, alone or with the number of its arguments (and, in MathJax, their defaults)."""
    if isinstance(value, list | tuple):
        kinds = (str, int, str)
        return len(value) > 1 and all(isinstance(item, kind) for item, kind in zip(value, kinds, strict=False))
    return isinstance(value, str)
