"""For people: every failure with its place, a table of what was checked, and the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqtest.formats.paths import relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eqtest.findings import Case, Checked, Findings

_HEAD = ("page", "snippets", "equations", "rows", "holds", "fails", "other", "worst error", "power")


def write(findings: Findings) -> str:
    """Failures as compilers print them, then the summary."""
    found = [
        f"{relative(findings, case.path)}:{case.line}: {case.message} [{case.subtype}]" for case in findings.failures
    ]
    return "\n".join([*found, summary(findings)])


def summary(findings: Findings) -> str:
    """The table, the counts as the doctest builder prints them, and where the failures are."""
    pages = sorted({each.page for each in findings.checks} | {each.page for each in findings.snippets})
    rows = [_HEAD, *(_page(findings, page) for page in pages)]
    if len(pages) > 1:
        rows.append(_cells("all", len(findings.snippets), findings.checks))
    lines = ["", "Eqtest summary", "==============", *_table(rows), ""]
    failures, skipped = findings.failures, [case for case in findings.cases if case.skipped]
    for count, noun in (len(findings.cases), "test"), (len(failures), "failure"), (len(skipped), "skipped test"):
        lines.append(f"{count:5} {noun}{'s' * (count != 1)}")
    lines += [f"    {_named(findings, case)} [{case.subtype}]" for case in failures]
    return "\n".join(lines)


def _named(findings: Findings, case: Case) -> str:
    return f"{relative(findings, case.path)}:{case.line}: {case.name}"


def _page(findings: Findings, page: str) -> tuple[str, ...]:
    snippets = sum(each.page == page for each in findings.snippets)
    return _cells(page, snippets, [each for each in findings.checks if each.page == page])


def _cells(page: str, snippets: int, checks: Iterable[Checked]) -> tuple[str, ...]:
    """One line of the table. A row that is expected to fail, and does, is counted where it belongs: it fails."""
    reports = [each.report for each in checks if each.report is not None]
    rows = [row for report in reports for row in report.checked_rows]
    holds, fails = (sum(row.status == status for row in rows) for status in ("holds", "fails"))
    errors = [row.error for row in rows if row.error is not None and row.status == "holds"]
    power = [report.power for report in reports]
    refuted, mutants = sum(each.refuted for each in power), sum(each.mutants for each in power)
    counts = (snippets, len({each.label or each.place for each in checks}), len(rows), holds, fails)
    return (
        page,
        *map(str, counts),
        str(len(rows) - holds - fails),
        f"{max(errors):.0e}" if any(errors) else "0" if errors else "-",
        f"{refuted}/{mutants}" if mutants else "-",
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
