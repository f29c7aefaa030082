"""Dataclasses to plain JSON values and back, by their annotations: whatever is read, nothing but data comes of it."""

from __future__ import annotations

import base64
import functools
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """What ``json`` can write. Bytes are written in base 64; numbers that are not finite need ``allow_nan``."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [to_plain(each) for each in value]
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def from_plain(kind: Any, data: Any) -> Any:
    """The value of an annotation ``kind`` (dataclass, tuple, union, literal or simple type) that ``data`` stands for.

    Raises ``ValueError`` when it stands for none.
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _first(args, data)
    if origin is Literal and data in args:
        return data
    if origin is tuple and isinstance(data, list):
        kinds = args[:1] * len(data) if args[1:] == (...,) else args
        return tuple(from_plain(each, part) for each, part in zip(kinds, data, strict=True))
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(data, dict) and data.keys() == _hints(kind).keys():
        return kind(**{name: from_plain(hint, data[name]) for name, hint in _hints(kind).items()})
    if kind is bytes and isinstance(data, str):
        return base64.b64decode(data, validate=True)
    if type(data) is kind or (kind is float and type(data) is int):
        return data
    raise ValueError(f"{str(data)[:80]!r} is no {kind}")


def _first(kinds: tuple[Any, ...], data: Any) -> Any:
    for kind in kinds:
        try:
            return from_plain(kind, data)
        except ValueError:
            continue
    raise ValueError(f"{str(data)[:80]!r} is none of {kinds}")


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
