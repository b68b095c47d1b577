"""`faces` with the Haar cascades that come with OpenCV's 4.x wheels: a face is what at least two of three find.

The cascades were trained differently and err differently, so agreement removes nearly all false finds of each.
Confidence comes from how many agree and from the stage weight of the one whose weights vary with the evidence.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import ExpertUnavailable
from ..results import Detection, Detections
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["CascadeFaces"]

_CASCADES = ("frontalface_default", "frontalface_alt", "frontalface_alt2")
_LONG_SIDE = 1600  # larger crops are shrunk to this
_SHORT_SIDE = 240  # smaller ones are enlarged towards this, at most fourfold
_LEAST = 24  # side of the smallest face looked for, in pixels of the crop that is searched
_SAME = 0.35  # intersection over union from which two finds are one face


class _Find(NamedTuple):
    cascade: int
    box: tuple[float, float, float, float]  # x1, y1, x2, y2
    weight: float


@register
class CascadeFaces(Expert):
    """Upright faces that look towards the camera."""

    name = "cascade-faces"
    capabilities = ("faces",)
    version = "1"
    licence = "Apache-2.0; the cascades under Intel's BSD-style licence"
    packages = ("opencv-python-headless",)
    memory_mb = 30
    limits = "Frontal, upright faces of at least 24 pixels; profiles, strong tilts and covered faces are missed."

    def load(self) -> None:
        import cv2

        folder = Path(cv2.__file__).parent / "data"
        self._cascades = []
        for name in _CASCADES:
            path = folder / f"haarcascade_{name}.xml"
            cascade = cv2.CascadeClassifier(str(path)) if path.exists() else None
            if cascade is None or cascade.empty():
                raise ExpertUnavailable(
                    "the expert cascade-faces misses the cascades that OpenCV 4 brings: "
                    "pip install --force-reinstall 'opencv-python-headless>=4.10,<5'"
                )
            self._cascades.append(cascade)

    def serve(self, request: ExpertRequest) -> Detections:
        gray, scale = _prepared(request.pixels)
        finds = [find for i, cascade in enumerate(self._cascades) for find in _search(i, cascade, gray)]
        height, width = request.pixels.shape[:2]
        items = []
        for group in _agreeing(finds):
            x1, y1, x2, y2 = (float(v) / scale for v in np.mean([find.box for find in group], axis=0))
            box = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
            items.append(Detection(box=box, label="face", confidence=_confidence(group)))
        return Detections(items=sorted(items, key=lambda item: item.confidence or 0.0, reverse=True))


def _prepared(rgb: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    if min(height, width) < _SHORT_SIDE:
        scale = min(4.0, _SHORT_SIDE / min(height, width), _LONG_SIDE / max(height, width))
    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    if scale != 1.0:
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=kind)
    return np.asarray(gray, np.uint8), scale


def _search(index: int, cascade: Any, gray: npt.NDArray[np.uint8]) -> list[_Find]:
    if min(gray.shape) < _LEAST:
        return []
    boxes, _, weights = cascade.detectMultiScale3(
        gray, scaleFactor=1.1, minNeighbors=3, minSize=(_LEAST, _LEAST), outputRejectLevels=True
    )
    return [
        _Find(index, (float(x), float(y), float(x + w), float(y + h)), float(weight))
        for (x, y, w, h), weight in zip(boxes, weights, strict=True)
    ]


def _agreeing(finds: list[_Find]) -> list[list[_Find]]:
    """Groups of overlapping finds in which at least two cascades agree."""
    groups: list[list[_Find]] = []
    for find in sorted(finds, key=lambda f: f.weight, reverse=True):
        best = max(groups, key=lambda g: max(_iou(find.box, other.box) for other in g), default=None)
        if best is not None and max(_iou(find.box, other.box) for other in best) >= _SAME:
            best.append(find)
        else:
            groups.append([find])
    return [group for group in groups if len({find.cascade for find in group}) >= 2]


def _iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def _confidence(group: list[_Find]) -> float:
    """0.5 to 0.99: two that agree without the first cascade give 0.6; its weight, typically 3 to 9, adds to it."""
    weight = max((find.weight for find in group if find.cascade == 0), default=0.0)
    votes = len({find.cascade for find in group})
    return round(1 / (1 + math.exp(-(0.4 + 0.6 * (votes - 2) + 0.45 * max(weight, 0.0)))), 3)
