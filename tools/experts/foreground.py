"""`foreground`: the one thing that stands out, by how its colours differ from those along the border, refined by
GrabCut.

It answers only when the border is calm and one region clearly differs from it; otherwise it reports nothing rather
than a guess. That suits product shots, documents on a desk and portraits before a plain wall, and not busy scenes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..results import Detection, Detections
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["SaliencyGrabcut"]

_WORKING_SIDE = 320
_LEAST_SHARE = 0.01
_MOST_SHARE = 0.85
_STANDS_OUT = 19.0  # mean CIELAB distance from the border's colours at which a region counts as different


@register
class SaliencyGrabcut(Expert):
    """The thing in front of a calm background."""

    name = "saliency-grabcut"
    capabilities = ("foreground",)
    version = "1"
    packages = ("opencv-python-headless",)
    memory_mb = 50
    limits = "One thing before a calm background; in busy scenes it reports nothing or too much."

    def serve(self, request: ExpertRequest) -> Detections:
        import cv2

        height, width = request.pixels.shape[:2]
        if min(height, width) < 16:
            return Detections(items=[])
        scale = min(1.0, _WORKING_SIDE / max(height, width))
        small: Any = cv2.resize(
            np.ascontiguousarray(request.pixels), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        distance = _from_border(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32))
        rough = _rough_mask(distance)
        if rough is None:
            return Detections(items=[])
        mask = _refined(small, rough)
        full = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR) > 0
        share = float(full.mean())
        if not _LEAST_SHARE <= share <= _MOST_SHARE:
            return Detections(items=[])
        rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
        box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
        contrast = float(distance[mask].mean() - distance[~mask].mean())
        confidence = min(max(contrast / (contrast + 25.0), 0.0), 0.95) if contrast > 0 else 0.0
        if contrast < _STANDS_OUT:
            return Detections(items=[])
        return Detections(
            items=[
                Detection(box=box, label="foreground", confidence=round(confidence, 3), mask=np.asarray(full, np.bool_))
            ]
        )


def _from_border(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How far each pixel's colour is from the nearest of the border's main colours, (H, W)."""
    import cv2

    rim = max(2, min(lab.shape[:2]) // 20)
    border = np.concatenate(
        [lab[:rim].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)]
    )  # not the bottom rim: things stand there
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(0)
    labels = np.zeros((len(border), 1), np.int32)
    _, _, centres = cv2.kmeans(np.ascontiguousarray(border), 4, labels, criteria, 1, cv2.KMEANS_PP_CENTERS)
    centres = np.asarray(centres)
    nearest = np.min(np.linalg.norm(lab[:, :, None, :] - centres[None, None], axis=3), axis=2)
    return np.asarray(cv2.GaussianBlur(nearest, (0, 0), 2.0), np.float32)


def _rough_mask(distance: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_] | None:
    """The largest region that differs from the border, None where there is none."""
    import cv2

    scaled = np.clip(distance * 2, 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    different = (scaled > max(level, _STANDS_OUT)).astype(np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(different)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    region = labels == largest
    return region if _LEAST_SHARE <= float(region.mean()) <= _MOST_SHARE else None


def _refined(rgb: npt.NDArray[np.uint8], rough: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """GrabCut from the rough mask; the rough mask itself where that loses it. Only the largest piece is kept."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    sure = cv2.erode(rough.astype(np.uint8), kernel) > 0
    maybe = cv2.dilate(rough.astype(np.uint8), kernel, iterations=2) > 0
    labels: Any = np.full(rough.shape, cv2.GC_BGD, np.uint8)
    labels[maybe] = cv2.GC_PR_BGD
    labels[rough] = cv2.GC_PR_FGD
    labels[sure] = cv2.GC_FGD
    if (labels == cv2.GC_BGD).any() and sure.any():
        cv2.setRNGSeed(0)
        back, front = np.zeros((1, 65)), np.zeros((1, 65))
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        cv2.grabCut(bgr, labels, (0, 0, 1, 1), back, front, 3, cv2.GC_INIT_WITH_MASK)
        rough = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    count, pieces, facts, _ = cv2.connectedComponentsWithStats(rough.astype(np.uint8))
    if count < 2:
        return rough
    return np.asarray(pieces == 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA])), np.bool_)
