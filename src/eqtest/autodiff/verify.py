"""A formula, options and a way to draw namespaces -> a report.

1. read the formula, ``where``, ``rows``, ``symbols``;
2. at every assignment and trial draw a namespace and judge every row in it (:mod:`outcome`), together with the
   wrong variants of the rows that hold (the power of the check);
3. for the rows that fail, look for repairs on the same points (:mod:`repair`);
4. put together what was found (:mod:`summary`).
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeGuard

import torch

from eqtest.autodiff.factors import factors
from eqtest.autodiff.outcome import Context, Draw, Outcome, Point
from eqtest.autodiff.points import MORE_DRAWS, Points
from eqtest.autodiff.refutation import refute
from eqtest.autodiff.repair import find_repairs
from eqtest.autodiff.summary import RowRecord, summarize, summarize_dots
from eqtest.autodiff.translate import assertion
from eqtest.errors import EllipsisError, EqtestError, FormulaError, SnippetError, WhereError
from eqtest.formula.ellipsis import has_dots
from eqtest.formula.implied import templates
from eqtest.formula.indices import always_coinciding, concrete, free_names, index_expressions, numbers_layers, spread
from eqtest.formula.latex import latex
from eqtest.formula.parse import ParsedRow, parse
from eqtest.formula.patch import Reading as Rereading
from eqtest.formula.patterns import read_held, read_patterns
from eqtest.formula.reach import extend_sums
from eqtest.formula.scripts import free_letters
from eqtest.formula.selection import read_ranges, read_rows
from eqtest.formula.tokens import MAX_LENGTH
from eqtest.formula.tree import Node, Relation, extent
from eqtest.formula.where import Assignment, assignments, parse_where
from eqtest.options import CheckOptions
from eqtest.report import Reading, Report, Row
from eqtest.span import Span, line_and_column

MAX_WRITTEN = 100
"""Values in a row that is written out in the report."""
MAX_TRANSLATED = 6
"""Assignments at which a row is written as an assertion."""
MAX_MENDED_ROWS = 24
"""Of one formula: where more rows are wrong, the first ones say enough."""
_MENDED = ("fails", "undefined", "error")
MAX_COINCIDENCES = 3


def verify(
    source: str,
    options: CheckOptions,
    draw: Draw,
    *,
    redraws: bool = True,
    shown: Mapping[str, int] | None = None,
) -> Report:
    """Check a formula; ``draw`` gives the namespace of the snippet for an assignment and a trial.

    With ``redraws`` false every draw is the same, and one trial is made.  ``shown`` are the integers of the run that
    the reader sees, if rows are to be written as assertions too.  Never raises for anything that the formula, the
    options or the snippet contain.
    """
    with _float64():
        try:
            return _verify(source, options, draw, redraws, shown)
        except WhereError as error:
            return _failed(source, options, error.message, error.subtype)
        except SnippetError as error:
            where = "" if error.line is None else f" (line {error.line})"
            return _failed(source, options, f"the snippet raises {error.message}{where}", "snippet")
        except FormulaError as error:
            return dataclasses.replace(_failed(source, options, "", ""), rows=(_unreadable(source, error),))


def _refuse_long(options: CheckOptions) -> None:
    """Raises :class:`WhereError` for an option whose text is longer than a formula may be."""
    texts = [("where", options.where), ("ranges", options.ranges), ("rows", options.rows)]
    texts += [("symbols", left + right) for left, right in options.symbols.items()]
    texts += [("partials", left + right) for left, right in options.partials.items()]
    for name, text in texts:
        if len(text) > MAX_LENGTH:
            raise WhereError(f"{name} is longer than {MAX_LENGTH} characters")


def _verify(source: str, options: CheckOptions, draw: Draw, redraws: bool, shown: Mapping[str, int] | None) -> Report:
    _refuse_long(options)
    parsed = _with_long_sums(parse(source, options.macros), options.where)
    wanted = read_rows(options.rows, len(parsed))
    possible = assignments(options.where)
    trees = [row.tree for row in parsed if row.tree is not None and row.number in wanted]
    expressions = index_expressions(trees)
    chosen = tuple(spread(possible, options.max_cases, expressions, options.seed))
    patterns, ranges = read_patterns(options.symbols, options.macros), read_ranges(options.ranges)
    held = read_held(options.partials, options.macros)
    context = Context(options, patterns, ranges, chosen, held, numbers_layers(trees))
    points = Points(draw, chosen, options.trials if redraws else 1)
    records: list[RowRecord] = []
    taken: dict[str, int] = {}
    reset: dict[str, tuple[int, int]] = {}
    for assignment, trial, namespace in points:
        point = context.point(namespace, assignment, trial)
        records = records or _records(parsed, wanted, point)
        taken = taken or _integers_of_snippet(parsed, expressions, point)
        reset |= {
            name: (value, own) for name, value in assignment.items() if _is_other(own := namespace.get(name), value)
        }
        for record in records:
            _judge(record, point, assignment, trial)
    if redraws and points.random:
        _draw_again(records, context, points)
    wrong = [record for record in records if record.status in _MENDED and record.outcomes and record.template is None]
    for record in wrong[:MAX_MENDED_ROWS]:
        drawn = points.longer if record.claims_order else points.__iter__
        rereading = Rereading(source, _reader(record, options))
        record.repairs = find_repairs(record, trees, context, drawn, rereading)
    if shown is not None:
        _translate(records, context, draw, shown)
    rows = tuple(_rows(parsed, records, source, options, points.trials))
    checked = any(row.checked for row in rows)
    return Report(
        latex=source,
        rows=rows,
        expect=options.expect,
        message="" if checked else "no row of the formula can be checked",
        subtype="" if checked else "ellipsis",
        reading=_reading(options, records),
        assignments=len(chosen),
        possible=len(possible),
        trials=points.trials,
        notes=(
            *_notes(chosen, len(possible), points, taken),
            *(_resets(reset) if any(row.checked and row.status != "holds" for row in rows) else ()),
            *_coincidences(expressions, chosen, options.where),
        ),
        versions=versions(),
    )


def _draw_again(records: list[RowRecord], context: Context, points: Points) -> None:
    """More draws for the rows that say too little so far.

    These are rows that were zero on both sides at every point, as where all units of a network are dead, rows with a
    case that never applied, and inequalities, which may hold by chance at a few points.  Zero for want of a path stays
    zero, whatever is drawn.
    """
    for number, (assignment, trial, namespace) in enumerate(points.more()):
        wanting = number < MORE_DRAWS
        short = [
            record
            for record in records
            if record.active and ((wanting and (record.is_dead or record.unmet)) or record.is_by_chance)
        ]
        if not short:
            return
        point = context.point(namespace, assignment, trial)
        for record in short:
            _judge(record, point, assignment, trial)


def _with_long_sums(parsed: tuple[ParsedRow, ...], where: str) -> tuple[ParsedRow, ...]:
    bound = frozenset(binding.name for binding in parse_where(where))
    found = []
    for row in parsed:
        tree = row.tree if row.tree is None else extend_sums(row.tree, bound)
        assert tree is None or isinstance(tree, Relation)
        found.append(dataclasses.replace(row, tree=tree))
    return tuple(found)


def _reader(record: RowRecord, options: CheckOptions) -> Callable[[str], Node | None]:
    """How the row is read in a formula that has been changed a little."""

    def read(source: str) -> Node | None:
        try:
            return _with_long_sums(parse(source, options.macros), options.where)[record.row.number - 1].tree
        except (FormulaError, IndexError):
            return None

    return read


def _records(parsed: tuple[ParsedRow, ...], wanted: frozenset[int], point: Point) -> list[RowRecord]:
    """One record a row; for a row of dots one for each reading of it."""
    found = []
    for position, row in enumerate(parsed):
        if row.is_dots:
            readings = templates(parsed, position, point.expansion.scopes)
            found += [RowRecord(row, row.number in wanted, template) for template in readings]
        else:
            found.append(RowRecord(row, row.number in wanted))
    return found


def _judge(record: RowRecord, point: Point, assignment: Assignment, trial: int) -> None:
    if not record.active:
        return
    if record.template is not None:
        try:
            for tree in record.template.instances(point.evaluator.scope):
                record.add(point.judge(tree, record.row.ranges), assignment, trial)
        except EllipsisError as problem:
            record.add(Outcome("error", problem=problem), assignment, trial)
        return
    found = point.judge(record.tree, record.row.ranges)
    record.expanded_size = max(record.expanded_size, point.evaluator.terms)
    record.notes.update(dict.fromkeys(point.outside(record.row.ranges)))
    record.add(found, assignment, trial)
    record.notes.update(dict.fromkeys(sorted(point.evaluator.remarks)))
    record.met |= point.evaluator.cases
    record.readings |= point.evaluator.differentiation.readings
    if found.status != "undefined":
        _write_out(record, point, assignment)
    if record.status == "holds" and found.status == "holds":
        refute(record, point, trial)


def _write_out(record: RowRecord, point: Point, assignment: Assignment) -> None:
    """Keep the row written out for one assignment: the first at which dots stand for something unprinted.

    What nobody would read to its end is not written.
    """
    if record.written_out:
        return
    try:
        expanded = point.expanded(record.tree)
    except FormulaError:
        return
    size = extent(expanded)
    record.expanded_size = max(record.expanded_size, size)
    if size > MAX_WRITTEN:
        return
    record.written_out = not has_dots(record.tree) or size > extent(record.tree)
    if record.written_out or not record.expanded:
        record.expanded = latex(concrete(expanded, point.evaluator.scope))
        record.factors = factors(expanded, point.evaluator)
        record.instance = assignment


def _translate(records: list[RowRecord], context: Context, draw: Draw, shown: Mapping[str, int]) -> None:
    """Write rows as assertions for the integers of the reader's run; of several, the longest has most factors."""
    wanted = [{name: shown.get(name, value) for name, value in each.items()} for each in context.assignments]
    unique = {tuple(each.items()): each for each in wanted}
    plain = [record for record in records if record.status in ("holds", "fails") and record.template is None]
    for assignment in list(unique.values())[:MAX_TRANSLATED]:
        try:
            point = context.point(draw(assignment, 0), assignment, 0)
        except EqtestError:  # the reader's integers do not go with the others of the check
            continue
        for record in plain:
            status = point.judge(record.tree, record.row.ranges).status
            if status in ("holds", "fails"):
                text = assertion(record.tree, point, holds=status == "holds")
                record.assertion = max(record.assertion, text, key=len)


