"""Names -> Python: what a printed symbol is bound to in the namespace of a snippet."""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eqtest.errors import FormulaError, OutsideDomainError, UnboundSymbolError
from eqtest.formula.latex import latex
from eqtest.formula.names import is_transpose, script_text, spellings
from eqtest.formula.patterns import SymbolPattern
from eqtest.formula.scope import Scope, integer, is_tensor
from eqtest.formula.scripts import Index, Parts, free_letters, single_index, sort_scripts
from eqtest.formula.tree import Node, Number, Product, Scripts, Symbol, without_superscript


@dataclass(frozen=True, slots=True)
class Bound:
    """What a symbol is bound to; ``entry`` are the indices of an entry of a tensor, counted from zero."""

    value: Any
    path: str
    """The Python expression, for messages."""
    entry: tuple[Index, ...] = ()
    power: Node | None = None
    """A superscript that is neither an index nor part of the name."""
    transposed: bool = False


def resolve(node: Node, scope: Scope) -> Bound:
    """What a symbol with its scripts stands for.

    Raises :class:`UnboundSymbolError` when nothing answers to it, and :class:`OutsideDomainError` when its family
    exists but has no such member for these integers.
    """
    for pattern in scope.patterns:
        captures = _match(pattern, node, scope)
        if captures is not None:
            return from_pattern(pattern, captures, node, scope)
    if isinstance(node, Symbol):
        node = Scripts(node, span=node.span)
    if not isinstance(node, Scripts) or not isinstance(node.base, Symbol):
        raise UnboundSymbolError(f"{latex(node)} is not a symbol", node.span)
    for pattern in scope.patterns if node.sup is not None else ():
        captures = _match(pattern, without_superscript(node), scope)
        if captures is not None:
            bound = _with_superscript(from_pattern(pattern, captures, node, scope), node.sup)
            if bound.transposed or not _is_family(bound.value):
                return bound
    if not any(name in scope.namespace for name in spellings(node.base)):
        # what the author says goes before s2 for s_2
        return _from_part(node, node.base, scope) or _from_namespace(node, node.base, scope)
    try:
        return _from_namespace(node, node.base, scope)
    except UnboundSymbolError:
        found = _from_part(node, node.base, scope)
        if found is None:
            raise
        return found


def _match(pattern: SymbolPattern, node: Node, scope: Scope) -> dict[str, int] | None:
    """The integers that a pattern captures in a symbol; ``None`` where it is another symbol."""
    return pattern.match(node, lambda part: single_index(part, scope))


def _from_part(node: Scripts, base: Symbol, scope: Scope) -> Bound | None:
    r"""What a pattern of the author says of the symbol with some of its scripts, indexed by the others.

    With ``\hat x: normalised``, ``\hat x_i`` is an entry of it; with ``w^<l>: W[l]``, ``w^l_{jk}`` is one of ``W[l]``.
    """
    sub = tuple(itertools.chain.from_iterable(_letters_of(item) for item in node.sub))
    for sup, count in itertools.product(dict.fromkeys((node.sup, None)), range(len(sub), -1, -1)):
        if (sup, count) == (node.sup, len(sub)):
            continue
        part = replace(node, sub=sub[:count], sup=sup) if count or sup or node.primes else base
        for pattern in scope.patterns:
            captures = _match(pattern, part, scope)
            if captures is not None:
                bound = from_pattern(pattern, captures, node, scope)
                rest = Scripts(base, sub[count:], None if sup is not None else node.sup, span=node.span)
                return _indexed_part(bound, rest, scope)
    return None


def _indexed_part(bound: Bound, rest: Scripts, scope: Scope) -> Bound:
    parts = sort_scripts(rest, scope)
    if parts.suffixes:
        raise UnboundSymbolError(f"the index of {latex(rest)} is not an integer here", rest.span)
    _take_layer(bound.value, parts, scope)
    if not bound.entry:
        return _indexed(bound.value, bound.path, parts, rest, scope)
    row = bound.value[bound.entry]
    entry = _entry(row, tuple(parts.indices), scope.index_base, bound.path, rest)
    return replace(bound, entry=(*bound.entry, *entry), power=parts.power, transposed=parts.transposed)


