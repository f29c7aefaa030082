"""``python -m sphinx_eqtest.live docs build/html``: sphinx-autobuild, whose builds share one worker.

Without it each build would import torch again, which takes longer than to check a formula. Takes the arguments of
sphinx-autobuild, which is an optional dependency.
"""

from __future__ import annotations

import sys

from eqtest.execution.kept import keeping


def main() -> None:
    try:
        from sphinx_autobuild.__main__ import main as autobuild
    except ImportError:
        sys.exit("sphinx_eqtest.live needs the package 'sphinx-autobuild': pip install sphinx-autobuild")
    with keeping():
        autobuild()


if __name__ == "__main__":
    main()
