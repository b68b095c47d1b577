"""What a program may return, as JSON and as words.

A value is plain Python data plus patches, segments and what is known of time (tracks, moments, speech). `encode` writes
it as JSON with a tag for what JSON lacks, `decode` reads it back, `words` says it to a person. Patches decode to
references, since a stored value has no runtime.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from ..tools.api import ImagePatch, ImageRef, LineSegment, VideoSegment, reference_from_wire
from ..tools.api.in_time import RECORDS, Known, Moment, Motion, ShownText, Speech, Track
from ..tools.errors import SightlineError, TraceError

__all__ = ["decode", "encode", "patches_in", "words"]


def encode(value: Any) -> Any:
    """The JSON form of a value; what has no JSON form of its own becomes a dict with one key that starts with "$"."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item) for item in value]}
    if isinstance(value, set | frozenset):
        return {"$set": sorted((encode(item) for item in value), key=repr)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: encode(item) for key, item in value.items()}
        return {"$dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, ImagePatch):
        return {"$patch": value.ref.to_wire(), "label": value.label, "confidence": value.confidence}
    if isinstance(value, VideoSegment):
        return {"$segment": value.ref.to_wire()}
    if isinstance(value, LineSegment):
        return {"$line": [value.x1, value.y1, value.x2, value.y2]}
    if type(value) in RECORDS.values():
        return {
            "$record": type(value).__name__,
            **{one.name: encode(getattr(value, one.name)) for one in fields(value)},
        }
    raise TraceError(f"a {type(value).__name__} cannot be written to a trace")


def decode(data: Any) -> Any:
    """The value that `encode` wrote; patches and segments come back as `ImageRef` and `VideoRef`.

    Raises:
        TraceError: when the data is not what `encode` writes.
    """
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    tag = next((key for key in data if key.startswith("$")), None)
    if tag is None:
        return {key: decode(item) for key, item in data.items()}
    content = data[tag]
    match tag:
        case "$float":
            return float(content)
        case "$tuple":
            return tuple(decode(item) for item in content)
        case "$set":
            return {decode(item) for item in content}
        case "$bytes":
            return base64.b64decode(content)
        case "$dict":
            return {decode(key): decode(item) for key, item in content}
        case "$patch" | "$segment":
            return reference_from_wire(content)
        case "$line":
            return LineSegment(*content)
        case "$record" if content in RECORDS:
            return RECORDS[content](**{key: decode(item) for key, item in data.items() if key != tag})
    raise TraceError(f"the trace holds a value of the unknown kind {tag!r}")


def patches_in(data: Any) -> Iterator[tuple[ImageRef, str | None, float | None]]:
    """Every patch inside an encoded value: its region, label and confidence. What cannot be read is left out."""
    if isinstance(data, list):
        for item in data:
            yield from patches_in(item)
    elif isinstance(data, dict):
        if "$patch" not in data:
            for item in data.values():
                yield from patches_in(item)
            return
        try:
            ref = reference_from_wire(data["$patch"])
        except SightlineError:
            return
        if isinstance(ref, ImageRef):
            yield ref, data.get("label"), data.get("confidence")


def words(value: Any) -> str:
    """A value as a person would say it: yes and no, numbers without a spurious .0, patches by label and place."""
    if value is None:
        return "cannot tell"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4g}"
    if isinstance(value, ImagePatch):
        where = f"at ({value.left}, {value.lower}, {value.right}, {value.upper})"
        return f"{value.label} {where}" if value.label else where
    if isinstance(value, VideoSegment):
        return f"{value.start_time:.1f} to {value.end_time:.1f} s"
    if isinstance(value, LineSegment):
        return f"line ({value.x1}, {value.y1}) to ({value.x2}, {value.y2})"
    if isinstance(value, Track | Known):
        name = value.label if isinstance(value, Track) else value.text
        return f"{name} ({value.start:.1f} to {value.end:.1f} s)"
    if isinstance(value, Speech | ShownText):
        return value.text
    if isinstance(value, Moment):
        return f"{value.start:.1f} to {value.end:.1f} s"
    if isinstance(value, Motion):
        return f"{value.amount:.0%} of the picture moves at {value.time:.1f} s"
    if isinstance(value, dict):
        return ", ".join(f"{words(key)}: {words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(map(words, value)) if isinstance(value, set | frozenset) else [words(item) for item in value]
        return ", ".join(items) if items else "none"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value)
