"""What can be asked of a worker, as plain values, and the one function that does it.

Any ``concurrent.futures.Executor`` takes ``executor.submit(perform, job)``; :class:`eqtest.execution.pool.Pool`
adds isolation and limits, and turns the faults it meets into results by the job's ``recovered``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from eqtest.execution.cell import DEFAULT_MEMORY_LIMIT, DEFAULT_TIMEOUT, Cell, Failure, Outcome
from eqtest.execution.fault import Fault, JobError, overdue
from eqtest.report import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eqtest.execution.kits import Kit
    from eqtest.network.drawing import Drawing
    from eqtest.options import CheckOptions


@dataclass(frozen=True, slots=True)
class RunCells:
    """Run a chain of cells, upstream first; the result is one :class:`Outcome` per cell.

    Raises ``ValueError`` for a chain without cells.
    """

    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("a chain has at least one cell")

    @property
    def timeout(self) -> float:
        """Seconds for the whole chain; the pool holds each cell to its own limit besides."""
        return _seconds(self.cells)

    @property
    def memory_limit(self) -> int:
        """Bytes for the most demanding cell; the pool holds each cell to its own limit besides."""
        return _bytes(self.cells)

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that the job is declared to read."""
        return _files(self.cells)

    @property
    def kits(self) -> tuple[Kit, ...]:
        """What the job imports, as far as can be seen."""
        return _kits(self.cells)

    def recovered(self, fault: Fault) -> tuple[Outcome, ...]:
        """The cells that had run as they ran; the one that ran when the job ended with the fault as its failure."""
        done = fault.outcomes[: len(self.cells) - 1]
        current, *after = self.cells[len(done) :]
        message = overdue(current.timeout) if fault.kind == "timeout" else fault.message
        broken = Outcome(current.name, failure=Failure(fault.kind, message, *fault.place(self.cells)))
        return (*done, broken, *(broken.downstream(cell) for cell in after))


@dataclass(frozen=True, slots=True)
class CheckFormula:
    """Check one formula against the namespace that a chain of cells leaves; the result is a :class:`Report`."""

    latex: str
    cells: tuple[Cell, ...]
    options: CheckOptions

    @property
    def timeout(self) -> float:
        """Seconds for all assignments and trials together."""
        return _seconds(self.cells)

    @property
    def memory_limit(self) -> int:
        return _bytes(self.cells)

    @property
    def files(self) -> tuple[str, ...]:
        return _files(self.cells)

    @property
    def kits(self) -> tuple[Kit, ...]:
        return (*_kits(self.cells), "formulas")

    def recovered(self, fault: Fault) -> Report:
        """A report of status error; its message ends with the author's place."""
        path, line = fault.place(self.cells)
        message = f"{fault.message} ({path}:{line})" if path else fault.message
        subtype = "timeout" if fault.kind == "timeout" else "snippet"
        return Report(self.latex, (), expect=self.options.expect, message=message, subtype=subtype)


@dataclass(frozen=True, slots=True)
class DrawNetwork:
    """Draw the networks that chains of cells leave, one panel per chain; the result is a ``Drawing``."""

    panels: tuple[tuple[Cell, ...], ...]
    hide: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    unrolled: bool = False

    @property
    def timeout(self) -> float:
        return _seconds(self.cells)

    @property
    def memory_limit(self) -> int:
        return _bytes(self.cells)

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for panel in self.panels for cell in panel)

    @property
    def files(self) -> tuple[str, ...]:
        return _files(self.cells)

    @property
    def kits(self) -> tuple[Kit, ...]:
        return (*_kits(self.cells), "plots", "drawings")

    def recovered(self, fault: Fault) -> Drawing:
        """There is no drawing without the process that draws: always raises :class:`JobError`."""
        raise JobError(fault.message, fault.kind, *fault.place(self.cells))


def _seconds(cells: tuple[Cell, ...]) -> float:
    """The limits of the cells added up."""
    return sum(cell.timeout for cell in cells) or DEFAULT_TIMEOUT


def _bytes(cells: tuple[Cell, ...]) -> int:
    """The largest limit of the cells, which share a process."""
    return max((cell.memory_limit for cell in cells), default=DEFAULT_MEMORY_LIMIT)


def _files(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for cell in cells for name, _content in cell.files))


def _kits(cells: tuple[Cell, ...]) -> tuple[Kit, ...]:
    """What code imports by way of modules of its own is not seen, but comes out at its end."""
    if any(cell.plots for cell in cells):
        return "plots", "drawings"
    return ("plots",) if any("matplotlib" in cell.code for cell in cells) else ()


Job = RunCells | CheckFormula | DrawNetwork


@overload
def perform(job: RunCells) -> tuple[Outcome, ...]: ...
@overload
def perform(job: CheckFormula) -> Report: ...
@overload
def perform(job: DrawNetwork) -> Drawing: ...
def perform(job: Job) -> Any:
    """Do a job in this process. A mistake of the author's is part of the result, or an ``EqtestError``."""
    match job:
        case RunCells():
            from eqtest.execution.session import run_cells

            return run_cells(job.cells)[1]
        case CheckFormula():
            return _check_formula(job)
        case DrawNetwork():
            return _draw_network(job)


def _check_formula(job: CheckFormula) -> Report:
    from eqtest.autodiff.verify import verify
    from eqtest.execution.session import draw

    def draw_point(assignment: Mapping[str, int], trial: int) -> dict[str, Any]:
        return draw(job.cells, assignment, job.options.seed, trial)

    shown = {name: value for cell in job.cells for name, value in cell.params}
    return verify(job.latex, job.options, draw_point, shown=shown)


def _draw_network(job: DrawNetwork) -> Drawing:
    from eqtest.execution.session import draw
    from eqtest.network.draw import draw_network

    return draw_network([draw(panel, {}, 0, 0) for panel in job.panels], job.hide, job.letters, job.unrolled)
