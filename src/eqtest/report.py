"""Verdicts as plain values: no torch, safe to pickle and to turn into JSON.

The five verdicts are those of a row; a report's status is the worst of its rows.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Literal

from eqtest.span import Span

Status = Literal["holds", "vacuous", "undefined", "fails", "error"]

SEVERITY: tuple[Status, ...] = ("holds", "undefined", "vacuous", "fails", "error")
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """One assignment and seed at which a row fails, with what its sides came to there."""

    assignment: tuple[tuple[str, int], ...]
    seed: int
    left: str
    right: str
    error: float | None
    link: int = 1
    """Which link of ``a = b = c`` broke: ``1`` is between the first side and the second."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to write in a place of a text."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A single edit with which the row holds at every assignment."""

    description: str
    latex: str
    """The whole row with the edit made."""
    span: Span | None = None
    replacements: tuple[Replacement, ...] = ()
    """The edit in the author's own LaTeX; empty for another reading, and where a macro hides the place."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A derivative in a row that is written out for one assignment, and its shape there."""

    latex: str
    text: str
    """The same in plain text: ``∂h_3/∂h_2``."""
    rows: tuple[int, ...]
    """Shape of what is differentiated; empty for a scalar."""
    cols: tuple[int, ...]
    """Shape of the variable."""

    @property
    def shape(self) -> str:
        """``4 × 3``; an array of two axes is in brackets: ``4 × (4, 3)``; a scalar is ``1``."""
        return " × ".join(
            "1" if not side else str(side[0]) if len(side) == 1 else f"({', '.join(map(str, side))})"
            for side in (self.rows, self.cols)
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """How the formula was read where a formula can be read in more than one way."""

    layout: str
    derivative: str
    product_order: str


@dataclass(frozen=True, slots=True)
class Row:
    """The verdict on one row of a formula; see ``formulas`` in the documentation for the meaning of each field."""

    number: int
    """Counted from one; rows of dots between printed rows take their printed neighbours' numbering."""
    latex: str
    span: Span
    """Its place in the formula."""
    line: int
    """Line in the formula, counted from one."""
    column: int
    status: Status
    error: float | None = None
    """Worst relative error over assignments, trials and links; ``None`` where nothing was compared."""
    message: str = ""
    """Why the row does not hold, in one sentence; empty when it does."""
    subtype: str = ""
    """For rows that do not hold, the kind of mistake: ``syntax unbound shape fails vacuous ...``."""
    assignments: int = 0
    trials: int = 0
    undefined: int = 0
    """Assignments at which the row names something that does not exist."""
    domain: str = ""
    """Where some assignments are undefined: the condition, in words, under which the row is defined."""
    counterexample: Counterexample | None = None
    repairs: tuple[Repair, ...] = ()
    expanded: str = ""
    """LaTeX of the row for one assignment, dots, sums and indices written out."""
    instance: tuple[tuple[str, int], ...] = ()
    """That assignment."""
    factors: tuple[Factor, ...] = ()
    """The derivatives of the written-out row."""
    assertion: str = ""
    """The row in plain Python for the run that the reader sees, if it was asked for and can be written so."""
    notes: tuple[str, ...] = ()
    mutants: int = 0
    """Wrong variants (single edits) that were tried."""
    refuted: int = 0
    survivors: tuple[str, ...] = ()
    """The variants that hold too, in words."""
    margin: float | None = None
    """Relative error of the nearest refuted variant."""
    checked: bool = True
    """False for a row that ``rows`` leaves out."""


@dataclass(frozen=True, slots=True)
class Power:
    """How many wrong variants of a formula the same values refute, over all rows that hold."""

    refuted: int
    mutants: int
    margin: float | None
    noise: float | None

    def __str__(self) -> str:
        nearest = "" if self.margin is None else f", nearest {self.margin:.0e}"
        noise = "" if self.noise is None else f", noise {self.noise:.0e}"
        return f"{self.refuted} of {self.mutants} wrong variants refuted{nearest}{noise}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found out."""

    latex: str
    rows: tuple[Row, ...]
    expect: Literal["holds", "fails"] = "holds"
    reading: Reading | None = None
    assignments: int = 0
    possible: int = 0
    """Assignments that ``where`` allows; more than ``assignments`` when a sample was taken."""
    trials: int = 0
    message: str = ""
    """A mistake that concerns the whole check (``where``, the snippet); its rows are then empty."""
    subtype: str = ""
    notes: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = field(default=())

    @property
    def status(self) -> Status:
        """The worst of the rows."""
        if self.message or not self.checked_rows:
            return "error"
        return max((row.status for row in self.checked_rows), key=SEVERITY.index)

    @property
    def ok(self) -> bool:
        """Whether the outcome is the expected one."""
        return self.status == self.expect

    @property
    def checked_rows(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.checked)

    @property
    def error(self) -> float | None:
        """The worst relative error of all rows."""
        return max((row.error for row in self.checked_rows if row.error is not None), default=None)

    @property
    def power(self) -> Power:
        rows = self.checked_rows
        margins = [row.margin for row in rows if row.margin is not None]
        holding = [row.error for row in rows if row.status == "holds" and row.error is not None]
        return Power(
            refuted=sum(row.refuted for row in rows),
            mutants=sum(row.mutants for row in rows),
            margin=min(margins, default=None),
            noise=max(holding, default=None),
        )

    def to_json(self) -> str:
        """The whole report as a JSON object, with the derived ``status``, ``ok`` and ``power``."""
        data = dataclasses.asdict(self)
        data |= {"status": self.status, "ok": self.ok, "power": dataclasses.asdict(self.power)}
        return json.dumps(_finite(data), ensure_ascii=False, indent=1, allow_nan=False)

    def __str__(self) -> str:
        lines = [f"{self.status}: {self.message}" if self.message else self.status]
        for row in self.rows:
            if not row.checked:
                lines.append(f"  row {row.number}: not checked")
                continue
            error = "" if row.error is None else f", relative error {row.error:.1e}"
            count = f"{row.assignments} assignment{'s' * (row.assignments != 1)} x {row.trials} trials"
            lines.append(f"  row {row.number} (line {row.line}): {row.status}, {count}{error}")
            if row.message:
                lines.append(f"    {row.message}")
            lines += [f"    repair: {repair.description}" for repair in row.repairs]
            lines += [f"    note: {note}" for note in row.notes]
        lines += [f"  note: {note}" for note in self.notes]
        if self.power.mutants:
            lines.append(f"  power: {self.power}")
        return "\n".join(lines)


def _finite(value: object) -> object:
    """A copy for JSON, which has no infinity and no NaN: they become the strings ``inf``, ``-inf`` and ``nan``."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
