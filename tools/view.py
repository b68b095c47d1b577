"""From the pixels of the crop that an expert saw (y down) to the original image (y up), in one place.

A view also takes in what an expert made, masks and new images, so that results leave it as plain data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .api.refs import ImageRef

__all__ = ["MediaKeeper", "View"]


class MediaKeeper(Protocol):
    """What a view needs of the media store."""

    def add(self, source: Any) -> ImageRef: ...

    def add_mask(self, mask: npt.NDArray[np.bool_]) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A region as an expert sees it: (0, 0) is its top left pixel, y down.

    Attributes:
        ref: the region; None for what is asked of no image, which has no places.
        media: where masks and new images go.
        margin_px: how far the expert's crop reaches beyond the region on each side, where the image goes on.
    """

    ref: ImageRef | None
    media: MediaKeeper
    margin_px: int = 0

    @property
    def _region(self) -> ImageRef:
        if self.ref is None:
            raise TypeError("there are no places where no image was asked about")
        return self.ref

    def _origin(self) -> tuple[int, int]:
        """The crop's top left corner as (x from the left, y from the bottom) of the original image."""
        crop = self._region.box.widened(self.margin_px, self._region.bounds)
        return crop.left, crop.upper

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the crop, y down, as a point of the original image, y up."""
        left, upper = self._origin()
        return left + x, upper - y

    def box(self, xyxy: Sequence[float]) -> tuple[int, int, int, int] | None:
        """(x1, y1, x2, y2) of the crop, y down, as (left, lower, right, upper) of the original image, y up.

        Rounded to whole pixels, at least one of them, and clamped to the region; None where it lies outside it.
        """
        (left, upper), (right, lower) = self.point(xyxy[0], xyxy[1]), self.point(xyxy[2], xyxy[3])
        bounds = self._region.box
        x1, x2 = _span(left, right, bounds.left, bounds.right)
        y1, y2 = _span(lower, upper, bounds.lower, bounds.upper)
        return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None

    def line(self, xyxy: Sequence[float]) -> list[int]:
        """(x1, y1, x2, y2) of the crop, y down, as whole pixels of the original image, y up."""
        return [round(v) for v in (*self.point(xyxy[0], xyxy[1]), *self.point(xyxy[2], xyxy[3]))]

    def mask(self, mask: npt.NDArray[np.bool_], box: tuple[int, int, int, int]) -> str:
        """Keep the part of a crop-sized mask that lies in `box` (original image, y up); its id."""
        left, upper = self._origin()
        part = mask[upper - box[3] : upper - box[1], box[0] - left : box[2] - left]
        return self.media.add_mask(np.ascontiguousarray(part))

    def image(self, pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
        """Keep a new image, (H, W, 3) uint8 RGB; its reference in wire form."""
        return self.media.add(pixels).to_wire()


def _span(low: float, high: float, least: int, most: int) -> tuple[int, int]:
    start, end = round(low), round(high)
    if start == end:  # thinner than a pixel: the pixel that it lies in
        start = int(low)
        end = start + 1
    return max(start, least), min(end, most)
