"""Which pixels of a crop belong to the things of a name: outlines where somebody gives them, else boxes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..errors import EmptyPatch, ExpertUnavailable, OutsideWorld
from ..results import Detections, Result
from .base import ExpertRequest

__all__ = ["named_mask"]


def named_mask(request: ExpertRequest, name: str | None) -> npt.NDArray[np.bool_]:
    """The mask of all things of that name in the crop, (H, W); with None of the crop's own object, else of what stands
    out.

    Raises:
        EmptyPatch: when there is none, which a program can find out beforehand.
        OutsideWorld, ExpertUnavailable: when nobody here knows such things.
    """
    if name is None and request.mask is not None:
        return request.mask
    found = request.ask("foreground", {}) if name is None else _found(request, name)
    mask = np.zeros(request.pixels.shape[:2], np.bool_)
    for each in found.items if isinstance(found, Detections) else ():
        if each.mask is not None and each.mask.any():
            mask |= each.mask
        else:
            x1, y1, x2, y2 = each.box
            mask[max(0, math.floor(y1)) : max(0, math.ceil(y2)), max(0, math.floor(x1)) : max(0, math.ceil(x2))] = True
    if mask.any():
        return mask
    if request.mask is not None:  # the crop is of a thing in which no other of that name is seen
        return request.mask
    if name is None:
        raise EmptyPatch("nothing stands out from the background here: name what is meant")
    raise EmptyPatch(f"nothing named {name!r} is found here, so there is nothing to change: ask exists({name!r}) first")


def _found(request: ExpertRequest, name: str) -> Result:
    try:
        return request.ask("segment", {"name": name})
    except (ExpertUnavailable, OutsideWorld):
        return request.ask("detect", {"names": [name]})
