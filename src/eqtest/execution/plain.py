"""Dataclasses to plain JSON values and back, by their annotations: whatever is read, nothing but data comes of it."""

from __future__ import annotations

import base64
import functools
import reprlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]
"""From plain data to a value of one kind. Raises ``ValueError``."""


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
    return _reader(kind)(data)


@functools.cache
def _reader(kind: Any) -> Reader:
    """Annotations are understood once, however many values are read by them."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return functools.partial(_read_union, kind, [_reader(each) for each in args])
    if origin is Literal:
        return functools.partial(_read_literal, kind, args)
    if origin is tuple and args[1:] == (...,):
        return functools.partial(_read_tuple, kind, _reader(args[0]))
    if origin is tuple:
        return functools.partial(_read_parts, kind, [_reader(each) for each in args])
    if is_dataclass(kind):
        return functools.partial(
            _read_record, kind, {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
        )
    return functools.partial(_read_simple, kind)


def _read_union(kind: Any, readers: list[Reader], data: Any) -> Any:
    for read in readers:
        try:
            return read(data)
        except ValueError:
            continue
    raise _no(kind, data)


def _read_literal(kind: Any, values: tuple[Any, ...], data: Any) -> Any:
    if data in values:
        return data
    raise _no(kind, data)


def _read_tuple(kind: Any, read: Reader, data: Any) -> Any:
    if isinstance(data, list):
        return tuple([read(each) for each in data])
    raise _no(kind, data)


def _read_parts(kind: Any, readers: list[Reader], data: Any) -> Any:
    if isinstance(data, list) and len(data) == len(readers):
        return tuple([read(each) for read, each in zip(readers, data, strict=True)])
    raise _no(kind, data)


def _read_record(kind: Any, readers: dict[str, Reader], data: Any) -> Any:
    if isinstance(data, dict) and data.keys() == readers.keys():
        return kind(**{name: read(data[name]) for name, read in readers.items()})
    raise _no(kind, data)


def _read_simple(kind: Any, data: Any) -> Any:
    if kind is bytes and isinstance(data, str):
        return base64.b64decode(data, validate=True)
    if type(data) is kind or (kind is float and type(data) is int):
        return data
    raise _no(kind, data)


def _no(kind: Any, data: Any) -> ValueError:
    return ValueError(f"{reprlib.repr(data)} is no {kind}")
