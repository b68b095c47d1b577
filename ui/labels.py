"""What is written at the marks of a view: their labels where there is room for all of them, else their numbers.

So labels cover neither each other nor what was found. Whether there is room is judged by the usual width of letters,
since a page without a script cannot measure them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .marks import Mark

__all__ = ["captioned"]

_LETTER_PX = 6.8
_LABEL_PX = 17.0
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class _Area:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Area) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def captioned(marks: Sequence[Mark], *, width_px: float, height_px: float) -> list[Mark]:
    """The marks with their captions, for a view shown at that size; a lone mark needs no number."""
    boxes = [mark for mark in marks if mark.shape == "box"]
    labelled = _all_fit(boxes, width_px, height_px)
    return [
        replace(mark, caption=(mark.label or "") if labelled else str(mark.number) if len(boxes) > 1 else "")
        if mark.shape == "box"
        else mark
        for mark in marks
    ]


def _all_fit(boxes: Sequence[Mark], width_px: float, height_px: float) -> bool:
    """Whether every label has a place inside the view and over no other box or label."""
    taken = [_area(box, width_px, height_px) for box in boxes]
    labels = [_label_area(box, width_px, height_px) for box in boxes]
    for index, label in enumerate(labels):
        others = [*taken[:index], *taken[index + 1 :], *(one for one in labels[:index] if one)]
        if label is None or any(label.meets(other) for other in others):
            return False
    return True


def _area(mark: Mark, width_px: float, height_px: float) -> _Area:
    left, top = mark.x * width_px, mark.y * height_px
    return _Area(left, top, left + mark.width * width_px, top + mark.height * height_px)


def _label_area(mark: Mark, width_px: float, height_px: float) -> _Area | None:
    """Where the label would stand: above the box, or inside it at the top of the view; None where it does not fit."""
    if not mark.label or len(mark.label) > _LONGEST:
        return None
    box = _area(mark, width_px, height_px)
    top = box.top - _LABEL_PX if box.top >= _LABEL_PX else box.top
    area = _Area(box.left, top, box.left + _LETTER_PX * len(mark.label) + 10, top + _LABEL_PX)
    if top == box.top and box.bottom - box.top < 3 * _LABEL_PX:
        return None
    return area if area.left >= -2 and area.right <= width_px + 2 else None
