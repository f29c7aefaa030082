"""``python -m eqtest FORMULA.tex --snippet net.py --where "N in 4..8"``.

Exit status 0: every row holds (or fails, with ``--expect fails``); 1: a row fails or is vacuous; 2: something cannot
be checked.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eqtest.api import check


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        latex = sys.stdin.read() if options.formula == "-" else Path(options.formula).read_text("utf-8")
        snippet = Path(options.snippet).read_text("utf-8")
        report = check(
            latex,
            snippet=snippet,
            where=options.where,
            symbols=dict(_pair(item) for item in options.symbol),
            ranges=options.ranges,
            rows=options.rows,
            layout=options.layout,
            derivative=options.derivative,
            product_order=options.product_order,
            index_base=options.index_base,
            expect=options.expect,
            trials=options.trials,
            rtol=options.rtol,
            approx=options.approx,
            seed=options.seed,
            max_cases=options.max_cases,
        )
    except (OSError, UnicodeDecodeError, ValueError) as error:
        print(f"eqtest: {error}", file=sys.stderr)
        return 2
    print(report.to_json() if options.json else report)
    if report.ok:
        return 0
    return 2 if report.status in ("error", "undefined") else 1


def _pair(text: str) -> tuple[str, str]:
    pattern, colon, expression = text.rpartition(": ")
    if not colon:
        raise ValueError(f"--symbol {text!r}: expected 'pattern: expression'")
    return pattern.strip(), expression.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eqtest", description="Check a LaTeX formula against autograd.")
    parser.add_argument("formula", metavar="FORMULA.tex", help="file with the formula; - for standard input")
    parser.add_argument("--snippet", required=True, help="Python file that computes the tensors of the formula")
    parser.add_argument("--where", default="", help='integer parameters: "N in 4..8, q in 2..N"')
    parser.add_argument("--symbol", action="append", default=[], metavar="PATTERN: EXPRESSION", help="may be repeated")
    parser.add_argument("--ranges", default="", help='ranges of running indices: "t = 1..4"')
    parser.add_argument("--rows", default="", help="rows to check: 1-3, 5")
    parser.add_argument("--layout", choices=("numerator", "denominator", "gradient"), default="numerator")
    parser.add_argument("--derivative", choices=("auto", "total", "partial"), default="auto")
    parser.add_argument("--product-order", choices=("ascending", "descending"), default="ascending")
    parser.add_argument("--index-base", type=int, choices=(0, 1), default=0)
    parser.add_argument("--expect", choices=("holds", "fails"), default="holds")
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--rtol", type=float, default=1e-9)
    parser.add_argument("--approx", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-cases", type=int, default=64)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
