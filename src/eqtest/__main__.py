"""``python -m eqtest``; see :mod:`eqtest.command`."""

import sys

from eqtest.command import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
