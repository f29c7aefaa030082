"""doctest, for the equations of a document.

The way of an equation::

    text (LaTeX)  ->  tree  ->  numbers  ->  verdict  ->  page
    eqtest.formula    eqtest.autodiff        eqtest.report  sphinx_eqtest

:func:`check` goes the whole way in one call.  ``execution`` runs snippets and checks in processes of their own;
``network`` draws the network of a snippet.  Importing this package, or the parser, loads neither torch nor
matplotlib: both belong to the processes that run snippets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eqtest.api import check
    from eqtest.report import Report

__version__ = "0.1.0"
__all__ = ["Report", "__version__", "check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from eqtest.api import check

        return check
    if name == "Report":
        from eqtest.report import Report

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
