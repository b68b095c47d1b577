"""Arrays of vectors, kept as (3, N) float32: a contiguous row per coordinate is several times faster than (N, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "column", "dot", "unit"]

Floats: TypeAlias = NDArray[np.float32]


def column(values: Sequence[float]) -> Floats:
    """Numbers as one column, (K, 1)."""
    return np.asarray(values, np.float32)[:, None]


def dot(a: Floats, b: Floats) -> Floats:
    """Inner products of columns, (N,); faster than summing over the first axis."""
    product: Floats = a[0] * b[0]
    product = product + a[1] * b[1]
    product += a[2] * b[2]
    return product


def unit(a: Floats) -> Floats:
    """Columns scaled to length 1; the zero vector stays zero."""
    scaled: Floats = a * (1 / np.sqrt(dot(a, a) + np.float32(1e-12)))
    return scaled
