"""Inputs on their way to a program, and its result on the way back: plain data on the pipe, checked by exact type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ..tools.api import ImagePatch, LineSegment, VideoSegment
from ..tools.api.in_time import RECORDS
from ..tools.api.refs import ImageRef, Reference, VideoRef
from ..tools.api.runtime import Runtime, use_runtime
from ..tools.errors import BadRequest
from .references import ReferenceTable
from .wire import BadFrame

__all__ = ["Input", "decode_result", "encode_inputs"]

Input = Reference | str | int | float | bool | None | list[Any]

# A little more than the worker lets through.
_MAX_DEPTH = 20
_MAX_NODES = 40_000
_MAX_LONG_INTS = 1000
_CONTAINERS: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
# What the fields of records may hold, by their annotations.
_HOLDS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda value: type(value) is bool,
    "int": lambda value: type(value) is int,
    "float": lambda value: type(value) is float or type(value) is int,
    "float | None": lambda value: value is None or type(value) is float or type(value) is int,
    "str": lambda value: type(value) is str,
    "ImagePatch": lambda value: type(value) is ImagePatch,
    "tuple[ImagePatch, ...]": lambda value: (
        type(value) is tuple and bool(value) and all(type(one) is ImagePatch for one in value)
    ),
}
_FIELDS = {kind: [_HOLDS[str(one.type)] for one in fields(kind)] for kind in RECORDS.values()}
_SCALARS = (type(None), bool, int, float, str, bytes)


def encode_inputs(inputs: Mapping[str, Input], table: ReferenceTable) -> list[list[Any]]:
    """Inputs as (name, plain data) pairs; references among them are granted to the program.

    Raises:
        BadRequest: when a name or value is not one that a program can be given.
    """
    encoded = []
    for name, value in inputs.items():
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
            raise BadRequest(f"an input needs a name that a program can use, not {name!r}")
        encoded.append([name, _encode_input(name, value, table)])
    return encoded


def _encode_input(name: str, value: Any, table: ReferenceTable) -> Any:
    if type(value) is ImageRef or type(value) is VideoRef:
        table.grant(value)
        return ["image" if type(value) is ImageRef else "video", value.to_wire()]
    if type(value) in (str, int, float, bool, type(None)):
        return value
    if isinstance(value, list | tuple):
        return ["list", *(_encode_input(name, item, table) for item in value)]
    kind = type(value).__name__
    raise BadRequest(f"input {name} must be an image, a video, text, a number or a list of them, not {kind}")


def decode_result(data: Any, table: ReferenceTable, runtime: Runtime) -> Any:
    """The value that a worker sent; patches are bound to `runtime`.

    Raises:
        BadFrame: when it is not the form that the worker's encoder makes.
        ApiMisuse: when it names a picture that the program was never given.
    """
    with use_runtime(runtime):
        return _Decoder(table).decode(data, 0)


class _Decoder:
    """Decodes one result; counts what could make the host work long."""

    def __init__(self, table: ReferenceTable) -> None:
        self._table = table
        self._nodes = 0
        self._long_ints = 0

    def decode(self, data: Any, depth: int) -> Any:
        self._nodes += 1
        if type(data) in _SCALARS:
            return data
        if type(data) is not list or not data or depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise BadFrame("not a result")
        tag = data[0]
        if tag == "int":
            return self._long_int(data)
        if tag == "line" and len(data) == 5 and all(type(v) is int for v in data[1:]):
            return LineSegment(*data[1:])
        if tag in ("image", "video"):
            return _patch(tag, data[1:], self._table)
        if tag == "record":
            return self._record(data, depth)
        if type(tag) is not str or (tag != "dict" and tag not in _CONTAINERS):
            raise BadFrame("not a result")
        return self._container(tag, [self.decode(item, depth + 1) for item in data[1:]])

    def _long_int(self, data: list[Any]) -> int:
        # Many long numbers of one hash would make a set take minutes.
        self._long_ints += 1
        if self._long_ints > _MAX_LONG_INTS or len(data) != 2 or type(data[1]) is not bytes or len(data[1]) > 1024:
            raise BadFrame("not a result")
        return int.from_bytes(data[1], "little", signed=True)

    def _record(self, data: list[Any], depth: int) -> Any:
        kind = RECORDS.get(data[1]) if len(data) > 1 and type(data[1]) is str else None
        if kind is None:
            raise BadFrame("not a result")
        values = [self.decode(item, depth + 1) for item in data[2:]]
        checks = _FIELDS[kind]
        if len(values) != len(checks) or not all(check(value) for check, value in zip(checks, values, strict=True)):
            raise BadFrame("not a result")
        return kind(*values)

    @staticmethod
    def _container(tag: str, items: list[Any]) -> Any:
        try:
            if tag == "dict":
                return dict(zip(items[::2], items[1::2], strict=True))
            return _CONTAINERS[tag](items)
        except (TypeError, ValueError) as error:  # something that cannot be a key; a key without value
            raise BadFrame("not a result") from error


def _patch(tag: str, rest: list[Any], table: ReferenceTable) -> ImagePatch | VideoSegment:
    if len(rest) != (6 if tag == "image" else 1):
        raise BadFrame("not a result")
    reference = table.resolve(rest[0])
    if isinstance(reference, VideoRef):
        if tag != "video":
            raise BadFrame("not a result")
        return VideoSegment(reference)
    if tag != "image":
        raise BadFrame("not a result")
    patch = ImagePatch(reference)
    label, confidence, time, place, track = rest[1:]
    if label is not None and type(label) is not str:
        raise BadFrame("not a result")
    if any(number is not None and type(number) is not float for number in (confidence, time)):
        raise BadFrame("not a result")
    if track is not None and type(track) is not int:
        raise BadFrame("not a result")
    if type(place) is not list or len(place) not in (0, 2) or any(type(number) is not float for number in place):
        raise BadFrame("not a result")
    patch.label, patch.confidence, patch.time, patch.track = label, confidence, time, track
    patch.place = (place[0], place[1]) if place else None
    return patch
