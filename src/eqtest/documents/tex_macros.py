r"""The macros that a LaTeX document defines.

They are those of ``\newcommand`` and its kin, ``\def``, ``\DeclareMathOperator``, ``\DeclarePairedDelimiter``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqtest.options import Macro

_COMMAND = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*\{?\s*\\([a-zA-Z]+)\s*\}?\s*(?:\[(\d)\])?\s*"
    r"(?:\[([^\[\]]*)\])?\s*(?=\{)"
)
_DEF = re.compile(r"\\def\s*\\([a-zA-Z]+)\s*((?:#\d)*)\s*(?=\{)")
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?\s*\{?\s*\\([a-zA-Z]+)\s*\}?\s*(?=\{)")
_DELIMITERS = re.compile(r"\\DeclarePairedDelimiter\s*\{?\s*\\([a-zA-Z]+)\s*\}?\s*\{([^{}]*)\}\s*\{([^{}]*)\}")


def read_macros(text: str) -> dict[str, Macro]:
    """Names without the backslash."""
    found: list[tuple[int, str, Macro]] = []
    for match in _COMMAND.finditer(text):
        body, count = _group(text, match.end()), int(match[2] or 0)
        if body is not None and match[3] is not None:
            found.append((match.end(), match[1], (body, count, match[3])))
        elif body is not None:
            found.append((match.end(), match[1], (body, count) if count else body))
    for match in _DEF.finditer(text):
        body, count = _group(text, match.end()), len(match[2]) // 2
        if body is not None:
            found.append((match.end(), match[1], (body, count) if count else body))
    for match in _OPERATOR.finditer(text):
        body = _group(text, match.end())
        if body is not None:
            found.append((match.end(), match[1], f"\\operatorname{{{body}}}"))
    found += [(match.end(), match[1], (f"{match[2]} #2 {match[3]}", 2, "")) for match in _DELIMITERS.finditer(text)]
    return {name: macro for _, name, macro in sorted(found, key=lambda item: item[0])}


def _group(text: str, start: int) -> str | None:
    """What is between the brace at ``start`` and its partner."""
    depth = 0
    for sign in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if not depth:
            return text[start + 1 : sign.start()]
    return None
