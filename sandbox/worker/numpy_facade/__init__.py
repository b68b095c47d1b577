"""`import numpy as np` in a program: the small part of numpy that programs use, in pure Python.

Real numpy would cost each worker 16 MB and bring C code that reads buffers; programs handle dozens of numbers. What
is here is held to numpy's own answers by tests; what is not raises AttributeError.
"""

from __future__ import annotations

import types
from typing import Any

from . import functions, reductions
from .array import Array, to_plain

__all__ = ["Array", "parts", "to_plain"]


def parts() -> dict[str, Any]:
    """The names of the facade, `linalg` among them."""
    linalg = types.ModuleType("numpy.linalg", None)
    linalg.norm = reductions.norm  # type: ignore[attr-defined]
    return functions.parts() | {"linalg": linalg}