def _letters_of(item: Node) -> tuple[Node, ...]:
    """The indices of ``w_{jk}``, printed side by side."""
    return item.factors if isinstance(item, Product) and not any(item.operators) else (item,)


def resolve_call(head: Node, group: Node, scope: Scope) -> Bound | None:
    """What a symbol printed with its arguments stands for by a pattern of the author; ``None`` without one."""
    patterns = [pattern for pattern in scope.patterns if pattern.is_call]
    node = Product((head, group), ("",), span=head.span | group.span)
    for pattern in patterns:
        captures = _match(pattern, node, scope)
        if captures is not None:
            return from_pattern(pattern, captures, node, scope)
    return None


def resolve_letters(factors: Sequence[Node], operators: Sequence[str], scope: Scope) -> tuple[Bound, int] | None:
    """What the first letters of a product stand for together, by a pattern of the author, and how many they are."""
    for pattern in scope.patterns:
        count = len(pattern.letters)
        if not 0 < count <= len(factors) or any(operators[: count - 1]):
            continue
        *front, last = factors[:count]
        ends: list[tuple[Node, Node | None]] = [(last, None)]
        if isinstance(last, Scripts) and last.sup is not None:
            ends.append((without_superscript(last), last.sup))  # the power may be that of the whole
        for end, power in ends:
            span = factors[0].span | last.span
            printed = Product((*front, end), ("",) * (count - 1), span=span)
            captures = _match(pattern, printed, scope)
            if captures is not None:
                bound = from_pattern(pattern, captures, printed, scope)
                return _with_superscript(bound, power), count
    return None


def _with_superscript(bound: Bound, sup: Node | None) -> Bound:
    return replace(bound, transposed=True) if is_transpose(sup) else replace(bound, power=sup)


def from_pattern(pattern: SymbolPattern, captures: Mapping[str, int], node: Node, scope: Scope) -> Bound:
    names = {**scope.namespace, **scope.integers, **captures}
    expression = pattern.expression
    try:
        if isinstance(expression, ast.Subscript):
            base = _evaluate(expression.value, names)
            if is_tensor(base):
                index = _evaluate(expression.slice, names)
                entry = index if isinstance(index, tuple) else (index,)
                if all(isinstance(item, int) for item in entry):
                    return Bound(base, pattern.source, _entry(base, entry, 0, pattern.source, node))
            elif isinstance(base, list | tuple) and isinstance(index := _evaluate(expression.slice, names), int):
                return Bound(_member(base, index, pattern.source, node), pattern.source)
        return Bound(_evaluate(expression, names), pattern.source)
    except (KeyError, IndexError):
        found = ", ".join(f"{name} = {value}" for name, value in captures.items())
        raise OutsideDomainError(f"{pattern.source} does not exist for {found}", node.span) from None
    except FormulaError:
        raise
    except (Exception, SystemExit) as error:
        message = f"{latex(node)} stands for {pattern.source}, which raises {type(error).__name__}: {error}"
        raise UnboundSymbolError(message, node.span) from None


def _evaluate(expression: ast.expr, names: Mapping[str, Any]) -> Any:
    code = compile(ast.Expression(expression), "<symbols>", "eval")
    return eval(code, dict(names))


def _numbered_member(node: Scripts, base: Symbol, scope: Scope) -> Bound | None:
    """``h_3`` of a list or dict ``h``: what most symbols of a long chain are, found without sorting scripts."""
    if len(node.sub) != 1 or node.sup is not None or node.primes or not isinstance(node.sub[0], Number):
        return None
    stem = next((name for name in spellings(base) if name in scope.namespace), None)
    index = integer(node.sub[0], scope)
    if stem is None or index is None or not isinstance(scope.namespace[stem], list | dict):
        return None
    return Bound(_member(scope.namespace[stem], index, stem, node), f"{stem}[{index}]")


