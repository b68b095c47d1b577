"""NumPy arrays to RGB pixels: what is clear is converted, what is ambiguous is refused with the line that mends it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import BrokenMedia, UnsupportedMedia
from .limits import MediaLimits
from .picture import Pixels

__all__ = ["on_white", "rgb_from_array", "sixteen_to_eight"]


def sixteen_to_eight(values: npt.NDArray[Any]) -> Pixels:
    """0..65535 to 0..255, rounded."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def on_white(rgba: Pixels) -> Pixels:
    """(H, W, 4) with straight alpha to (H, W, 3) over white, exact to the rounded value."""
    alpha = rgba[..., 3:4].astype(np.uint16)
    blended = rgba[..., :3] * alpha + 255 * (255 - alpha)
    return ((blended + 127) // 255).astype(np.uint8)


def rgb_from_array(array: npt.NDArray[Any], *, limits: MediaLimits) -> tuple[Pixels, tuple[str, ...]]:
    """(H, W), (H, W, 1), (H, W, 3) or (H, W, 4); bool, uint8, uint16 or floats in 0..1 -> (H, W, 3) uint8 and notes.

    Raises:
        UnsupportedMedia: on another shape or type; the text says how to convert.
        BrokenMedia: when it has no pixels, or floats that are NaN, infinite or outside 0..1.
        MediaTooLarge: when it has too many pixels.
    """
    shape = array.shape
    _check_shape(shape)
    limits.check_size(int(shape[1]), int(shape[0]), "the array")
    eight, notes = _to_eight(array)
    if len(shape) == 2 or shape[2] == 1:
        gray = eight.reshape(shape[0], shape[1], 1)
        return np.repeat(gray, 3, axis=2), notes
    if shape[2] == 4:
        if eight[..., 3].min() < 255:
            notes = (*notes, "transparent parts shown on white")
        return on_white(eight), notes
    return np.array(eight, dtype=np.uint8, order="C", copy=True), notes


def _check_shape(shape: tuple[int, ...]) -> None:
    if 0 in shape:
        raise BrokenMedia(f"the array of shape {shape} has no pixels")
    if len(shape) == 4:
        raise UnsupportedMedia(f"the array of shape {shape} looks like a batch: pass one picture, such as array[0]")
    if len(shape) not in (2, 3):
        raise UnsupportedMedia(f"the array of shape {shape} is not a picture: it must be (H, W) or (H, W, 3)")
    if len(shape) == 3 and shape[2] not in (1, 3, 4):
        if shape[0] in (1, 3, 4):
            raise UnsupportedMedia(
                f"the array of shape {shape} has its channels first: pass numpy.moveaxis(array, 0, -1), "
                "which makes it (H, W, channels)"
            )
        raise UnsupportedMedia(f"the array of shape {shape} has {shape[2]} channels: a picture has 1, 3 or 4")


def _to_eight(array: npt.NDArray[Any]) -> tuple[Pixels, tuple[str, ...]]:
    kind = array.dtype
    if kind == np.bool_:
        return array.astype(np.uint8) * np.uint8(255), ()
    if kind == np.uint8:
        return np.asarray(array), ()
    if kind == np.uint16:
        return sixteen_to_eight(array), ("16-bit values scaled to 8",)
    if kind.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise BrokenMedia("the array holds NaN or infinite values: replace them, such as with numpy.nan_to_num")
        if low < 0.0 or high > 1.0:
            raise BrokenMedia(
                f"the array holds floats from {low:g} to {high:g}, not 0 to 1: scale it, "
                "or pass array.astype(numpy.uint8) if it is meant as 0 to 255"
            )
        return np.rint(array.astype(np.float64) * 255).astype(np.uint8), ()
    raise UnsupportedMedia(
        f"an array of type {kind} is not a picture: pass uint8, bool, uint16 or floats in 0..1, "
        "such as array.astype(numpy.uint8)"
    )
