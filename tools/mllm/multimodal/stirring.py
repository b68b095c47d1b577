"""Frames of a clip that nobody filmed: a layout in which a few things move, come in, or leave.

As `scene.drawn` for single pictures: thousands a second, for learning the language of change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..scenes.placement import place
from ..scenes.stream import Recipe, camera_for
from ..scenes.world import WORDS, Thing
from .scene import Scene, Seen, laid_out

__all__ = ["blurred", "stirred"]

_MOST = 8  # things in all; several frames of them share the pointers
_PARTS = ("move", "move", "enter", "leave")
_BLUR = 0.05  # world units by which a place on the table is seen wrongly
_BLUR_IN_PICTURE = 0.004  # shares of the picture by which a box is


def stirred(rng: np.random.Generator, recipe: Recipe, frames: int) -> tuple[Scene, ...]:
    """Scenes of the same camera, in order of time. All things look different, so each is known again by its looks."""
    camera = camera_for(rng, recipe)
    rules = replace(recipe.rules, visible_pixels=0, fewest=4, most=_MOST)
    looks: dict[tuple[str, ...], Thing] = {}
    for thing in place(rng, camera, rules):
        looks.setdefault(tuple(getattr(thing, key) for key in WORDS), thing)
    things = list(looks.values())
    spare = min(int(rng.integers(1, 4)), len(things) - 1)
    actors, goals = things[:-spare], things[-spare:]
    # per thing and frame, None while it is away
    moments: dict[int, list[Thing | None]] = {k: [thing for _ in range(frames)] for k, thing in enumerate(actors)}
    acting = [int(k) for k in rng.permutation(len(actors))]
    for goal in goals:
        part = str(rng.choice(_PARTS))
        turn = int(rng.integers(1, frames))  # the first frame in which it has happened
        if part == "enter":
            moments[len(moments)] = [None] * turn + [goal] * (frames - turn)
        elif acting:
            k = acting.pop()
            actor = actors[k]
            if part == "leave" and len(acting) > 0:
                moments[k] = [actor] * turn + [None] * (frames - turn)
            else:
                there = replace(actor, x=goal.x, y=goal.y)
                moments[k] = [*[actor] * turn, *[there] * (frames - turn)]
                if rng.random() < 0.5:  # on its way in some frames, where there are any between
                    moments[k] = [_between(actor, there, share) for share in np.linspace(0, 1, frames)]
    rows = [[row[frame] for row in moments.values()] for frame in range(frames)]
    return tuple(laid_out([thing for thing in row if thing is not None], camera) for row in rows)


def _between(start: Thing, end: Thing, share: float) -> Thing:
    return replace(start, x=float(start.x + share * (end.x - start.x)), y=float(start.y + share * (end.y - start.y)))


def blurred(rng: np.random.Generator, scene: Scene) -> Scene:
    """The scene as an eye would see it that is not exact, so that standing still has to be told from moving."""

    def seen(one: Seen) -> Seen:
        right, forward, depth = rng.normal(0, _BLUR, 3)
        x1, y1, x2, y2 = np.asarray(one.box) + rng.normal(0, _BLUR_IN_PICTURE, 4)
        ground = (one.ground[0] + right, one.ground[1] + forward)
        return replace(one, box=(x1, y1, x2, y2), ground=ground, depth=one.depth + depth)

    return Scene(tuple(map(seen, scene.things)))