def _rows(
    parsed: tuple[ParsedRow, ...], records: list[RowRecord], source: str, options: CheckOptions, trials: int
) -> Iterator[Row]:
    for row in parsed:
        mine = [record for record in records if record.row is row]
        yield (
            summarize_dots(row, mine, source, options, trials)
            if row.is_dots
            else summarize(mine[0], source, options, trials)
        )


def _reading(options: CheckOptions, records: list[RowRecord]) -> Reading:
    used = set().union(*(record.readings for record in records))
    return Reading(options.layout, " and ".join(sorted(used)) or "none", options.product_order)


def _integers_of_snippet(parsed: tuple[ParsedRow, ...], expressions: Sequence[Node], point: Point) -> dict[str, int]:
    """Letters of indices whose values the snippet has left behind: the author may not have meant them."""
    scope = point.evaluator.scope
    letters = frozenset[str]().union(*map(free_letters, expressions))
    free = frozenset[str]().union(*(free_names(row.tree, letters) for row in parsed if row.tree is not None))
    bound = {*scope.integers, *point.evaluator.ranges, *(item.name for row in parsed for item in row.ranges)}
    values = {name: scope.namespace.get(name) for name in sorted(free - bound)}
    return {name: value for name, value in values.items() if type(value) is int}


def _notes(chosen: Sequence[Assignment], possible: int, points: Points, taken: dict[str, int]) -> Iterator[str]:
    if taken:
        yield "as the snippet leaves it: " + ", ".join(f"{name} = {value}" for name, value in taken.items())
    if possible > len(chosen):
        yield f"{len(chosen)} of {possible} assignments"
    if not points.random:
        yield "the snippet draws nothing at random: checked at its one point"


