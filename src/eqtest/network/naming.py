"""The tensors of a namespace by the names its code gives them, and how those names are set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GREEK = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
    """.split()  # noqa: SIM905 - a list of forty strings is no clearer
)
ACCENTS = ("hat", "tilde", "bar")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name as mathematics: ``h[1]`` is a bold italic h with the subscript 1."""

    base: str
    subscript: str = ""
    bold: bool = True

    @property
    def latex(self) -> str:
        base = rf"\boldsymbol{{{self.base}}}" if self.bold else self.base
        return f"{base}_{{{self.subscript}}}" if self.subscript else base


def symbol(name: str, bold: bool = True) -> Symbol:
    """The symbol of a Python name: ``h[1]``, ``h_1`` and ``h1`` are one; ``W_hh``, ``delta``, ``y_hat``, ``net.fc[0]``.

    Of a path of attributes the last one names the thing, and every index before it counts. A module's only symbol is
    its own, whether reached by its ``weight``, its ``bias`` or itself.
    """
    path = re.split(r"\.(?![^[]*\])", name)  # at dots outside of brackets
    path = [part for part in path if part not in ("weight", "bias")] or [name]
    indices = [word for part in path[:-1] for index in re.findall(r"\[([^]]*)\]", part) for word in _words(index)]
    base, *words = _words(path[-1])
    letter = _letter(base)
    for accent in filter(ACCENTS.__contains__, words):
        letter = rf"\{accent}{{{letter}}}"
    subscript = [*indices, *(word for word in words if word not in ACCENTS)]
    return Symbol(letter, ",".join(map(_index, subscript)), bold)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", text)


def _letter(word: str) -> str:
    word = "lambda" if word == "lam" else word
    if word in GREEK:
        return "\\" + word
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def _index(word: str) -> str:
    return rf"\mathrm{{{word}}}" if word.isalpha() and len(word) > 2 else word


@dataclass(frozen=True, slots=True)
class Names:
    """Everything in a namespace that has a name and matters to a picture."""

    tensors: tuple[tuple[str, Any], ...]
    """Name and tensor in the order of the namespace; a tensor may occur under several names."""
    modules: tuple[tuple[str, frozenset[int]], ...]
    """Name and identities of the parameters of every ``nn.Module``, outer ones first."""


def names_of(namespace: Mapping[str, Any], hide: Collection[str] = ()) -> Names:
    """Collect tensors from variables, dicts, lists, tuples and modules.

    ``hide`` leaves out names: ``x``, ``h[2]``, or ``h`` for all of a family. So do leading underscores.
    """
    tensors, modules = [], []
    for name, value in _walk(namespace, hide):
        if is_tensor(value):
            tensors.append((name, value))
        else:
            modules.append((name, frozenset(id(parameter) for parameter in value.parameters())))
    return Names(tuple(tensors), tuple(modules))


def is_tensor(value: object) -> bool:
    """Whether a value is a tensor; asked of its type, so that neither torch nor the value's own code is run."""
    return hasattr(type(value), "grad_fn") and hasattr(type(value), "requires_grad")


def _is_module(value: object) -> bool:
    return hasattr(type(value), "named_parameters") and hasattr(type(value), "named_children")


def _walk(namespace: Mapping[str, Any], hide: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Tensors and modules with their names, containers before their members."""
    waiting = [(name, value) for name, value in namespace.items() if not name.startswith("_")][::-1]
    seen: set[int] = set()
    while waiting:
        name, value = waiting.pop()
        if name in hide:
            continue
        if is_tensor(value):
            yield name, value
            continue
        members = list(_members(name, value))
        if members and id(value) not in seen:  # a container may hold itself
            seen.add(id(value))
            waiting += members[::-1]
            if _is_module(value):
                yield name, value


def _members(name: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield f"{name}[{', '.join(map(repr, key)) if isinstance(key, tuple) else repr(key)}]", member
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | range):
        yield from ((f"{name}[{index}]", member) for index, member in enumerate(value))
    elif _is_module(value):
        module: Any = value
        for key, member in (*module.named_parameters(recurse=False), *module.named_children()):
            yield (f"{name}[{key}]" if key.isdigit() else f"{name}.{key}"), member
