"""The configuration values.

They all take effect in the verification, where they are part of what names a result; so none makes Sphinx read
the pages again.
"""

from __future__ import annotations

import sys
from math import inf
from typing import TYPE_CHECKING, Any

from sphinx.config import ENUM

from eqtest.execution.cell import DEFAULT_MEMORY_LIMIT, DEFAULT_TIMEOUT
from eqtest.execution.cluster import SCHEME
from sphinx_eqtest.settings import is_macro
from sphinx_eqtest.warn import warn_config

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def check_workers(app: Sphinx, config: Config) -> None:
    """Make a number of what the command line gave as text; say what is neither that nor an address."""
    workers = str(config.eqtest_workers or 0)
    if workers.startswith(SCHEME):
        return
    if not workers.isdecimal():
        message = f"eqtest_workers is {workers!r}, expected a number or '{SCHEME}host:port'; the default is taken"
        warn_config(message, app, "eqtest_workers")
    config.eqtest_workers = int(workers) or None if workers.isdecimal() else None


_NUMBERS: dict[str, tuple[type[int] | tuple[type[int], type[float]], float, float, str]] = {
    "eqtest_trials": (int, 1, inf, "an integer of at least 1"),
    "eqtest_max_cases": (int, 1, inf, "an integer of at least 1"),
    "eqtest_rtol": ((int, float), sys.float_info.min, 1 - 2**-53, "a number between 0 and 1"),
    "eqtest_timeout": ((int, float), sys.float_info.min, sys.float_info.max, "a positive number"),
    "eqtest_memory_limit": ((int, float), sys.float_info.min, sys.float_info.max, "a positive number"),
    "eqtest_min_coverage": ((int, float), 0, 1, "a number from 0 to 1"),
}
"""Types, least, greatest, and both in words."""


def check_numbers(app: Sphinx, config: Config) -> None:
    """What is no such number is said, and the default taken."""
    for name, (types, least, greatest, words) in _NUMBERS.items():
        default = app.config.values[name].default
        value: Any = default if config[name] is None else config[name]
        if not isinstance(value, types) or isinstance(value, bool) or not least <= value <= greatest:
            warn_config(f"{name} is {value!r}, expected {words}; the default is taken", app, name)
            value = default
        config[name] = value


def check_mappings(app: Sphinx, config: Config) -> None:
    """What is no symbol and no macro is said, and left out."""
    for name, fits, words in (
        ("eqtest_symbols", _is_symbol, "a Python expression as a string"),
        ("eqtest_macros", is_macro, "a string or [definition, number of arguments]"),
    ):
        given = config[name] if isinstance(config[name], dict) else {}
        for key, value in given.items():
            if not fits(value):
                warn_config(f"{name} has {value!r} for {key!r}, expected {words}; it is left out", app, name)
        config[name] = {key: value for key, value in given.items() if fits(value)}


def _is_symbol(value: object) -> bool:
    return isinstance(value, str)


def setup(app: Sphinx) -> None:
    app.add_config_value("eqtest_mode", "auto", "", ENUM("auto", "force", "off"))
    app.add_config_value("eqtest_trials", 3, "", frozenset({int}))
    app.add_config_value("eqtest_rtol", 1e-9, "", frozenset({float}))
    app.add_config_value("eqtest_max_cases", 64, "", frozenset({int}))
    app.add_config_value("eqtest_timeout", DEFAULT_TIMEOUT, "", frozenset({int, float}))
    app.add_config_value("eqtest_memory_limit", DEFAULT_MEMORY_LIMIT, "", frozenset({int}))
    app.add_config_value("eqtest_workers", None, "", frozenset({int, str, type(None)}))
    app.add_config_value("eqtest_cache_dir", None, "", frozenset({str, type(None)}))
    app.connect("config-inited", check_workers)
    app.connect("config-inited", check_numbers)
    app.connect("config-inited", check_mappings)
    app.add_config_value("eqtest_min_coverage", 0.0, "", frozenset({int, float}))
    app.add_config_value("eqtest_symbols", {}, "", frozenset({dict}))
    app.add_config_value("eqtest_macros", {}, "", frozenset({dict}))
