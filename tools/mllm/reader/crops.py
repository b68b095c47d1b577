"""How the reader sees one thing: the part of its box in which print can be, at one size whatever the thing's.

Print lies on the side of a thing, and cameras look down on the table, so the upper quarter of a box never has any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..scenes.vectors import Floats

__all__ = ["HIGH", "PART", "WIDE", "cut"]

HIGH: Final[int] = 40  # pixels of a crop
WIDE: Final[int] = 96  # finer across than down: letters stand side by side
PART: Final[tuple[float, float, float, float]] = (0.03, 0.26, 0.97, 0.93)  # of a box: left, top, right, bottom

Pixels = NDArray[np.uint8]


def cut(pixels: Pixels, boxes: Sequence[Sequence[float]] | Sequence[Floats] | Floats) -> Pixels:
    """Crops (N, HIGH, WIDE, 3) of a picture (H, W, 3) by boxes x1, y1, x2, y2 px; its border goes on beyond it."""
    found = np.zeros((len(boxes), HIGH, WIDE, 3), np.uint8)
    for k, (x1, y1, x2, y2) in enumerate(boxes):
        found[k] = _scaled(_region(pixels, float(x1), float(y1), float(x2), float(y2)))
    return found


def _region(pixels: Pixels, x1: float, y1: float, x2: float, y2: float) -> Pixels:
    height, width = pixels.shape[:2]
    left, top = round(x1 + PART[0] * (x2 - x1)), round(y1 + PART[1] * (y2 - y1))
    right, bottom = round(x1 + PART[2] * (x2 - x1)), round(y1 + PART[3] * (y2 - y1))
    columns = np.arange(left, max(right, left + 1)).clip(0, width - 1)
    rows = np.arange(top, max(bottom, top + 1)).clip(0, height - 1)
    region: Pixels = pixels[rows[:, None], columns]
    return region


def _scaled(region: Pixels) -> Pixels:
    """Rows and columns apart, since one may shrink while the other grows."""
    import cv2

    high, wide = region.shape[:2]
    rows = cv2.resize(region, (wide, HIGH), interpolation=cv2.INTER_AREA if high > HIGH else cv2.INTER_LINEAR)
    both = cv2.resize(rows, (WIDE, HIGH), interpolation=cv2.INTER_AREA if wide > WIDE else cv2.INTER_LINEAR)
    return np.asarray(both, np.uint8)