def _from_namespace(node: Scripts, base: Symbol, scope: Scope) -> Bound:
    member = _numbered_member(node, base, scope)
    if member is not None:
        return member
    literal = _literal(node, base, scope)
    if literal is not None:
        return _with_superscript(Bound(scope.namespace[literal], literal), node.sup)
    parts = sort_scripts(node, scope)
    stems = ["_".join((name, *parts.suffixes)) for name in spellings(base)]
    if parts.suffixes:
        stems += ["".join((name, *parts.suffixes)) for name in spellings(base)]
    if len(parts.suffixes) > 1:
        stems += ["_".join((name, *parts.suffixes[::-1])) for name in spellings(base)]
        stems += [f"{name}_{''.join(parts.suffixes)}" for name in spellings(base)]
    if node.primes:
        stems = [stem + "_prime" * node.primes for stem in stems]
    for stem in stems:
        if stem in scope.namespace:
            value = scope.namespace[stem]
            printed = parts.layer or all(isinstance(item, Number) for item in node.sub)
            if is_tensor(value) and parts.indices and printed:  # x_0 is its own name before it is an entry of x
                taken = parts.indices[:1] if parts.layer else parts.indices
                named = _numbered(stem, taken, scope)
                if named is not None:
                    parts.indices = parts.indices[len(taken) :]
                    return _indexed(scope.namespace[named], named, parts, node, scope)
            _take_layer(value, parts, scope)
            return _indexed(value, stem, parts, node, scope)
    if parts.indices:
        named = next((name for stem in stems if (name := _numbered(stem, parts.indices, scope))), None)
        if named is not None:
            return Bound(scope.namespace[named], named, (), parts.power, parts.transposed)
        siblings = [name for stem in stems for name in scope.namespace if _is_sibling(name, stem)]
        if siblings:
            raise OutsideDomainError(
                f"{latex(_plain(node))} does not exist here: there is {', '.join(siblings)}", node.span
            )
    raise _unbound(node, stems, parts, scope)


def _take_layer(value: Any, parts: Parts, scope: Scope) -> None:
    """A superscript that is a layer is the first index, and no power."""
    layer = _layer(value, parts, scope)
    if layer is not None:
        parts.indices.insert(0, layer)
        parts.power = None


def _layer(value: Any, parts: Parts, scope: Scope) -> int | None:
    """The superscript of ``h^l`` and ``w_k^l`` where it is an index of a family; ``h_t^2`` is a square."""
    layer = None if parts.power is None or not _is_family(value) else integer(parts.power, scope)
    if layer is None or not parts.indices:
        return layer
    try:
        member = value[layer]
    except (KeyError, IndexError, TypeError):
        return None
    if isinstance(parts.power, Number) and not scope.layers:
        return layer if _is_family(member) else None
    return layer if _is_family(member) or is_tensor(member) else None


def _literal(node: Scripts, base: Symbol, scope: Scope) -> str | None:
    """``W_i`` bound by that very name, where ``i`` is at most a variable that the snippet has left over."""
    if (
        len(node.sub) != 1
        or node.primes
        or isinstance(node.sub[0], Number)
        or free_letters(node.sub[0]) & frozenset(scope.integers)
    ):
        return None
    text = script_text(node.sub[0])
    if text is None or text.isdigit():
        return None
    names = [f"{name}{joiner}{text}" for name in spellings(base) for joiner in ("_", "")]
    return next((name for name in names if name in scope.namespace), None)


def _is_family(value: Any) -> bool:
    return not is_tensor(value) and hasattr(value, "__getitem__") and not isinstance(value, str | bytes)


