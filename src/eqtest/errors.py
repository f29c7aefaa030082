"""The one tree of errors.

Inside the package a mistake is an exception with a place; at the top (:func:`eqtest.check`, the Sphinx
extension) each becomes a verdict or a warning. Nothing here imports torch.
"""

from __future__ import annotations

from eqtest.span import Span


class EqtestError(Exception):
    """Base of every error that this package raises on purpose."""


class FormulaError(EqtestError):
    """Something about a formula, with its place in the LaTeX.

    ``subtype`` names the kind of mistake as the warnings of the Sphinx extension do.
    """

    subtype = "syntax"

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class FormulaSyntaxError(FormulaError):
    """The LaTeX is not a formula of the language."""


class UnsupportedError(FormulaError):
    """Understood, but outside the language (integrals, limits, ...) or not built yet."""

    subtype = "unsupported"


class UnboundSymbolError(FormulaError):
    """A symbol that nothing in the snippet's namespace answers to, or that two things answer to."""

    subtype = "unbound"


class ValueKindError(FormulaError):
    """A symbol is bound, but to something the formula cannot use there (a string, a tensor without gradient)."""

    subtype = "unbound"


class EllipsisError(FormulaError):
    """Dots whose terms cannot be found, or for which there are several readings."""

    subtype = "ellipsis"


class WrongFormulaError(FormulaError):
    """The formula is understood and cannot be true: the row fails."""


class RunError(WrongFormulaError):
    """A term printed beside dots that is not a member of their run."""

    subtype = "ellipsis"


class ShapeError(WrongFormulaError):
    """Factors or sides whose shapes do not fit."""

    subtype = "shape"


class OutsideDomainError(FormulaError):
    """The formula names something that does not exist for this assignment of the integers."""

    subtype = "undefined"


class WhereError(FormulaError):
    """A mistake in ``where`` or ``ranges``; the place is one in that text."""

    subtype = "where"


class SnippetError(EqtestError):
    """A snippet raised, at ``line`` of the file it stands in (of its own code where it stands in none)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def unreadable(name: str, error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, and what to do."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"{name} is not UTF-8: byte 0x{error.object[error.start]:02x} in line {line}; save it as UTF-8"
    return f"{name} cannot be read: {error.strerror or error}"
