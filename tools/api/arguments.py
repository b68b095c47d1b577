"""What the API's methods make of their arguments: texts and numbers, checked, with errors that a program can act on."""

from __future__ import annotations

import math
import numbers
from typing import Any

from ..errors import ApiMisuse

__all__ = ["dots", "is_real", "real", "text", "whole"]

_LARGEST = 1 << 40


def is_real(value: Any) -> bool:
    """Whether it is a number; programs compute with numpy, whose numbers are not Python's."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def real(name: str, value: Any) -> float:
    """A finite number as a float. Raises ApiMisuse on anything else."""
    if not is_real(value) or not math.isfinite(value) or abs(value) > _LARGEST:
        raise ApiMisuse(f"{name} must be a number, not {value!r}"[:200])
    return float(value)


def whole(name: str, value: Any) -> int:
    """A finite number without its fraction; programs compute halves and means. Raises ApiMisuse on anything else."""
    return int(real(name, value))


def text(name: str, value: Any) -> str:
    """A text with something in it. Raises ApiMisuse on anything else."""
    if not isinstance(value, str):
        raise ApiMisuse(f"{name} must be a text, not {type(value).__name__}")
    if not value.strip():
        raise ApiMisuse(f"{name} is empty")
    return value


def dots(name: str, value: Any) -> list[list[float]]:
    """A list of (x, y), as lists of two floats; one (x, y) is a list of one. Raises ApiMisuse on anything else."""
    if isinstance(value, tuple) and len(value) == 2 and all(map(is_real, value)):
        value = [value]
    pairs = isinstance(value, list | tuple) and all(isinstance(each, list | tuple) and len(each) == 2 for each in value)
    if not pairs or not value:
        raise ApiMisuse(f"{name} must be a list of points (x, y)")
    return [[real(name, x), real(name, y)] for x, y in value]
