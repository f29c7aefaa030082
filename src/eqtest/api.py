"""``check``: a formula and the snippet that computes what it talks about -> a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from eqtest.execution.cell import Cell
from eqtest.options import CheckOptions, Layout, Macro
from eqtest.report import Report


def check(
    latex: str,
    *,
    snippet: str | None = None,
    namespace: Mapping[str, Any] | None = None,
    where: str = "",
    symbols: Mapping[str, str] | None = None,
    macros: Mapping[str, Macro] | None = None,
    ranges: str = "",
    rows: str = "",
    partials: Mapping[str, str] | None = None,
    layout: Layout = "numerator",
    derivative: Literal["auto", "total", "partial"] = "auto",
    product_order: Literal["ascending", "descending"] = "ascending",
    index_base: int = 0,
    expect: Literal["holds", "fails"] = "holds",
    trials: int = 3,
    rtol: float = 1e-9,
    approx: float = 1e-2,
    seed: int = 0,
    max_cases: int = 64,
    timeout: float | None = None,
) -> Report:
    """Check every row of a formula against autograd.

    ``snippet`` is Python source that is run once for each assignment of ``where`` and each trial, with the integers of
    the assignment in its namespace, float64 as default dtype and fixed seeds; ``namespace`` is a live one instead, and
    is checked at its one point.

    The snippet runs in this process. With a ``timeout`` in seconds it runs in one of its own, which is ended after that
    time; whatever the snippet does there, also to its process, comes back as a report. It is given 4 GiB of memory.

    Nothing that the formula, ``where`` or the snippet contain raises: what cannot be checked has status ``error``.
    Raises ``TypeError`` or ``ValueError`` for wrong Python arguments.
    """
    if not isinstance(latex, str):
        raise TypeError(f"latex is a {type(latex).__name__}, expected a str")
    if (snippet is None) == (namespace is None):
        raise TypeError("expected either snippet or namespace")
    options = CheckOptions(
        where=where, symbols=symbols or {}, macros=macros or {}, ranges=ranges, rows=rows, partials=partials or {},
        layout=layout, derivative=derivative, product_order=product_order, index_base=index_base, expect=expect,
        trials=trials, rtol=rtol, approx=approx, seed=seed, max_cases=max_cases,
    )  # fmt: skip
    if timeout is not None:
        return _check_apart(latex, snippet, options, timeout)
    # torch is loaded here, by the first check, and not by `import eqtest`
    from eqtest.autodiff.verify import verify

    if namespace is not None:
        return verify(latex, options, lambda assignment, _trial: {**namespace, **assignment}, redraws=False)
    if not isinstance(snippet, str):
        raise TypeError(f"snippet is a {type(snippet).__name__}, expected a str")
    from eqtest.execution.session import draw

    cell = Cell("snippet", snippet)
    return verify(latex, options, lambda assignment, trial: draw((cell,), assignment, options.seed, trial))


def _check_apart(latex: str, snippet: str | None, options: CheckOptions, timeout: float) -> Report:
    from eqtest.execution.jobs import CheckFormula, perform
    from eqtest.execution.pool import Pool

    if not isinstance(snippet, str):
        raise TypeError("timeout is for a snippet, given as a str")
    if not 0 < timeout < float("inf"):
        raise ValueError(f"timeout is {timeout!r}, expected a number of seconds")
    with Pool(1) as pool:
        return pool.submit(perform, CheckFormula(latex, (Cell("snippet", snippet, timeout=timeout),), options)).result()
