"""An endless, repeatable stream of scenes: sample k of seed s is the same on every run, wherever the stream starts.

A share of the samples keeps the published look and rules; the rest vary the look, the camera and the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import BadRequest
from .camera import Camera
from .looks import jittered_camera, plain_look, varied_look
from .placement import Rules, place
from .render import render
from .truth import Sample

__all__ = ["Recipe", "camera_for", "sample", "stream"]


_PUBLISHED = Rules()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What the samples of a stream are like."""

    width: int = 320  # pixels
    height: int = 240
    plain_share: float = 0.5  # of samples with the published look, camera and rules
    rules: Rules = _PUBLISHED

    def __post_init__(self) -> None:
        if not (16 <= self.width <= 4096 and 16 <= self.height <= 4096):
            raise BadRequest(f"Pictures are 16 to 4096 pixels wide and high, not {self.width} x {self.height}.")
        if not 0 <= self.plain_share <= 1:
            raise BadRequest(f"plain_share lies between 0 and 1, not {self.plain_share}.")


_USUAL = Recipe()


def sample(seed: int, index: int, recipe: Recipe = _USUAL) -> Sample:
    """Make sample `index` of the stream `seed`, by itself."""
    if seed < 0 or index < 0:
        raise BadRequest(f"Seeds and indices are not negative; got {seed} and {index}.")
    rng = np.random.default_rng((seed, index))
    plain = rng.random() < recipe.plain_share
    camera = _camera(rng, plain=plain)
    look = plain_look(rng) if plain else varied_look(rng)
    things = place(rng, camera, recipe.rules)
    picture = render(things, camera, look, rng, width=recipe.width, height=recipe.height)
    return Sample(seed=seed, index=index, things=things, camera=camera, look=look, picture=picture)


def stream(seed: int, start: int = 0, recipe: Recipe = _USUAL) -> Iterator[Sample]:
    """Samples `start`, `start` + 1, ... of the stream `seed`, without end."""
    index = start
    while True:
        yield sample(seed, index, recipe)
        index += 1


def camera_for(rng: np.random.Generator, recipe: Recipe = _USUAL) -> Camera:
    """A camera as the samples of a recipe have it, without a picture."""
    return _camera(rng, plain=rng.random() < recipe.plain_share)


def _camera(rng: np.random.Generator, *, plain: bool) -> Camera:
    return jittered_camera(rng) if plain else _varied_camera(rng)


def _varied_camera(rng: np.random.Generator) -> Camera:
    moved = jittered_camera(rng, reach=0.9)
    x, y = (float(c) for c in rng.uniform(-0.25, 0.25, 2))
    return Camera(position=moved.position, target=(x, y, 0.0), focal=Camera.focal * float(rng.uniform(0.94, 1.06)))
