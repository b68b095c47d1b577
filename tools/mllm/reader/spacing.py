"""Where the characters of a printed text stand in its width, so that the net can be told which column shows which.

From the advances of the fonts, which is near enough: only the middle of a character is ever told.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scenes.vectors import Floats
from .crops import WIDE
from .texts import BLANK, encoded

__all__ = ["COLUMNS", "MOOT", "columns_of", "edges"]

COLUMNS = WIDE // 2  # of the net
MOOT = -1  # of a column: it may say anything

_MIDDLE = 0.3  # of a character's width to each side of its middle
_LARGE = 64  # px; only shares of the width matter


@lru_cache(maxsize=4096)
def edges(text: str, font: str) -> tuple[float, ...]:
    """Where each character begins, and the last ends, in shares of the width of the letters."""
    if font == "outline":
        face = _outline()
        ends = [float(face.getlength(text[:k])) for k in range(len(text) + 1)]
    else:
        import cv2

        hershey = getattr(cv2, f"FONT_HERSHEY_{font.upper()}")
        ends = [0.0, *(float(cv2.getTextSize(text[:k], hershey, 4.0, 1)[0][0]) for k in range(1, len(text) + 1))]
    return tuple(end / ends[-1] for end in ends)


@lru_cache(maxsize=1)
def _outline() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size=_LARGE)


def columns_of(text: str, places: Floats | None) -> NDArray[np.int64]:
    """The number that each column is to say, (COLUMNS,) int64; MOOT where it may say anything.

    Args:
        places: where each character begins and the last ends, in columns, rising, (characters + 1,);
            None where that is not known.
    """
    said = np.full(COLUMNS, BLANK, np.int64)
    if not text:
        return said
    if places is None:
        said[:] = MOOT
        return said
    middle = np.arange(COLUMNS) + 0.5
    width = float(places[-1] - places[0]) / len(text)
    said[(middle > places[0] - width / 2) & (middle < places[-1] + width / 2)] = MOOT
    numbers = encoded(text)
    for k, number in enumerate(numbers):
        left, right = float(places[k]), float(places[k + 1])
        center, reach = (left + right) / 2, max(_MIDDLE * (right - left), 0.5)
        said[np.abs(middle - center) <= reach] = number
        if k and numbers[k - 1] == number:  # twins are told apart by a blank
            said[min(max(round(left - 0.5), 0), COLUMNS - 1)] = BLANK
    return said
