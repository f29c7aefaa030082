r"""The macros that a LaTeX document defines: ``\newcommand`` and its kin, ``\def``, ``\DeclareMathOperator``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqtest.options import Macro

_COMMAND = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*\{?\s*\\([a-zA-Z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)"
)
_DEF = re.compile(r"\\def\s*\\([a-zA-Z]+)\s*((?:#\d)*)\s*(?=\{)")
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?\s*\{?\s*\\([a-zA-Z]+)\s*\}?\s*(?=\{)")


def read_macros(text: str) -> dict[str, Macro]:
    """Names without the backslash. Macros with an optional argument are left out."""
    found = [(match.end(), match[1], int(match[2] or 0), "") for match in _COMMAND.finditer(text)]
    found += [(match.end(), match[1], len(match[2]) // 2, "") for match in _DEF.finditer(text)]
    found += [(match.end(), match[1], 0, "operatorname") for match in _OPERATOR.finditer(text)]
    macros: dict[str, Macro] = {}
    for at, name, arguments, kind in sorted(found):
        body = _group(text, at)
        if body is not None:
            body = f"\\operatorname{{{body}}}" if kind else body
            macros[name] = (body, arguments) if arguments else body
    return macros


def _group(text: str, start: int) -> str | None:
    """What is between the brace at ``start`` and its partner."""
    depth = 0
    for sign in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if not depth:
            return text[start + 1 : sign.start()]
    return None
