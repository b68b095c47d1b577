"""What a patch can hold beside things with a box: straight lines, and people's joints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .image_patch import ImagePatch

__all__ = ["LineSegment", "Person"]


@dataclass(frozen=True, slots=True)
class LineSegment:
    """A straight line in pixels of the original image, y up."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def length(self) -> float:
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @property
    def angle(self) -> float:
        """Degrees from the horizontal, 0 to 180, counter-clockwise."""
        return math.degrees(math.atan2(self.y2 - self.y1, self.x2 - self.x1)) % 180


@dataclass(frozen=True, slots=True)
class Person:
    """A person's pose: the patch of the person and named points (x, y, confidence), y up, in the original image."""

    patch: ImagePatch
    keypoints: dict[str, tuple[float, float, float]]