def _indexed(value: Any, path: str, parts: Parts, node: Scripts, scope: Scope) -> Bound:
    indices = list(parts.indices)
    if len(indices) > 1 and isinstance(value, Mapping) and tuple(indices) in value:
        value, path, indices = value[tuple(indices)], f"{path}[{', '.join(map(str, indices))}]", []
    elif len(indices) > 1 and isinstance(value, Mapping) and all(isinstance(key, tuple) for key in value):
        raise OutsideDomainError(f"{path} has no member ({', '.join(map(str, indices))})", node.span)
    while indices:
        if is_tensor(value):
            last = node.sub[-1] if node.sub else None
            if len(indices) == 1 and isinstance(last, Number) and len(last.text) == value.dim() > 1:
                indices = [int(digit) for digit in last.text]  # A_{12} of a matrix is the entry (1, 2)
            entry = _entry(value, tuple(indices), scope.index_base, path, node)
            return Bound(value, path, entry, parts.power, parts.transposed)
        index = indices.pop(0)
        if isinstance(index, slice):
            raise UnboundSymbolError(f"{path} is a {type(value).__name__} and has no rows or columns", node.span)
        if not _is_family(value):
            message = f"{path} is a {type(value).__name__} and cannot be indexed by {index}"
            raise UnboundSymbolError(message, node.span)
        value, path = _member(value, index, path, node), f"{path}[{index}]"
    return Bound(value, path, (), parts.power, parts.transposed)


def _member(family: Any, index: int, path: str, node: Node) -> Any:
    """A member of a dict or a sequence; a negative index never counts from the end."""
    if isinstance(family, Mapping):
        if index in family:
            return family[index]
        known = ", ".join(map(str, list(family)[:12]))
        raise OutsideDomainError(f"{path} has no member {index}: it has {known}", node.span)
    if not 0 <= index < len(family):
        raise OutsideDomainError(f"{path} has no member {index}: it has 0 to {len(family) - 1}", node.span)
    return family[index]


def _entry(tensor: Any, indices: tuple[Index, ...], base: int, path: str, node: Node) -> tuple[Index, ...]:
    if len(indices) > tensor.dim():
        message = f"{path} has {tensor.dim()} axes and cannot take {len(indices)} indices"
        raise UnboundSymbolError(message, node.span)
    entry = tuple(index - base if isinstance(index, int) else index for index in indices)
    for index, size in zip(entry, tensor.shape, strict=False):
        if isinstance(index, int) and not 0 <= index < size:
            raise OutsideDomainError(
                f"{path} has no entry {index + base}: its shape is {tuple(tensor.shape)}", node.span
            )
    return entry


def _numbered(stem: str, indices: Sequence[Index], scope: Scope) -> str | None:
    """``x0``, ``x_0``, ``w12``, ``w_1_2``: a name with its indices, where the snippet binds one."""
    names = (f"{stem}{joiner}{joiner.join(map(str, indices))}" for joiner in ("", "_"))
    return next((name for name in names if name in scope.namespace), None)


def _is_sibling(name: str, stem: str) -> bool:
    return name.startswith(stem) and name[len(stem) :].lstrip("_").isdigit()


def _plain(node: Scripts) -> Scripts:
    return replace(node, sup=None) if node.sup is not None and node.sub else node


def _unbound(node: Scripts, stems: list[str], parts: Parts, scope: Scope) -> UnboundSymbolError:
    tried = list(stems)
    if parts.indices:
        index = parts.indices[0]
        tried = [form for stem in stems for form in (f"{stem}[{index}]", f"{stem}{index}", f"{stem}_{index}")]
    public = [name for name in scope.namespace if not name.startswith("_")]
    close = difflib.get_close_matches(stems[0], public, n=3, cutoff=0.6)
    close += [name for name in public if name.lower() == stems[0].lower() and name not in close]
    hint = f"; close: {', '.join(close)}" if close else ""
    shown = latex(_plain(node))
    return UnboundSymbolError(f"{shown} is not bound: looked for {', '.join(tried)}{hint}", node.span)
