"""An endless, repeatable stream of scenes: sample k of seed s is the same on every run, wherever the stream starts.

A share of the samples keeps the published look and rules; the rest vary the look, the camera and the rules. What goes
beyond (print, more shapes, patterned tables, backdrops, other lamps) is drawn from a generator of its own, so that a
recipe without it gives the same pictures as ever, and one with it the same layouts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import BadRequest
from .camera import Camera
from .labels import with_labels
from .looks import Look, jittered_camera, plain_look, varied_look
from .placement import Rules, place, reshaped
from .render import render
from .settings import patterned, relit, with_backdrop
from .truth import Sample
from .world import Thing

__all__ = ["Recipe", "beyond", "camera_for", "sample", "stream"]


_PUBLISHED = Rules()
_SHARES = ("plain_share", "print_share", "extra_shape_share", "pattern_share", "backdrop_share", "lamp_share")
_BEYOND = 1  # marks the second generator of a sample


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What the samples of a stream are like."""

    width: int = 320  # pixels
    height: int = 240
    plain_share: float = 0.5  # of samples with the published look, camera and rules
    rules: Rules = _PUBLISHED
    print_share: float = 0.0  # of samples in which one to three things carry a printed word or number
    extra_shape_share: float = 0.0  # of things that take a shape beyond the published three, where it can be seen
    pattern_share: float = 0.0  # of samples with a patterned table
    backdrop_share: float = 0.0  # of samples whose table ends at a wall, a gradient or clutter
    lamp_share: float = 0.0  # of samples with other lamps: one to five, anywhere, tinted

    def __post_init__(self) -> None:
        if not (16 <= self.width <= 4096 and 16 <= self.height <= 4096):
            raise BadRequest(f"Pictures are 16 to 4096 pixels wide and high, not {self.width} x {self.height}.")
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise BadRequest(f"{name} lies between 0 and 1, not {getattr(self, name)}.")


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
    things, look = beyond(np.random.default_rng((seed, index, _BEYOND)), things, camera, look, recipe)
    picture = render(things, camera, look, rng, width=recipe.width, height=recipe.height)
    return Sample(seed=seed, index=index, things=things, camera=camera, look=look, picture=picture)


def beyond(
    rng: np.random.Generator, things: tuple[Thing, ...], camera: Camera, look: Look, recipe: Recipe
) -> tuple[tuple[Thing, ...], Look]:
    """Add what a recipe has beyond the published world; the same things and look where it has nothing."""
    if recipe.extra_shape_share:
        things = reshaped(rng, things, camera, recipe.extra_shape_share, recipe.rules)
    if rng.random() < recipe.pattern_share:
        look = patterned(rng, look)
    if rng.random() < recipe.lamp_share:
        look = relit(rng, look)
    if rng.random() < recipe.backdrop_share:
        look = with_backdrop(rng, look)
    if rng.random() < recipe.print_share:
        things = with_labels(rng, things, camera)
    return things, look


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
