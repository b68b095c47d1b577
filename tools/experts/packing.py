"""Results and requests as plain data with arrays in it, for what leaves the process: the disk, an expert's own process,
the expert server. Nothing is ever unpickled; what is read back is checked by the models that it claims to be.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..capabilities import asked_of_experts
from ..framing import BadFrame
from ..results import Result

__all__ = ["MOST_BYTES", "packed", "result_from", "unpacked"]

MOST_BYTES = 1 << 29  # of one message between experts' processes
_ARRAY, _SHAPE, _DATA = "__array__", "shape", "data"
_KINDS = ("bool", "uint8", "int16", "int32", "int64", "float32", "float64")
_MOST_DIMENSIONS = 4


def packed(value: Any) -> Any:
    """Plain data in which arrays are dicts of kind, shape and bytes."""
    if isinstance(value, np.ndarray):
        kind = value.dtype.name
        if kind not in _KINDS:
            raise TypeError(f"an array of {kind} cannot be sent")
        bits = np.packbits(value) if kind == "bool" else np.ascontiguousarray(value)
        return {_ARRAY: kind, _SHAPE: list(value.shape), _DATA: bits.tobytes()}
    if isinstance(value, dict):
        return {str(key): packed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [packed(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def unpacked(value: Any) -> Any:
    """What `packed` made, with arrays again. Raises BadFrame where an array is not what it says."""
    if isinstance(value, dict):
        if _ARRAY in value:
            return _array(value)
        return {key: unpacked(item) for key, item in value.items()}
    return [unpacked(item) for item in value] if isinstance(value, list) else value


def _array(value: dict[str, Any]) -> npt.NDArray[Any]:
    kind, shape, data = value[_ARRAY], value.get(_SHAPE), value.get(_DATA)
    fits = (
        kind in _KINDS
        and isinstance(data, bytes)
        and isinstance(shape, list)
        and len(shape) <= _MOST_DIMENSIONS
        and all(type(n) is int and n >= 0 for n in shape)
    )
    if not fits:
        raise BadFrame("not an array")
    assert isinstance(data, bytes)
    assert isinstance(shape, list)
    count = int(np.prod(shape, dtype=np.int64))
    wanted = -(-count // 8) if kind == "bool" else count * np.dtype(kind).itemsize
    if wanted != len(data):
        raise BadFrame("an array of another size than it says")
    if kind == "bool":
        return np.unpackbits(np.frombuffer(data, np.uint8), count=count).reshape(shape).astype(np.bool_)
    array = np.frombuffer(data, kind).reshape(shape)
    array.flags.writeable = False
    return array


def result_from(capability: str, data: Any) -> Result:
    """The result of a capability from what `packed(result.model_dump())` gave, decoded.

    Raises:
        BadFrame, pydantic.ValidationError: when it is none.
    """
    return asked_of_experts(capability).result.model_validate(unpacked(data))
