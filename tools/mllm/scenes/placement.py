"""Where things stand: random layouts under the rules of the published CLEVR generator.

Things are dropped one by one on a square of the table, not too close to each other and clearly to one side of each
other as the camera sees them; a layout in which something is nearly hidden is thrown away whole. Rejection goes on
until a layout passes, so the rules must be possible to meet; `Rules` refuses the obviously impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import BadRequest
from .camera import Camera
from .render import look_at
from .solids import solid
from .world import COLORS, EXTRA_SHAPES, MATERIALS, RADIUS, SHAPES, SIZES, Thing

__all__ = ["Rules", "place", "reshaped"]

_GRID = (320, 240)  # on which visible pixels are counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What a layout must satisfy; lengths in world units."""

    fewest: int = 3
    most: int = 10
    half_width: float = 3.0  # of the square on which centres lie
    distance: float = 0.25  # least gap between the discs of two things
    margin: float = 0.4  # least offset along left, right, front and behind between two centres
    visible_pixels: int = 200  # least, of each thing, in a picture of 320 x 240
    tries: int = 50  # per thing, before the layout starts over

    def __post_init__(self) -> None:
        if not 0 <= self.fewest <= self.most <= 12:
            raise BadRequest(f"Scenes hold 0 to 12 things, fewest to most; got {self.fewest} to {self.most}.")
        if self.half_width <= 0 or min(self.distance, self.margin, self.visible_pixels) < 0 or self.tries < 1:
            raise BadRequest("Placement rules need a positive width and tries, and no negative distances.")


_PUBLISHED = Rules()


def place(rng: np.random.Generator, camera: Camera, rules: Rules = _PUBLISHED) -> tuple[Thing, ...]:
    """Draw a layout that meets the rules for this camera."""
    count = int(rng.integers(rules.fewest, rules.most + 1))
    while True:
        things = _scatter(rng, count, camera, rules)
        if things is not None and _all_visible(things, camera, rules.visible_pixels):
            return things


def reshaped(
    rng: np.random.Generator, things: Sequence[Thing], camera: Camera, share: float, rules: Rules = _PUBLISHED
) -> tuple[Thing, ...]:
    """The layout with a share of its things in shapes beyond the published three, where they can still be seen."""
    found = tuple(things)
    for k, thing in enumerate(found):
        if rng.random() < share:
            other = replace(thing, shape=EXTRA_SHAPES[rng.integers(len(EXTRA_SHAPES))])
            changed = (*found[:k], other, *found[k + 1 :])
            if _all_visible(changed, camera, rules.visible_pixels):
                found = changed
    return found


def _scatter(rng: np.random.Generator, count: int, camera: Camera, rules: Rules) -> tuple[Thing, ...] | None:
    axes = np.array([camera.directions()[name][:2] for name in ("right", "behind")])
    spots: list[tuple[float, float, float]] = []
    things: list[Thing] = []
    for _ in range(count):
        size = SIZES[rng.integers(len(SIZES))]
        for _ in range(rules.tries):
            x, y = (float(c) for c in rng.uniform(-rules.half_width, rules.half_width, 2))
            if _fits(x, y, RADIUS[size], spots, axes, rules):
                break
        else:
            return None
        spots.append((x, y, RADIUS[size]))
        things.append(
            Thing(
                shape=SHAPES[rng.integers(len(SHAPES))],
                size=size,
                color=COLORS[rng.integers(len(COLORS))],
                material=MATERIALS[rng.integers(len(MATERIALS))],
                x=x,
                y=y,
                rotation=float(rng.uniform(0, 2 * np.pi)),
            )
        )
    return tuple(things)


def _fits(
    x: float, y: float, radius: float, spots: Sequence[tuple[float, float, float]], axes: np.ndarray, rules: Rules
) -> bool:
    for other_x, other_y, other_radius in spots:
        dx, dy = x - other_x, y - other_y
        if (dx * dx + dy * dy) ** 0.5 - radius - other_radius < rules.distance:
            return False
        if any(abs(dx * ax + dy * ay) < rules.margin for ax, ay in axes):
            return False
    return True


def _all_visible(things: Sequence[Thing], camera: Camera, least: int) -> bool:
    if not things or not least:
        return True
    view = look_at([solid(thing) for thing in things], camera, *_GRID)
    counts = np.bincount(view.nearest.ravel() + 1, minlength=len(things) + 1)[1:]
    return bool((counts >= least).all())
