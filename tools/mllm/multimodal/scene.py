"""A scene as the language side sees it: things with attributes and places, ordered from left to right.

It comes from a rendered sample (its truth), from a layout that was never rendered, or from what the detector found; all
language data is made from it. Things are named by their rank from left to right along the camera's right on the table,
which is also how the model points at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..scenes.camera import Camera
from ..scenes.placement import place
from ..scenes.solids import solid
from ..scenes.stream import Recipe, camera_for
from ..scenes.truth import Sample
from ..scenes.world import WORDS, Thing

__all__ = ["MOST_SEEN", "Scene", "Seen", "drawn", "laid_out", "of_sample"]

MOST_SEEN = 16  # things of one picture that a model can point at
_CLEARLY = 0.2  # of the published rule for left, right, front and behind; world units
_SIZE = (320, 240)  # pixels of the picture in which boxes of unrendered layouts are given


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One thing: its words and where it is."""

    attributes: dict[str, str]  # shape, size, color, material
    box: tuple[float, float, float, float]  # x1, y1, x2, y2 as shares of the picture's width and height, y down
    ground: tuple[float, float]  # rightward and forward from the camera's foot on the table, world units
    depth: float  # along the optical axis, world units
    text: str = ""  # what can be read on it: lower-case letters and digits

    @property
    def name(self) -> str:
        """For example "small red metal cube"."""
        return " ".join(self.attributes[key] for key in ("size", "color", "material", "shape"))


@dataclass(frozen=True, slots=True)
class Scene:
    """Things from left to right."""

    things: tuple[Seen, ...]

    @classmethod
    def of(cls, things: Iterable[Seen]) -> Scene:
        """Order the things; beyond `MOST_SEEN` the later ones are left out."""
        return cls(tuple(sorted(list(things)[:MOST_SEEN], key=lambda one: one.ground[0])))

    @property
    def depth_ranks(self) -> tuple[int, ...]:
        """Per thing how many stand nearer to the camera."""
        forward = [one.ground[1] for one in self.things]
        return tuple(sorted(range(len(forward)), key=forward.__getitem__).index(k) for k in range(len(forward)))

    def lies(self, direction: str, thing: int, anchor: int) -> bool:
        """Whether a thing lies `left`, `right`, `front` or `behind` of another, by the published rule."""
        axis, sign = {"left": (0, -1), "right": (0, 1), "front": (1, -1), "behind": (1, 1)}[direction]
        return sign * (self.things[thing].ground[axis] - self.things[anchor].ground[axis]) > _CLEARLY


def of_sample(sample: Sample) -> Scene:
    """The truth of a rendered sample."""
    height, width = sample.pixels.shape[:2]
    return _scene(sample.things, sample.camera, sample.boxes / np.array([width, height, width, height]))


def drawn(rng: np.random.Generator, recipe: Recipe) -> Scene:
    """A layout that is not rendered: thousands a second, for learning the language of scenes.

    Things may hide each other entirely, which no question can tell.
    """
    camera = camera_for(rng, recipe)
    return laid_out(place(rng, camera, replace(recipe.rules, visible_pixels=0)), camera)


def laid_out(things: Sequence[Thing], camera: Camera) -> Scene:
    """What a camera would see of things, were none hidden by another."""
    width, height = _SIZE
    boxes = [np.clip(solid(one).box(camera, width, height), 0, (width, height, width, height)) for one in things]
    return _scene(things, camera, np.array(boxes).reshape(-1, 4) / (width, height, width, height))


def _scene(things: Sequence[Thing], camera: Camera, boxes: np.ndarray) -> Scene:
    axes = camera.directions()
    offset = np.array([one.center for one in things]).reshape(-1, 3) - np.array(camera.position)
    ground = offset @ np.array([axes["right"], axes["behind"]]).T
    depth = offset @ camera.axes[2].astype(float)
    return Scene.of(
        Seen(
            attributes={key: getattr(thing, key) for key in WORDS},
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            ground=(float(place_[0]), float(place_[1])),
            depth=float(away),
        )
        for thing, box, place_, away in zip(things, boxes, ground, depth, strict=True)
    )
