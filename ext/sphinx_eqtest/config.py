"""The configuration values.

They all take effect in the verification, where they are part of what names a result; so none makes Sphinx read
the pages again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.config import ENUM

from eqtest.execution.cell import DEFAULT_MEMORY_LIMIT, DEFAULT_TIMEOUT
from eqtest.execution.cluster import SCHEME
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


def check_limits(app: Sphinx, config: Config) -> None:
    """A limit that nothing could keep to is said, and the default taken."""
    for name, default in ("eqtest_timeout", DEFAULT_TIMEOUT), ("eqtest_memory_limit", DEFAULT_MEMORY_LIMIT):
        value = default if config[name] is None else config[name]
        if not 0 < value < float("inf"):
            warn_config(f"{name} is {value!r}, expected a positive number; the default is taken", app, name)
            value = default
        config[name] = value


def check_coverage(app: Sphinx, config: Config) -> None:
    if not 0 <= config.eqtest_min_coverage <= 1:
        message = f"eqtest_min_coverage is {config.eqtest_min_coverage!r}, expected a number from 0 to 1; 0 is taken"
        warn_config(message, app, "eqtest_min_coverage")
        config.eqtest_min_coverage = 0.0


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
    app.connect("config-inited", check_limits)
    app.connect("config-inited", check_coverage)
    app.add_config_value("eqtest_min_coverage", 0.0, "", frozenset({int, float}))
    app.add_config_value("eqtest_symbols", {}, "", frozenset({dict}))
    app.add_config_value("eqtest_macros", {}, "", frozenset({dict}))
