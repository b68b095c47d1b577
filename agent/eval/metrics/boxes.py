"""Boxes against boxes: intersection over union, shares above a threshold, and mean average precision.

A box is (x1, y1, x2, y2) in pixels, y down, with x2 and y2 exclusive.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Box", "Found", "average_precision", "iou", "mean_average_precision", "share_at"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A box that was found in a picture, as one of a kind, with a score; a true box has any score."""

    picture: Hashable
    kind: str
    box: Box
    score: float = 1.0


def iou(one: Box | None, other: Box | None) -> float:
    """Shared area over joint area, 0 to 1; 0 where a box is missing or empty."""
    if one is None or other is None:
        return 0.0
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    joint = sum(max(0.0, b[2] - b[0]) * max(0.0, b[3] - b[1]) for b in (one, other)) - shared
    return shared / joint if joint > 0 else 0.0


def share_at(overlaps: Sequence[float], threshold: float) -> float:
    """The share of overlaps that are at least the threshold; 0 of none."""
    return sum(overlap >= threshold for overlap in overlaps) / len(overlaps) if overlaps else 0.0


def average_precision(found: Sequence[Found], true: Sequence[Found], *, threshold: float = 0.5) -> float:
    """Area under precision over recall, for boxes of one kind (VOC from 2010 on: all points, precision made to fall).

    Boxes take true boxes in order of their score, each the one of its picture that it overlaps most; a true box that
    is taken already makes a second one wrong (Everingham et al., 2010, https://doi.org/10.1007/s11263-009-0275-4).
    """
    if not true:
        return 0.0
    taken: set[int] = set()
    hits = []
    for one in sorted(found, key=lambda f: -f.score):
        here = [(iou(one.box, t.box), index) for index, t in enumerate(true) if t.picture == one.picture]
        best, index = max(here, default=(0.0, -1))
        hit = best >= threshold and index not in taken
        if hit:
            taken.add(index)
        hits.append(hit)
    right = np.cumsum(hits)
    recall = right / len(true)
    precision = right / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * falling))


def mean_average_precision(
    found: Sequence[Found], true: Sequence[Found], *, thresholds: Sequence[float] = (0.5,)
) -> float:
    """The mean over all kinds that truly occur, and over thresholds; (0.5, 0.55, ..., 0.95) is the measure of COCO."""
    kinds = sorted({one.kind for one in true})
    parts = [
        average_precision(
            [f for f in found if f.kind == kind], [t for t in true if t.kind == kind], threshold=threshold
        )
        for kind in kinds
        for threshold in thresholds
    ]
    return sum(parts) / len(parts) if parts else 0.0
