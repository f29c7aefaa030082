r"""The author's own names: ``{\cal W}_<l>: blocks[l].weight``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eqtest.errors import FormulaError, WhereError
from eqtest.formula.names import script_text
from eqtest.formula.parse import parse
from eqtest.formula.tree import Derivative, Dots, Group, Node, Product, Scripts, Symbol, field_names
from eqtest.options import Macro

_CAPTURE = re.compile(r"<([A-Za-z]\w*)>")
_DISTINCT_FONTS = frozenset(("cal", "bb", "frak"))

IntegerOf = Callable[[Node], int | None]


@dataclass(frozen=True, slots=True)
class SymbolPattern:
    """A printed symbol with captured indices, and the Python expression it stands for."""

    tree: Node
    expression: ast.expr
    source: str

    @property
    def is_call(self) -> bool:
        """Whether the symbol is printed with arguments that belong to its name: ``f_\\theta(x_<t>)``."""
        return isinstance(self.tree, Product) and isinstance(self.tree.factors[-1], Group)

    @property
    def letters(self) -> tuple[Node, ...]:
        """The letters of a name that is printed as several: ``MSE``, ``dP_{<i>}``; none for other patterns."""
        if not isinstance(self.tree, Product) or any(self.tree.operators):
            return ()
        *front, last = self.tree.factors
        scripted = isinstance(last, Symbol) or (isinstance(last, Scripts) and isinstance(last.base, Symbol))
        return self.tree.factors if scripted and all(isinstance(factor, Symbol) for factor in front) else ()

    def match(self, node: Node, integer: IntegerOf) -> dict[str, int] | None:
        """The captured integers when ``node`` is such a symbol, else ``None``."""
        captures: dict[str, int] = {}
        return captures if _match(self.tree, node, integer, captures) else None


def read_patterns(symbols: Mapping[str, str], macros: Mapping[str, Macro]) -> tuple[SymbolPattern, ...]:
    """Patterns in the order given; raises :class:`WhereError` for one that cannot be read."""
    return tuple(_read(pattern, source, macros) for pattern, source in symbols.items())


@dataclass(frozen=True, slots=True)
class HeldPattern:
    """A derivative, and the names of what is held fixed in it."""

    tree: Node
    held: tuple[str, ...]

    def match(self, node: Node, integer: IntegerOf) -> bool:
        return _match(self.tree, node, integer, {})


def read_held(partials: Mapping[str, str], macros: Mapping[str, Macro]) -> tuple[HeldPattern, ...]:
    r"""``\frac{\partial h_<k>}{\partial W}: holding h, c``; raises :class:`WhereError`."""
    found = []
    for pattern, text in partials.items():
        tree = _tree(pattern, macros)
        names = tuple(name.strip() for name in text.strip().removeprefix("holding").split(","))
        if not isinstance(tree, Derivative):
            raise WhereError(f"{pattern} is not a derivative")
        if not text.strip().startswith("holding ") or not all(name.isidentifier() for name in names):
            raise WhereError(f"{text!r}, for the derivative {pattern}: expected `holding NAME, …`")
        found.append(HeldPattern(tree, names))
    return tuple(found)


def _tree(pattern: str, macros: Mapping[str, Macro]) -> Node:
    try:
        rows = parse(_CAPTURE.sub(r"\\operatorname{?\1}", pattern), macros)
        tree = rows[0].tree
        if rows[0].error is not None:
            raise rows[0].error
    except FormulaError as error:
        raise WhereError(f"the symbol {pattern} cannot be read: {error.message}") from None
    if len(rows) != 1 or tree is None or len(tree.sides) != 1:
        raise WhereError(f"{pattern} is not a single symbol")
    return tree.sides[0]


def _read(pattern: str, source: str, macros: Mapping[str, Macro]) -> SymbolPattern:
    tree = _tree(pattern, macros)
    try:
        expression = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        plain = _CAPTURE.sub(r"\1", source)
        advice = f"; captured integers stand there without angle brackets: {plain!r}" if plain != source else ""
        raise WhereError(f"{source!r}, for the symbol {pattern}, is not a Python expression{advice}") from None
    if any(isinstance(item, ast.BinOp) and _is_tower(item) for item in ast.walk(expression)):
        raise WhereError(f"{source!r}, for the symbol {pattern}: a power of a power may be too large to compute")
    return SymbolPattern(tree, expression, source.strip())


def _is_tower(item: ast.BinOp) -> bool:
    """``a**b**c``: of integers it may have more digits than there is memory."""
    operands = (item.left, item.right) if isinstance(item.op, ast.Pow) else ()
    inside = (inner for operand in operands for inner in ast.walk(operand))
    return any(isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow) for inner in inside)


def _match(pattern: Any, node: Any, integer: IntegerOf, captures: dict[str, int]) -> bool:
    if isinstance(pattern, Symbol) and pattern.name.startswith("?"):
        value = integer(node)
        name = pattern.name[1:]
        if value is None or captures.get(name, value) != value:
            return False
        captures[name] = value
        return True
    if isinstance(pattern, Symbol) and isinstance(node, Symbol):
        same = (pattern.name, pattern.accents) == (node.name, node.accents)
        return same and _font_class(pattern) == _font_class(node)
    if isinstance(pattern, Group) and isinstance(node, Group) and pattern.items and isinstance(pattern.items[0], Dots):
        return len(pattern.items) == 1  # (…): arguments that only decorate the name
    if isinstance(pattern, tuple):
        if not isinstance(node, tuple) or len(pattern) != len(node):
            return False
        return all(_match(a, b, integer, captures) for a, b in zip(pattern, node, strict=True))
    if isinstance(pattern, Node):
        if type(pattern) is not type(node):
            return isinstance(node, Node) and _is_same_word(pattern, node)
        names = field_names(pattern)
        return all(_match(getattr(pattern, name), getattr(node, name), integer, captures) for name in names)
    return bool(pattern == node)


def _is_same_word(pattern: Node, node: Node) -> bool:
    r"""Whether two scripts spell the same: ``D_{KL}`` and ``D_{\rm KL}``."""
    if Symbol not in (type(pattern), type(node)) or "?" in str(pattern):
        return False
    text = script_text(pattern)
    return text is not None and len(text) > 1 and text == script_text(node)


def _font_class(symbol: Symbol) -> str:
    return symbol.font if symbol.font in _DISTINCT_FONTS else ""
