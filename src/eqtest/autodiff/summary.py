"""What was seen of a row at all points -> its verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from eqtest.autodiff.choices import Case, printed
from eqtest.autodiff.outcome import Outcome
from eqtest.formula.explain import broken_chain
from eqtest.formula.implied import Template
from eqtest.formula.indices import condition
from eqtest.formula.mutate import Edit
from eqtest.formula.parse import ParsedRow
from eqtest.formula.plain import RELATIONS
from eqtest.formula.tree import Relation
from eqtest.formula.where import Assignment
from eqtest.options import CheckOptions
from eqtest.report import Counterexample, Factor, Repair, Row, Status
from eqtest.span import line_and_column

MAX_NAMED = 4
ORDER_POINTS = 40
"""Points at which an inequality has to hold: one that three draws in four obey would pass three of them."""
_DECIDED: frozenset[Status] = frozenset(("holds", "fails", "vacuous"))


@dataclass
class RowRecord:
    """A row and what happened to it so far."""

    row: ParsedRow
    wanted: bool
    template: Template | None = None
    """For a row of dots: one reading of the rows between."""
    outcomes: list[tuple[Assignment, int, Outcome]] = field(default_factory=list)
    candidates: list[Edit] | None = None
    """Wrong variants that hold too so far; made when they are first needed."""
    refuted: list[tuple[Edit, float | None]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    expanded: str = ""
    instance: Assignment = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()
    assertion: str = ""
    written_out: bool = False
    expanded_size: int = 0
    """Values in the row written out, or terms of its sums, at the largest assignment."""
    tried: int = 0
    """Points at which variants were tried."""
    repairs: tuple[Repair, ...] = ()
    readings: set[str] = field(default_factory=set)
    met: set[Case] = field(default_factory=set)
    """Cases that have applied at some point."""

    @property
    def tree(self) -> Relation:
        assert self.row.tree is not None
        return self.row.tree

    @property
    def is_dead(self) -> bool:
        """Whether both sides were zero at every point so far, though paths lead from the variables to the values."""
        return self.status == "vacuous" and not any(outcome.pathless for _, _, outcome in self.outcomes)

    @property
    def unmet(self) -> frozenset[Case]:
        """Cases that have applied at no point so far."""
        return printed(self.tree) - self.met

    @property
    def claims_order(self) -> bool:
        """Whether the row is an inequality."""
        return any(relation in ("<", "le", ">", "ge") for relation in self.tree.relations)

    @property
    def is_by_chance(self) -> bool:
        """Whether it is an inequality that has held at few points so far."""
        return self.claims_order and len(self.outcomes) < ORDER_POINTS

    @property
    def active(self) -> bool:
        """Whether judging it at another point can change anything."""
        return self.wanted and self.row.tree is not None and self.status not in ("fails", "error")

    def add(self, outcome: Outcome, assignment: Assignment, trial: int) -> None:
        self.outcomes.append((assignment, trial, outcome))

    @property
    def status(self) -> Status:
        """One failure decides; else it holds where it is defined, if anywhere it is not vacuous."""
        if self.row.error is not None:
            return "error"
        seen = {outcome.status for _, _, outcome in self.outcomes}
        order: tuple[Status, ...] = ("error", "fails", "holds", "vacuous")
        return next((status for status in order if status in seen), "undefined")


def summarize(record: RowRecord, latex: str, options: CheckOptions, trials: int) -> Row:
    """The row of the report."""
    parsed = record.row
    line, column = line_and_column(latex, parsed.span.start)
    row = Row(parsed.number, parsed.span.text(latex), parsed.span, line, column, record.status, checked=record.wanted)
    if not record.wanted:
        return row
    status = record.status
    message, subtype, place = _message(record, status)
    if place is not None:
        line, column = line_and_column(latex, place)
    undefined = _assignments(record, "undefined")
    errors = [outcome.error for _, _, outcome in record.outcomes if outcome.error is not None]
    counterexample = _counterexample(record, options)
    power = status == "holds"
    margins = [error for _, error in record.refuted if error is not None and error > 0]
    survivors = record.candidates or []
    return Row(
        number=parsed.number,
        latex=row.latex,
        span=parsed.span,
        line=line,
        column=column,
        status=status,
        error=max(errors, default=None),
        message=message,
        subtype=subtype,
        assignments=len({tuple(assignment.items()) for assignment, _, _ in record.outcomes}),
        trials=trials,
        undefined=len(undefined),
        domain=_domain(record, undefined),
        counterexample=counterexample,
        repairs=record.repairs,
        expanded=record.expanded,
        instance=tuple(record.instance.items()),
        factors=record.factors,
        assertion=record.assertion,
        notes=_notes(record),
        mutants=len(record.refuted) + len(survivors) if power else 0,
        refuted=len(record.refuted) if power else 0,
        survivors=tuple(map(_survivor, survivors)) if power else (),
        margin=min(margins, default=None) if power else None,
    )


def summarize_dots(row: ParsedRow, readings: list[RowRecord], latex: str, options: CheckOptions, trials: int) -> Row:
    r"""The row of a ``\vdots``: the verdict on the rows between, where there is one reading of them.

    A reading that names what does not exist is none; readings that disagree, or no reading, leave it unchecked.
    """
    sound = [record for record in readings if {outcome.status for _, _, outcome in record.outcomes} & _DECIDED]
    sound = [record for record in sound if not _assignments(record, "undefined") and record.status != "error"]
    verdicts = {record.status for record in sound}
    if len(verdicts) == 1:
        found = summarize(sound[0], latex, options, trials)
        count = len(sound[0].outcomes) // max(1, found.trials)
        return replace(found, notes=(*found.notes, f"{count} rows between the printed ones"))
    line, column = line_and_column(latex, row.span.start)
    reason = "their readings disagree" if verdicts else "there are none, or they cannot be told from the rows around"
    note = f"the rows between are not checked: {reason}"
    return Row(row.number, row.span.text(latex), row.span, line, column, "holds", notes=(note,), checked=False)


def _message(record: RowRecord, status: Status) -> tuple[str, str, int | None]:
    """Why the row does not hold, what mends it first; the kind of mistake; and where in the formula."""
    if record.row.error is not None:
        error = record.row.error
        return error.message, error.subtype, error.span.start if error.span else None
    if status == "holds":
        return "", "", None
    outcome = (
        next(outcome for _, _, outcome in record.outcomes if outcome.status == status) if record.outcomes else None
    )
    problem = outcome.problem if outcome else None
    place = problem.span.start if problem is not None and problem.span else None
    if status == "vacuous":
        return _vacuous(outcome), "vacuous", None
    if status == "fails":
        subtype = problem.subtype if problem is not None else "fails"
        return _failure(record, outcome), subtype, place
    if problem is None:
        return "no assignment at which the row is defined", "undefined", None
    return "; ".join((*_mended(record), problem.message)), problem.subtype, place


def _vacuous(outcome: Outcome | None) -> str:
    if outcome is not None and outcome.pathless:
        return f"both sides are zero: nothing leads from the variable to the value of {outcome.pathless[0]}"
    if outcome is not None and not outcome.error and outcome.status == "vacuous":
        return "both sides are zero, or the same expression, at every point: the check says nothing"
    return "the check says nothing"


def _failure(record: RowRecord, outcome: Outcome | None) -> str:
    parts = _mended(record)
    if outcome is not None and outcome.problem is not None:
        parts.append(outcome.problem.message)
    if outcome is not None and outcome.error == math.inf:
        parts.append("a side is not finite: NaN or infinity agrees with nothing")
    if outcome is not None and len(record.tree.sides) > 2:
        parts.append(_link(record.tree, outcome.link))
    broken = broken_chain(record.tree)
    if broken is not None:
        parts.append(broken[0])
    return "; ".join(parts) or "no single edit mends it"


def _survivor(edit: Edit) -> str:
    return f"{edit.description} ({edit.excuse})" if edit.excuse else edit.description


def _link(row: Relation, link: int) -> str:
    """Which link of ``a = b \\le c`` broke: each side is compared with the first, or in order with its neighbour."""
    relation = row.relations[link - 1]
    if relation in ("=", "approx"):
        return f"side {link + 1} differs from side 1"
    return f"side {link} {RELATIONS.get(relation, relation)} side {link + 1} does not hold"


def _mended(record: RowRecord) -> list[str]:
    return [f"{repair.description}, the row holds" for repair in record.repairs[:1]]


def _counterexample(record: RowRecord, options: CheckOptions) -> Counterexample | None:
    for assignment, trial, outcome in record.outcomes:
        if outcome.status == "fails":
            seed = options.seed + trial
            return Counterexample(
                tuple(assignment.items()), seed, outcome.left, outcome.right, outcome.error, outcome.link
            )
    return None


def _assignments(record: RowRecord, status: Status) -> list[Assignment]:
    found: list[Assignment] = []
    for assignment, _, outcome in record.outcomes:
        if outcome.status == status and assignment not in found:
            found.append(assignment)
    return found


def _domain(record: RowRecord, undefined: list[Assignment]) -> str:
    """Where the row is defined, as a condition if a simple one fits, else by naming where it is not."""
    if not undefined:
        return ""
    defined = [assignment for assignment, _, _ in record.outcomes if assignment not in undefined]
    words = condition(defined, undefined) if defined else ""
    if words:
        return f"defined for {words}"
    named = [", ".join(f"{name} = {value}" for name, value in item.items()) for item in undefined[:MAX_NAMED]]
    more = f" and {len(undefined) - MAX_NAMED} more" if len(undefined) > MAX_NAMED else ""
    return "undefined at " + "; ".join(named) + more


def _notes(record: RowRecord) -> tuple[str, ...]:
    """Derivatives without a path, which count as zero, are always said."""
    pathless = dict.fromkeys(name for _, _, outcome in record.outcomes for name in outcome.pathless)
    zero = sum(outcome.status == "vacuous" for _, _, outcome in record.outcomes)
    if record.status == "holds" and zero:
        record.notes[
            f"says nothing at {zero} of {len(record.outcomes)} points: both sides are zero or the same there"
        ] = None
    draws = len(record.outcomes)
    if record.status == "holds" and record.claims_order and draws > 1:
        record.notes[f"an inequality: it holds at all of {draws} points drawn"] = None
    for _, number in sorted(record.unmet if record.status == "holds" else ()):
        record.notes[f"case {number + 1} applied at no point: it is not checked"] = None
    return (*(f"no path: {name} is zero" for name in pathless), *list(record.notes)[:MAX_NAMED])