def _is_other(own: object, value: int) -> TypeGuard[int]:
    """Is what a snippet leaves under the name of an integer of ``where`` another integer?"""
    return type(own) is int and own != value


def _resets(reset: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """A snippet that sets what ``where`` chooses computes another network than the formula is about."""
    for name, (value, own) in reset.items():
        yield f"the snippet sets {name} = {own} itself where the check chooses {name} = {value}: let it use the latter"


def _coincidences(expressions: Sequence[Node], chosen: Sequence[Assignment], where: str) -> Iterator[str]:
    """A slip between indices that are equal at every assignment cannot be seen."""
    if where.strip():
        for a, b in islice(always_coinciding(expressions, chosen), MAX_COINCIDENCES):
            yield f"{a} and {b} are equal at every assignment, so a slip between them goes unseen: widen `where`"


def _failed(source: str, options: CheckOptions, message: str, subtype: str) -> Report:
    return Report(source, (), options.expect, message=message, subtype=subtype, versions=versions())


def _unreadable(source: str, error: FormulaError) -> Row:
    span = error.span or Span(0, len(source))
    line, column = line_and_column(source, span.start)
    return Row(1, source, span, line, column, "error", message=error.message, subtype=error.subtype)


def versions() -> tuple[tuple[str, str], ...]:
    """What the numbers of a report depend on."""
    return (("python", platform.python_version()), ("torch", importlib.metadata.version("torch")))


@contextmanager
def _float64() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
