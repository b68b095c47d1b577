"""What experts share that outline things: which boxes and points a request means, and what becomes of the masks.

A name is found by the detector of the profile, whose boxes are outlined. Points mean the one thing that they lie on. A
region without either means what it shows: its box in the whole picture, or the thing in the middle where it is the
whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...capabilities import Outline
from ...errors import OutsideWorld
from ...results import Detection, Detections
from ..base import ExpertRequest

__all__ = ["Outlined", "Outliner", "Prompt", "around"]

_MOST_BOXES = 16  # whose masks are computed at once
_MOST_SHARE = 0.95  # of the picture: a region that is larger is no box around a thing
XYXY = tuple[float, float, float, float]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to outline, in pixels, y down: a box, or points with 1 for those on the thing and 0 for those beside it."""

    box: XYXY | None = None
    points: tuple[tuple[float, float], ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """`mask`: (H, W) bool; `quality`: how good the model thinks that it is, 0 to 1."""

    mask: Mask
    quality: float


class Outliner:
    """For experts of `segment`: they say how prompts become masks, and how everything is outlined."""

    def outlines(self, pixels: npt.NDArray[np.uint8], prompts: Sequence[Prompt]) -> list[Outlined]:
        """The best mask for each of the prompts, which are all boxes or all points."""
        raise NotImplementedError

    def everything(self, pixels: npt.NDArray[np.uint8]) -> list[Outlined]:
        """Every segment of a picture."""
        raise NotImplementedError

    def serve(self, request: ExpertRequest) -> Detections:
        asked = request.arguments
        assert isinstance(asked, Outline)
        if asked.everything:
            found = [_detection(each) for each in self.everything(request.pixels) if each.mask.any()]
            return Detections(items=sorted(found, key=lambda each: -(each.confidence or 0.0)))
        if asked.points is not None:
            on, beside = asked.points, asked.excluded or []
            prompt = Prompt(points=(*on, *beside), labels=(1,) * len(on) + (0,) * len(beside))
            return _one(self.outlines(request.pixels, [prompt])[0])
        if asked.name is None:
            return _one(self._shown(request))
        return self._named(request, asked.name)

    def _named(self, request: ExpertRequest, name: str) -> Detections:
        boxes = request.ask("detect", {"names": [name]})
        if not isinstance(boxes, Detections):
            raise OutsideWorld("names can only be outlined where a detector finds them")
        items: list[Detection] = []
        for start in range(0, len(boxes.items), _MOST_BOXES):
            part = boxes.items[start : start + _MOST_BOXES]
            outlined = self.outlines(request.pixels, [Prompt(box=each.box) for each in part])
            items += [each.model_copy(update={"mask": o.mask}) for each, o in zip(part, outlined, strict=True)]
        return Detections(items=items, confidence=boxes.confidence)

    def _shown(self, request: ExpertRequest) -> Outlined:
        height, width = request.pixels.shape[:2]
        whole = request.whole
        if whole is None or height * width > _MOST_SHARE * whole.pixels.shape[0] * whole.pixels.shape[1]:
            return self.outlines(request.pixels, [Prompt(points=((width / 2, height / 2),), labels=(1,))])[0]
        x1, y1, x2, y2 = whole.box
        (found,) = self.outlines(whole.pixels, [Prompt(box=(float(x1), float(y1), float(x2), float(y2)))])
        return Outlined(found.mask[y1:y2, x1:x2], found.quality)


def around(mask: Mask) -> XYXY:
    """The box around a mask that is not empty, (x1, y1, x2, y2), y down."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _one(found: Outlined) -> Detections:
    return Detections(items=[_detection(found)] if found.mask.any() else [])


def _detection(found: Outlined) -> Detection:
    return Detection(box=around(found.mask), confidence=min(1.0, max(0.0, found.quality)), mask=found.mask)
