"""`edges` with Canny, whose thresholds follow the picture, and `lines` with OpenCV's line segment detector."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..results import Lines, NewImage
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["CannyEdges", "SegmentLines"]

_MOST_LINES = 500
_SHORTEST = 0.05  # of the crop's diagonal, and at least 12 pixels


@register
class CannyEdges(Expert):
    """The edges of a crop, white on black."""

    name = "canny-edges"
    capabilities = ("edges",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "Edges of brightness; it does not know which of them belong to a thing."

    def serve(self, request: ExpertRequest) -> NewImage:
        import cv2

        gray = cv2.cvtColor(np.ascontiguousarray(request.pixels), cv2.COLOR_RGB2GRAY)
        smooth = cv2.GaussianBlur(gray, (0, 0), 1.2)
        high, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        high = min(max(float(high), 60.0), 200.0)
        edges = cv2.Canny(smooth, high * 0.4, high)
        return NewImage(pixels=np.repeat(np.asarray(edges, np.uint8)[..., None], 3, axis=2))


@register
class SegmentLines(Expert):
    """Long straight lines, longest first."""

    name = "segment-lines"
    capabilities = ("lines",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "A broken line comes as its pieces; at most 500 lines, none shorter than a twentieth of the diagonal."

    def serve(self, request: ExpertRequest) -> Lines:
        import cv2

        gray = cv2.cvtColor(np.ascontiguousarray(request.pixels), cv2.COLOR_RGB2GRAY)
        found: Any = cv2.createLineSegmentDetector().detect(gray)[0]
        if found is None:
            return Lines(lines=[])
        segments = np.asarray(found, np.float64).reshape(-1, 4)
        lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
        least = max(12.0, _SHORTEST * float(np.hypot(*gray.shape)))
        order = [i for i in np.argsort(-lengths) if lengths[i] >= least][:_MOST_LINES]
        lines = []
        for i in order:
            x1, y1, x2, y2 = (float(v) for v in segments[i])
            lines.append((x1, y1, x2, y2) if x1 <= x2 else (x2, y2, x1, y1))
        return Lines(lines=lines)
