"""When two answers of a model are the same answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def close(a: Any, b: Any) -> bool:
    """Equal but for rounding: a batch may add in another order than one alone."""
    if isinstance(a, dict):
        return set(a) == set(b) and all(close(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-3, atol=1e-3))
    return bool(a == pytest.approx(b, rel=1e-3, abs=1e-3)) if isinstance(a, float) else a == b
