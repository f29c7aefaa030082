r"""Slips as authors make them, in formulas of public texts.

They are made by regular expressions on the LaTeX, and not by the engine's own edits.

A repair is right if the row is the original again, or has its first side and holds: the two right-hand sides are then
equal at every point.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eqtest.errors import FormulaError
from eqtest.formula.parse import parse
from eqtest.formula.patch import replaced
from test_cases import Case

if TYPE_CHECKING:
    from eqtest.formula.tree import Node
    from eqtest.report import Repair, Row

Change = str | Callable[[re.Match[str]], str | None]

BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
GREEK = r"\\(?:alpha|beta|gamma|delta|epsilon|eta|theta|lambda|mu|sigma|tau|phi|omega|Sigma|Lambda|Theta)(?![A-Za-z])"
FONT = r"\\(?:mathbf|bm|boldsymbol|mathrm|mathcal|hat|tilde|bar|bf)\s*"
DERIVATIVE = rf"\\[dt]?frac\{{\\partial\s?(?:[^{{}}]|{BRACES})*\}}\{{\\partial(?:[^{{}}]|{BRACES})*\}}"
LETTER = rf"(?:{FONT}{BRACES}|{GREEK}|(?<![\\A-Za-z])[A-Za-z](?![A-Za-z]))"
SCRIPT = rf"(?:\s?[_^](?:{BRACES}|\\[A-Za-z]+|\w|\*))"
ATOM = rf"(?:{DERIVATIVE}|{LETTER}){SCRIPT}{{0,2}}(?!\s*(?:\\left)?[(\[']|[A-Za-z{{}}])"
BARE = r"(?<![\\A-Za-z_^])([A-Za-z])(?![A-Za-z(])"


def _neighbour(match: re.Match[str]) -> str:
    return f"_{{{match[1]}}}" if match[2] else f"_{{{match[1]}-1}}"


def _exponent(match: re.Match[str]) -> str:
    return "" if match[0].endswith(("2", "2}")) else "^2"


KINDS: tuple[tuple[str, int, str, Change], ...] = (
    ("a transpose lost", 5, r"\^\s?(?:\{?\\top\}?(?![a-z])|T(?![A-Za-z])|\{T\}|\{?\\math(?:sf|rm)\s?\{?T\}?\}?)", ""),
    ("a transpose too many", 1, rf"{BARE}(?=\s*\\?[A-Za-z])", r"\1^\\top"),
    ("a factor lost", 2, rf"(?<=[\s}}]){ATOM}(?=\s*(?:\\odot|\\cdot|\\times)?\s*{ATOM})", ""),
    ("factors exchanged", 2, rf"({ATOM})(\s*(?:\\odot|\\cdot|\\times)?\s+)({ATOM})", r"\3\2 \1"),
    ("a wrong index", 3, r"_\{?([tlkni])(\s?[-+]\s?1\})?(?![A-Za-z,])\}?", _neighbour),
    ("indices exchanged", 1, r"_\{([a-z])([a-z])\}", r"_{\2\1}"),
    ("a wrong layer", 1, r"\^\{\(([a-z])\s?[-+]\s?1\)\}", r"^{(\1)}"),
    ("a wrong time step", 1, r"\\langle\s?([a-z])\s?[-+]\s?1\s?\\rangle", r"\\langle \1 \\rangle"),
    ("a wrong sign", 2, r"(?<=[\w}\])]) ?([-+]) ?(?=[\\A-Za-z(])", lambda m: " + " if m[1] == "-" else " - "),
    ("a sign lost", 1, r"^\s*-\s*", " "),
    ("a wrong power", 1, r"\^(?:[23]|\{[23]\})(?!\d)", _exponent),
    ("an inverse lost", 1, r"\^\{-1\}", ""),
    ("a root lost", 1, rf"\\sqrt({BRACES})", r"\1"),
    ("one over a number lost", 2, rf"\\frac\{{1\}}{BRACES}(?=\s*[\\A-Za-z(])", ""),
    ("a sum lost", 2, rf"\\sum\s?(?:\\limits)?\s?{SCRIPT}{{1,2}}", ""),
    ("an elementwise product lost", 2, r"\\odot", r"\\cdot"),
    ("a prime lost", 1, r"(?<=[A-Za-z}])'", ""),
    ("an accent lost", 1, r"\\(?:hat|tilde|bar)\s?\{(\w|\\\w+)\}", r"\1"),
    ("1 - lost", 2, r"1\s*-\s*(?=[\\A-Za-z])", ""),
    ("an identity lost", 1, r"(?:1|I)\s*\+\s*(?=[\\A-Za-z])", ""),
    ("a fraction upside down", 1, rf"\\[dt]?frac({BRACES})({BRACES})", r"\\frac\2\1"),
    ("a number lost", 1, r"(?<![\d_^{])2\s?(?=[\\A-Za-z(])", ""),
    ("a term lost", 1, rf"(?<=[\w}}\])])\s*[-+]\s*{ATOM}(?=\s*(?:[-+]|\\right|\)|$))", ""),
    ("another function", 1, r"\\(sin|cos)(?![a-z])", lambda m: r"\cos" if m[1] == "sin" else r"\sin"),
    ("a function lost", 1, r"\\(?:operatorname|mathrm)\{diag\}|\\(?:log|exp)(?![a-z])", ""),
    ("a limit lost", 1, r"(?<=\^)\{([A-Za-z])\s?[-+]\s?1\}", r"{\1}"),
)
"""What authors get wrong, how often beside one another, how it is found and what stands there then."""


@dataclass(frozen=True)
class Slip:
    """A formula with one slip."""

    case: Case
    kind: str
    latex: str


def right_sides(latex: str) -> Iterator[tuple[int, int]]:
    """Where what stands right of the first relation of each row starts and ends."""
    start = 0
    for row in re.split(r"(\\\\|\\qquad|\\quad|\\end\{\w+\*?\})", latex):
        depth = 0
        for at, sign in enumerate(row):
            depth += (sign in "{[(") - (sign in "}])")
            if sign == "=" and depth <= 0:
                yield start + at + 1, start + len(row)
                break
        start += len(row)


def slips(case: Case) -> dict[str, list[str]]:
    """The wrong formulas that can be made of a case, by kind of slip."""
    found: dict[str, list[str]] = {}
    for start, end in right_sides(case.formula):
        part = case.formula[start:end]
        for kind, _, pattern, change in (*KINDS, *_letters(case)):
            for match in re.finditer(pattern, part):
                new = match.expand(change) if isinstance(change, str) else change(match)
                if new is not None and new != match[0]:
                    wrong = part[: match.start()] + new + part[match.end() :]
                    found.setdefault(kind, []).append(case.formula[:start] + wrong + case.formula[end:])
    return found


def _letters(case: Case) -> Iterator[tuple[str, int, str, Change]]:
    """Letters of the formula and of its snippet in the place of others of their kind."""
    names = set(re.findall(r"\b([A-Za-z])\b", case.snippet)) | set(re.findall(BARE, case.formula))
    for name in sorted(names - set("ijklmntdTe")):
        alike = "A-SU-Z" if name.isupper() else "abcf-hp-su-z"
        yield "a wrong letter", 2, BARE.replace("A-Za-z])(?![", f"{alike}])(?![", 1), name


def sample(cases: list[Case], count: int, seed: int) -> Iterator[Slip]:
    """Slips drawn at random: a case, a kind of slip that can be made in it, and a place."""
    chooser = random.Random(seed)
    weights = {kind: weight for kind, weight, *_ in KINDS}
    for case in chooser.choices(cases, k=count):
        found = slips(case)
        if found:
            kind = chooser.choices(list(found), [weights.get(kind, 2) for kind in found])[0]
            yield Slip(case, kind, chooser.choice(found[kind]))


def trees(latex: str) -> list[Node | None]:
    try:
        return [row.tree for row in parse(latex)]
    except FormulaError:
        return []


def is_right(repair: Repair, row: Row, slip: Slip) -> bool:
    """Whether a repair gives the original, or another formula for its first side."""
    before, after = trees(slip.case.formula), trees(repair.latex)
    original = before[row.number - 1] if len(before) >= row.number else None
    mended = trees(replaced(slip.latex, repair.replacements))
    if original in (*after, *mended[row.number - 1 : row.number]):
        return True
    new = after[0] if after else None
    first = getattr(original, "sides", (None,))[0]
    return "layout" not in repair.description and first is not None and first == getattr(new, "sides", (None,))[0]
