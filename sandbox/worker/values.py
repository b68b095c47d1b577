"""Results on their way out and inputs on their way in, by exact type.

A container travels as a list that begins with a tag, so that a list, a tuple and a set stay apart; a patch travels as
its reference. Nothing of an object's own code runs while it is encoded: a subclass, whatever it claims to be, is
refused by name.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import fields
from typing import Any

from ...tools.api import ImagePatch, LineSegment, VideoSegment, reference_from_wire
from ...tools.api.in_time import RECORDS
from .numpy_facade import to_plain

__all__ = [
    "MAX_DEPTH",
    "MAX_INT_BITS",
    "MAX_LONG_INTS",
    "MAX_NODES",
    "MAX_TEXT",
    "UnfitResult",
    "decode_input",
    "encode_result",
]

MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_TEXT = 100_000  # characters or bytes in one string
MAX_INT_BITS = 4096
MAX_LONG_INTS = 1000  # whole numbers of more than 64 bits


class UnfitResult(TypeError):
    """The program's value is not one that can be returned."""


_RETURNABLE = (
    "a program can return None, True or False, numbers, text, bytes, lists, tuples, sets, dicts, arrays, "
    "and the patches, segments and tracks of the API"
)


def encode_result(value: Any) -> Any:
    """Plain data for the pipe.

    Raises:
        UnfitResult: naming the type that cannot be returned, or the limit that was passed.
    """
    return _Encoder().encode(value, 0)


class _Encoder:
    def __init__(self) -> None:
        self._nodes = 0
        self._long_ints = 0

    def encode(self, value: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UnfitResult(f"the result has more than {MAX_NODES} parts: return less")
        if depth > MAX_DEPTH:
            raise UnfitResult(f"the result is nested more than {MAX_DEPTH} deep, or holds itself")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            if value.bit_length() > MAX_INT_BITS:
                raise UnfitResult(f"the result holds a whole number of more than {MAX_INT_BITS} bits")
            if -(1 << 63) <= value < 1 << 63:
                return value
            self._long_ints += 1
            if self._long_ints > MAX_LONG_INTS:
                raise UnfitResult(f"the result holds more than {MAX_LONG_INTS} whole numbers of more than 64 bits")
            return ["int", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)]
        if kind is str or kind is bytes:
            if len(value) > MAX_TEXT:
                raise UnfitResult(f"the result holds text of more than {MAX_TEXT} characters")
            # A lone surrogate cannot be sent, and no text that an expert gave holds one.
            return value.encode("utf-8", "replace").decode() if kind is str and not value.isascii() else value
        tag = _SEQUENCES.get(kind)
        if tag is not None:
            self._room(value)
            return [tag, *[self.encode(item, depth + 1) for item in kind.__iter__(value)]]
        if kind in _MAPPINGS:
            self._room(value)
            flat: list[Any] = ["dict"]
            for key, item in dict.items(value):
                flat += (self.encode(key, depth + 1), self.encode(item, depth + 1))
            return flat
        if kind is ImagePatch:
            label = value.label if type(value.label) is str else None
            place = [_number(v) for v in value.place] if type(value.place) is tuple else []
            place = place if len(place) == 2 and None not in place else []
            track = value.track if type(value.track) is int and abs(value.track) < 1 << 63 else None
            return ["image", value.ref.to_wire(), label, _number(value.confidence), _number(value.time), place, track]
        if kind is VideoSegment:
            return ["video", value.ref.to_wire()]
        if kind is LineSegment:
            return ["line", value.x1, value.y1, value.x2, value.y2]
        names = _RECORDS.get(kind)
        if names is not None:
            return ["record", kind.__name__, *[self.encode(getattr(value, name), depth + 1) for name in names]]
        plain = to_plain(value)
        if plain is not value:
            return self.encode(plain, depth)
        name = kind.__name__ if type(kind.__name__) is str else "object"
        raise UnfitResult(f"the result holds a {name[:100]}: {_RETURNABLE}")

    @staticmethod
    def _room(value: Any) -> None:
        # Before anything is copied: a list may hold itself a million times.
        if len(value) > MAX_NODES:
            raise UnfitResult(f"the result has more than {MAX_NODES} parts: return less")


_SEQUENCES: dict[type, str] = {
    list: "list",
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    deque: "list",
}
_RECORDS: dict[type, tuple[str, ...]] = {kind: tuple(one.name for one in fields(kind)) for kind in RECORDS.values()}
_MAPPINGS = frozenset({dict, Counter, OrderedDict, defaultdict})


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None


def decode_input(data: Any) -> Any:
    """An input as the host sent it; references become the API's objects, bound to the current runtime."""
    if type(data) is not list:
        return data
    tag, *rest = data
    if tag == "list":
        return [decode_input(item) for item in rest]
    reference = reference_from_wire(rest[0])
    return ImagePatch(reference) if tag == "image" else VideoSegment(reference)
