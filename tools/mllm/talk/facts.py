"""What one picture shows, ready to be spoken of: things with their words, relations, boxes and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..scenes.labels import Printed
from ..scenes.truth import Sample
from ..scenes.world import Thing
from .said import Region

__all__ = ["ATTRIBUTES", "RELATIONS", "View", "view"]

ATTRIBUTES = ("size", "color", "material", "shape")
RELATIONS = ("left", "right", "front", "behind")
_LEAST_SHARE = 1 / 2000  # of the picture's pixels that a thing must show to be spoken of


@dataclass(frozen=True, kw_only=True)
class View:
    """One picture; only the things in `present` are spoken of, by their numbers in the scene."""

    picture: int  # number in the bundle
    things: tuple[Thing, ...]
    present: tuple[int, ...]
    relations: dict[str, list[list[int]]]
    boxes: tuple[tuple[float, float, float, float], ...]  # of what is visible
    across: tuple[float, ...]  # horizontal place, 0 to 1
    nearness: tuple[float, ...]  # depth of centres, world units
    labels: dict[int, Printed] = field(default_factory=dict)

    def value(self, thing: int, attribute: str) -> str:
        """A thing's size, color, material or shape."""
        return str(getattr(self.things[thing], attribute))

    def having(self, wanted: dict[str, str], among: Sequence[int] | None = None) -> tuple[int, ...]:
        """The present things that have all the wanted values."""
        pool = self.present if among is None else among
        return tuple(k for k in pool if k in self._here and all(self.value(k, a) == v for a, v in wanted.items()))

    def beyond(self, relation: str, anchor: int) -> tuple[int, ...]:
        """The present things that lie left, right, in front or behind of one."""
        return tuple(k for k in self.relations[relation][anchor] if k in self._here)

    def region(self, thing: int) -> Region:
        """Where a thing is seen."""
        return Region(picture=self.picture, thing=thing, box=self.boxes[thing])

    @cached_property
    def readable(self) -> dict[int, str]:
        """What is printed legibly on which thing."""
        return {k: label.text for k, label in self.labels.items() if label.legible and k in self._here}

    @cached_property
    def _here(self) -> frozenset[int]:
        return frozenset(self.present)


def view(sample: Sample, picture: int = 0) -> View:
    """What a still picture, or a frame of a clip, shows."""
    height, width = sample.pixels.shape[:2]
    least = _LEAST_SHARE * height * width
    pixels = np.asarray(sample.picture.samples) / sample.picture.samples_per_pixel
    boxes = [tuple(round(float(c), 1) for c in box) for box in sample.visible_boxes]
    return View(
        picture=picture,
        things=sample.things,
        present=tuple(int(k) for k in np.flatnonzero(pixels >= least)),
        relations=sample.relations,
        boxes=tuple((b[0], b[1], b[2], b[3]) for b in boxes),
        across=tuple(float(c) / width for c in sample.centers[:, 0]),
        nearness=tuple(float(c) for c in sample.centers[:, 2]),
        labels={label.thing: label for label in sample.labels},
    )
