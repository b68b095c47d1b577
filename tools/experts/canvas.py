"""The sizes that pictures are made at, and the way back: models work at a size of their own, callers get theirs.

Arrays are (H, W, 3) uint8 RGB, rows top to bottom; masks (H, W) bool. Sizes are (width, height) in pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Window", "around", "grown", "pasted", "scaled", "scaled_mask", "working_size"]

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_LONGEST = 2.0  # of a working size's longer side, as a multiple of the square's side


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture: columns x1 to x2 and rows y1 to y2, the latter exclusive."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def size(self) -> tuple[int, int]:
        return self.x2 - self.x1, self.y2 - self.y1

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.y1, self.y2), slice(self.x1, self.x2)


def working_size(size: tuple[int, int], *, side: int, multiple: int) -> tuple[int, int]:
    """The size of that shape with about side x side pixels, each way a multiple; very long shapes are shortened."""
    scale = side / math.sqrt(size[0] * size[1])
    wanted = [min(length * scale, side * _LONGEST) for length in size]
    width, height = (max(1, round(length / multiple)) * multiple for length in wanted)
    return width, height


def scaled(pixels: Pixels, size: tuple[int, int]) -> Image:
    """The picture at another size; as it is where that is its own."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def scaled_mask(mask: Mask, size: tuple[int, int]) -> Image:
    """The mask at another size, 255 where any of it lies, so that nothing thin is lost."""
    from PIL import Image

    image = Image.fromarray(mask.astype(np.uint8) * 255)
    if image.size == size:
        return image
    resized = image.resize(size, Image.Resampling.BOX if min(size) < min(image.size) else Image.Resampling.NEAREST)
    return resized.point(lambda value: 255 if value else 0)


def around(mask: Mask, *, least: int, share: float = 0.5) -> Window:
    """The part of the picture to look at when the mask is painted over: its box with a margin on each side.

    Args:
        mask: with something in it.
        least: length of the window's sides in pixels, where the picture is as large.
        share: the margin, as a share of the box's longer side.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x1, x2, y1, y2 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    margin = math.ceil(share * max(x2 - x1, y2 - y1))
    height, width = mask.shape
    left, right = _span(x1 - margin, x2 + margin, least, width)
    upper, lower = _span(y1 - margin, y2 + margin, least, height)
    return Window(left, upper, right, lower)


def _span(start: int, end: int, least: int, length: int) -> tuple[int, int]:
    """At least so long, inside 0 to `length`."""
    short = max(0, least - (end - start))
    start, end = start - short // 2, end + short - short // 2
    if start < 0:
        start, end = 0, end - start
    if end > length:
        start, end = start - (end - length), length
    return max(0, start), end


def grown(mask: Mask, pixels: int) -> Mask:
    """The mask and what lies within so many pixels of it."""
    import cv2

    if pixels < 1:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


def pasted(pixels: Pixels, made: Pixels, mask: Mask, window: Window) -> Pixels:
    """The picture with what was made for the window, inside the mask alone: every other pixel is as it was."""
    whole = np.array(pixels)
    part = whole[window.slices]
    inside = mask[window.slices]
    part[inside] = made[inside]
    return whole
