"""MyST-NB's cache is made before pages are read, as several readers would make it at once.

Each process that reads pages makes the tables of the cache where it finds none; of two that find none, one crashes
the build (sphinx#12481).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata


def make_cache(_app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    config = env.mystnb_config  # type: ignore[attr-defined]  # it is set there by myst_nb
    database = Path(config.execution_cache_path, "global.db")
    if config.execution_mode == "cache" and docnames and not database.exists():
        from jupyter_cache import get_cache  # the database's library takes most of a second to load

        get_cache(config.execution_cache_path).db.dispose()  # no connection of this process is for its forks


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("myst_nb")
    app.connect("env-before-read-docs", make_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
