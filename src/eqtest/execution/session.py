"""Runs a chain of cells, upstream first, in one namespace.

:func:`run_cells` shows what the reader sees: output, values, failures at the author's lines. :func:`draw` runs the
same code again for other integers and at other random points, for the checker of formulas. Neither isolates
anything; that is the task of :mod:`eqtest.execution.pool`. torch is imported when cells run, never with this module.
"""

from __future__ import annotations

import ast
import io
import linecache
import os
import sys
import textwrap
import time
import traceback
from contextlib import contextmanager, nullcontext, redirect_stdout
from functools import lru_cache
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from eqtest.errors import SnippetError
from eqtest.execution.cell import Cell, Failure, Outcome
from eqtest.execution.randomness import reproducible
from eqtest.execution.stray import Stray, stray
from eqtest.network.plots import draw_plots, figures_closed, open_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from eqtest.network.drawing import Drawing

OUTPUT_LIMIT = 100_000
"""Bytes of output, and characters of a value, that are kept of one cell."""

CELL_EVENT = "eqtest.cell"
"""Audit event with the :class:`Cell` that is about to run."""

OUTCOME_EVENT = "eqtest.outcome"
"""Audit event with the :class:`Outcome` of the cell that has just run."""


def run_cells(
    cells: Sequence[Cell], params: Mapping[str, int] | None = None, shift: int = 0
) -> tuple[dict[str, Any], tuple[Outcome, ...]]:
    """Run a chain and say what each of its cells did.

    ``params`` win over the cells' own; ``shift`` moves every seed. Nothing that the code raises, ``SystemExit`` and
    ``KeyboardInterrupt`` included, leaves this function: it becomes the ``failure`` of the cell, and the cells after
    it fail as its downstream.

    Returns the namespace and an outcome per cell. An audit event before and after each cell lets a supervising
    process follow a run that never returns.
    """
    assignment = dict(params or {})
    outcomes: list[Outcome] = []
    broken: Outcome | None = None
    with reproducible(shift), _style(cells), _main_module() as namespace:
        namespace.update(assignment)
        for cell in cells:
            sys.audit(CELL_EVENT, cell)
            outcome = broken.downstream(cell) if broken else _observe(cell, cells, namespace, assignment)
            sys.audit(OUTCOME_EVENT, outcome)
            outcomes.append(outcome)
            broken = broken or (outcome if outcome.failure else None)
    return namespace, tuple(outcomes)


def draw(cells: Sequence[Cell], assignment: Mapping[str, int], seed: int, trial: int) -> dict[str, Any]:
    """The namespace of a chain for one assignment of its integers, at one random point.

    ``assignment`` wins over the cells' own params. Seed 0 and trial 0 are exactly the run that the reader sees; for
    any other pair every seed is moved, also those that the code sets. What the code prints is dropped.

    Raises :class:`eqtest.errors.SnippetError`, with the line in the author's file, for whatever the code raises.
    """
    with (
        reproducible(_shift(seed, trial)),
        _main_module() as namespace,
        redirect_stdout(_Output()),
        figures_closed(),
    ):
        namespace.update(assignment)
        for cell in cells:
            try:
                _execute(cell, namespace, assignment)
            except BaseException as error:
                if not _expected(error, cell):
                    raise SnippetError(_summary(error), _place(error, cell, cells)[1]) from error
            else:
                if cell.raises:
                    raise SnippetError(_not_raised(cell), cell.line)
    return namespace


def _shift(seed: int, trial: int) -> int:
    """Zero for the reader's run only; far apart for different seeds, so that their trials do not meet."""
    return seed * 1_000_003 + trial


def _observe(cell: Cell, chain: Sequence[Cell], namespace: dict[str, Any], assignment: Mapping[str, int]) -> Outcome:
    """Run one cell with its output captured, and draw the figures that it leaves open."""
    value, raised = "", ""
    failure: Failure | None = None
    figures: tuple[Drawing, ...] = ()
    output = _Output()
    earlier = open_figures(namespace) if cell.plots else []
    start = time.perf_counter()
    with stray() as found, redirect_stdout(output), figures_closed():
        try:
            result = _execute(cell, namespace, assignment)
            if cell.plots:
                figures = draw_plots(open_figures(namespace, earlier))
            elif result is not None:
                value = _cut(repr(result))
            if cell.raises:
                failure = Failure("not-raised", _not_raised(cell), cell.path, cell.line)
        except BaseException as error:
            if _expected(error, cell):
                raised = _summary(error)
            else:
                failure = _failure(error, cell, chain)
    failure = failure or _left(found, cell, chain)
    return Outcome(cell.name, output.text(), value, failure, raised, time.perf_counter() - start, figures)


def _style(cells: Sequence[Cell]) -> AbstractContextManager[None]:
    if not any(cell.plots for cell in cells):
        return nullcontext()
    from eqtest.network.picture import plot_style

    return plot_style()


# Running the code


def _execute(cell: Cell, namespace: dict[str, Any], assignment: Mapping[str, int]) -> Any:
    """Run a cell in the namespace; the value of its last line if that is an expression, else ``None``."""
    statements, last = _compiled(cell)
    namespace.update({name: assignment.get(name, value) for name, value in cell.params}, __file__=cell.path)
    exec(statements, namespace)
    return eval(last, namespace) if last else None


