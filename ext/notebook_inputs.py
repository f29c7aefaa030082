"""A notebook runs again when what its cells import has changed, and when it failed; else never.

MyST-NB names a result by the code of the cells alone: after an edit of a module that they import, it would go on to
print what the old one gave. Here the folder of its cache is named by the content of those modules, ``notebook_inputs``
(paths from the folder of conf.py), and by the versions of the packages in ``notebook_packages``. A notebook that failed
is read again by every build, as a warning that is given once would let the next build pass.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata


def name_cache(app: Sphinx, config: Config) -> None:
    digest = hashlib.sha256(platform.python_version().encode())
    for package in config.notebook_packages:
        digest.update(f"\0{package} {version(package)}".encode())
    for path in config.notebook_inputs:
        digest.update(b"\0" + Path(app.confdir, path).read_bytes())
    folder = Path(app.confdir, config.nb_execution_cache_path or "build/notebooks")
    config.nb_execution_cache_path = str(folder / digest.hexdigest()[:16])


def failed(_app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]) -> list[str]:
    results = {page: data.get("exec_data") for page, data in getattr(env, "nb_metadata", {}).items()}
    return [page for page, result in results.items() if result and not result["succeeded"]]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("myst_nb")
    app.add_config_value("notebook_inputs", [], "", frozenset({list}))
    app.add_config_value("notebook_packages", [], "", frozenset({list}))
    app.connect("config-inited", name_cache)
    app.connect("env-get-outdated", failed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
