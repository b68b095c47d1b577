"""What is true of a picture: per thing its attributes, place, boxes and mask, and how the things lie to each other.

Relations follow the published rule: b is left of a when its centre lies more than 0.2 along the camera's left from
a's. `record` gives the published scene layout (plain data for JSON) with boxes and visible pixels beside it; masks
and depth are arrays of the `Sample`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .camera import DIRECTIONS, Camera
from .labels import Printed, printed
from .looks import Look
from .render import Picture
from .solids import solid
from .world import Thing

__all__ = ["Sample", "relations"]

_CLEARLY = 0.2


def relations(things: Sequence[Thing], camera: Camera) -> dict[str, list[list[int]]]:
    """For each direction and thing, the indices of the things that lie in that direction from it."""
    centers = np.array([thing.center for thing in things], float).reshape(-1, 3)
    axes = camera.directions()
    found: dict[str, list[list[int]]] = {}
    for name in DIRECTIONS:
        along = centers @ np.array(axes[name])
        beyond = along[None, :] - along[:, None] > _CLEARLY
        found[name] = [[int(k) for k in np.flatnonzero(row)] for row in beyond]
    return found


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One rendered scene with everything that is known of it; `seed` and `index` say how to make it again."""

    seed: int
    index: int
    things: tuple[Thing, ...]
    camera: Camera
    look: Look
    picture: Picture

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture, (H, W, 3) RGB."""
        return self.picture.pixels

    @property
    def depth(self) -> NDArray[np.float32]:
        """Distance along the optical axis in world units, (H, W)."""
        return self.picture.depth

    @property
    def visible_boxes(self) -> NDArray[np.float32]:
        """Boxes of the visible parts, (N, 4) as x1, y1, x2, y2 in pixels, y down."""
        return self.picture.boxes

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """Boxes of the whole things as if nothing hid them, cut at the picture's edge, (N, 4) like `visible_boxes`."""
        height, width = self.pixels.shape[:2]
        boxes = [solid(thing).box(self.camera, width, height) for thing in self.things]
        limits = np.array([width, height, width, height], np.float32)
        return np.clip(np.array(boxes, np.float32).reshape(-1, 4), 0, limits)

    @cached_property
    def centers(self) -> NDArray[np.float32]:
        """Where the things' centres fall: u, v in pixels (y down) and depth, (N, 3)."""
        height, width = self.pixels.shape[:2]
        points = np.array([thing.center for thing in self.things], np.float32).reshape(-1, 3).T
        return np.ascontiguousarray(self.camera.project(points, width, height).T)

    @cached_property
    def relations(self) -> dict[str, list[list[int]]]:
        """See `relations`."""
        return relations(self.things, self.camera)

    @cached_property
    def labels(self) -> tuple[Printed, ...]:
        """What is printed on things, where, and whether it can be read."""
        return printed(self.things, self.camera, self.picture.things, self.pixels)

    def mask(self, index: int) -> NDArray[np.bool_]:
        """The pixels that show thing `index`, (H, W)."""
        mask: NDArray[np.bool_] = self.picture.things == index
        return mask

    def record(self, filename: str = "") -> dict[str, Any]:
        """Plain data for JSON, in the published scene layout with more beside it."""
        objects: list[dict[str, Any]] = []
        for k, thing in enumerate(self.things):
            objects.append(
                {
                    "shape": thing.shape,
                    "size": thing.size,
                    "color": thing.color,
                    "material": thing.material,
                    "rotation": thing.rotation,
                    "3d_coords": list(thing.center),
                    "pixel_coords": [float(c) for c in self.centers[k]],
                    "box": [float(c) for c in self.boxes[k]],
                    "visible_box": [float(c) for c in self.visible_boxes[k]],
                    "visible_pixels": float(self.picture.samples[k]) / self.picture.samples_per_pixel,
                }
            )
        for label in self.labels:
            objects[label.thing]["label"] = label.record()
        return {
            "image_index": self.index,
            "image_filename": filename,
            "seed": self.seed,
            "objects": objects,
            "relationships": self.relations,
            "directions": {name: list(axis) for name, axis in self.camera.directions().items()},
            "camera": {
                "position": list(self.camera.position),
                "target": list(self.camera.target),
                "focal": self.camera.focal,
            },
        }