@lru_cache(maxsize=256)
def _compiled(cell: Cell) -> tuple[CodeType, CodeType | None]:
    """The statements of a cell and its last expression. Blank lines in front give every message the author's line."""
    padded = "\n" * (cell.line - 1) + cell.code
    tree = ast.parse(padded, cell.path)
    _show_source(cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    statements = compile(tree, cell.path, "exec", dont_inherit=True)
    if not isinstance(last, ast.Expr):
        return statements, None
    return statements, compile(ast.Expression(last.value), cell.path, "eval", dont_inherit=True)


def _show_source(cell: Cell) -> None:
    """Let tracebacks and ``inspect`` find the code, at its place among the other cells of the same file."""
    known = linecache.cache.get(cell.path)
    lines = list(known[2]) if known and len(known) == 4 and known[1] is None else []
    code = [line + "\n" for line in cell.code.splitlines()]
    lines += ["\n"] * (cell.line - 1 + len(code) - len(lines))
    lines[cell.line - 1 : cell.line - 1 + len(code)] = code
    linecache.cache[cell.path] = (sum(map(len, lines)), None, lines, cell.path)


@contextmanager
def _main_module() -> Iterator[dict[str, Any]]:
    """A fresh ``__main__``, as for a script: ``if __name__ == "__main__"`` and ``torch.save`` of a class work."""
    module = ModuleType("__main__")
    previous = sys.modules.get("__main__")
    sys.modules["__main__"] = module
    try:
        yield vars(module)
    finally:
        if previous is None:
            del sys.modules["__main__"]
        else:
            sys.modules["__main__"] = previous


class _Output(io.TextIOWrapper):
    """Standard output that keeps its first :data:`OUTPUT_LIMIT` bytes."""

    def __init__(self) -> None:
        self.kept = _Bounded()
        super().__init__(self.kept, encoding="utf-8", errors="replace", newline="\n", write_through=True)

    def text(self) -> str:
        text = self.kept.getvalue().decode("utf-8", "ignore")
        return f"{text}\n[output cut after {OUTPUT_LIMIT // 1000} kB]\n" if self.kept.full else text


class _Bounded(io.BytesIO):
    full = False

    def write(self, data: Any, /) -> int:
        room = OUTPUT_LIMIT - self.getbuffer().nbytes
        self.full |= len(data) > room
        super().write(memoryview(data)[:room])
        return len(data)


def _cut(text: str) -> str:
    return text if len(text) <= OUTPUT_LIMIT else f"{text[:OUTPUT_LIMIT]} [cut]"


# What it raised


def _expected(error: BaseException, cell: Cell) -> bool:
    """Whether the cell announces this exception, by the name of its class or of one of its bases."""
    return bool(cell.raises) and cell.raises.rpartition(".")[2] in {base.__name__ for base in type(error).__mro__}


def _not_raised(cell: Cell) -> str:
    return f"expected {cell.raises}, but the snippet ran to its end"


def _failure(error: BaseException, cell: Cell, chain: Sequence[Cell]) -> Failure:
    message = _summary(error)
    if isinstance(error, MemoryError):
        message += f" (the memory limit is {cell.memory_limit / 2**20:,.0f} MiB)"
    if isinstance(error, EOFError) and "reading a line" in message:
        message += " (there is nobody to answer input())"
    if isinstance(error, FileNotFoundError) and not os.path.isabs(error.filename or os.sep):
        message += " (':depends:' names the files that a snippet reads)"
    if cell.raises:
        message += f" (expected {cell.raises})"
    path, line = _place(error, cell, chain)
    return Failure("exception", message, path, line, _author_traceback(error, {each.path for each in chain}))


def _left(found: Stray, cell: Cell, chain: Sequence[Cell]) -> Failure | None:
    """What is wrong with a cell that ran to its end."""
    if found.threads:
        thread = found.threads[0]
        stack = traceback.walk_stack(sys._current_frames().get(thread.ident or 0))
        path, line = _innermost(stack, cell, chain)
        message = f"leaves the thread {thread.name!r} running: join it, or make it a daemon"
        return Failure("stray", message, path, line)
    if found.written:
        text = textwrap.shorten(found.written, 80, placeholder=" ...")
        message = f"{text!r} was written by C code or another process, past sys.stdout: capture it, and print it"
        return Failure("stray", message, cell.path, cell.line)
    return None


def _summary(error: BaseException) -> str:
    """``NameError: name 'x' is not defined``, on one line."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        text = "(its message cannot be printed)"
    return textwrap.shorten(f"{type(error).__name__}: {text}", 500, placeholder=" ...").removesuffix(":")


def _place(error: BaseException, cell: Cell, chain: Sequence[Cell]) -> tuple[str, int]:
    """Path and line of the innermost frame in the author's code; the cell's first line where there is none."""
    if isinstance(error, SyntaxError) and error.filename == cell.path and error.lineno:
        return cell.path, min(error.lineno, cell.line + cell.code.count("\n"))
    return _innermost(reversed(list(traceback.walk_tb(error.__traceback__))), cell, chain)


def _innermost(stack: Iterable[tuple[FrameType, int]], cell: Cell, chain: Sequence[Cell]) -> tuple[str, int]:
    paths = {each.path for each in chain}
    places = ((frame.f_code.co_filename, line) for frame, line in stack)
    return next((place for place in places if place[0] in paths), (cell.path, cell.line))


def _author_traceback(error: BaseException, paths: set[str]) -> str:
    """The traceback, and those of the exceptions that led to it, without the frames of libraries and of ours."""
    whole = traceback.TracebackException.from_exception(error, compact=True)
    pending: list[traceback.TracebackException | None] = [whole]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if frame.filename in paths])
        pending += [part.__cause__, part.__context__, *(part.exceptions or ())]
    return "".join(whole.format())
