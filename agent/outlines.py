"""The outlines of masks, so that a trace can be drawn without the masks themselves.

A mask is known by its content and covers the box of its region, so an outline counts in fractions of that box, origin
top left, y down. Holes are polygons too: who draws them fills by the even-odd rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tools.errors import ApiMisuse

if TYPE_CHECKING:
    from ..tools.media import MediaStore
    from ..tools.media.picture import BoolMask

__all__ = ["Outline", "outline", "outlines_in"]

Outline = tuple[tuple[float, ...], ...]

_MOST_POLYGONS = 16  # of one mask, the largest first
_MOST_MASKS = 60  # of one result
_DETAIL = 0.006  # how far an outline may be off, as a share of the mask's longer side


def outline(mask: BoolMask) -> Outline:
    """The polygons around what a (H, W) mask holds, each as x1, y1, x2, y2, ... in fractions of the mask."""
    import cv2

    height, width = mask.shape
    # A border of nothing, so that what touches the edge is outlined there.
    padded = np.pad(mask.astype(np.uint8), 1)
    found, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    off = max(1.0, _DETAIL * max(height, width))
    polygons = []
    for contour in sorted(found, key=cv2.contourArea, reverse=True)[:_MOST_POLYGONS]:
        points = cv2.approxPolyDP(contour, off, closed=True).reshape(-1, 2)
        if len(points) >= 3:
            # Contours run through the middles of pixels, of which the first after the border is 1.
            fractions = (points - 0.5) / (width, height)
            polygons.append(tuple(round(float(value), 4) for value in np.clip(fractions, 0, 1).reshape(-1)))
    return tuple(polygons)


def outlines_in(result: Any, store: MediaStore) -> dict[str, Outline]:
    """By their ids the outlines of the masks that a result names, as far as the store still holds them."""
    found: dict[str, Outline] = {}
    for mask_id in _masks(result):
        if mask_id in found or len(found) >= _MOST_MASKS:
            continue
        try:
            found[mask_id] = outline(store.mask(mask_id))
        except ApiMisuse:
            continue
    return found


def _masks(result: Any) -> Iterator[str]:
    if isinstance(result, list):
        for item in result:
            yield from _masks(item)
    elif isinstance(result, Mapping) and isinstance(result.get("mask"), str) and "box" in result:
        yield result["mask"]
