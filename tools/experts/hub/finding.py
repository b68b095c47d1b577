"""What detectors that take words share: overlapping boxes, and the likeliest where one is presumed to be there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...results import Detection, Detections

__all__ = ["as_detections", "without_doubles"]


def as_detections(
    found: Sequence[Detection], names: Sequence[str], *, presumed: bool, most_overlap: float
) -> Detections:
    """Best first; of each name only the likeliest where one is presumed, else without boxes of the same thing."""
    ordered = sorted(found, key=lambda each: -(each.confidence or 0.0))
    kept: list[Detection] = []
    for name in names:
        of_name = [each for each in ordered if each.label == name]
        kept += of_name[:1] if presumed else without_doubles(of_name, most_overlap)
    return Detections(items=sorted(kept, key=lambda each: -(each.confidence or 0.0)))


def without_doubles(ordered: Sequence[Detection], most_overlap: float) -> list[Detection]:
    """Those that overlap no better one by more than so much, as intersection over union."""
    kept: list[Detection] = []
    for each in ordered:
        if all(_overlap(each.box, other.box) <= most_overlap for other in kept):
            kept.append(each)
    return kept


def _overlap(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    areas = [float(np.prod(np.maximum(0.0, np.subtract(box[2:], box[:2])))) for box in (a, b)]
    whole = sum(areas) - common
    return common / whole if whole > 0 else 0.0
