"""One thing that goes behind another: it is seen, hidden for a while, and seen again on the other side.

A small ball rolls across, close behind a large thing that stands still in the foreground. What stood in its way is left
out of the clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..scenes.camera import Camera
from ..scenes.world import WORDS, Thing
from .motion import Kick, friction, girth

__all__ = ["pass_behind"]

_WIDE = ("cube", "cylinder")  # shapes that hide all of a small ball
_SIDE = 2.4  # from where to where it rolls, world units left and right of the thing that hides it
_ROOM = 0.15  # between what stands and what passes by
_BESIDE = 0.12  # behind the thing that hides it


def pass_behind(
    rng: np.random.Generator, things: Sequence[Thing], kicks: Sequence[Kick], camera: Camera
) -> tuple[tuple[Thing, ...], tuple[Kick, ...]]:
    """The things and kicks of a clip with two more things: one that hides, and one that passes behind it."""
    axes = camera.directions()
    right, behind = np.array(axes["right"][:2]), np.array(axes["behind"][:2])
    taken = {thing.color for thing in things}
    first, second = _pair(rng, [str(color) for color in WORDS["color"] if color not in taken])
    still, rolling = (str(rng.choice(WORDS["material"])) for _ in range(2))
    spot = rng.uniform(-0.5, 0.5) * right - rng.uniform(0.2, 0.8) * behind
    hiding = Thing(
        shape=str(rng.choice(_WIDE)),  # type: ignore[arg-type]
        size="large",
        color=first,  # type: ignore[arg-type]
        material=still,  # type: ignore[arg-type]
        x=float(spot[0]),
        y=float(spot[1]),
    )
    passing = Thing(shape="sphere", size="small", color=second, material=rolling, x=0.0, y=0.0)  # type: ignore[arg-type]
    lane = spot + (girth(hiding) + girth(passing) + _BESIDE) * behind
    side = float(rng.choice((-1.0, 1.0)))
    start = lane - side * _SIDE * right
    passing = replace(passing, x=float(start[0]), y=float(start[1]))
    kept = [k for k, thing in enumerate(things) if _clear(thing, hiding, passing, start, side * right)]
    speed = (2 * friction(passing) * 2 * _SIDE) ** 0.5 + float(rng.uniform(0.0, 0.4))
    kick = Kick(
        thing=len(kept) + 1,
        time_s=float(rng.uniform(0.4, 1.4)),
        velocity=(float(side * speed * right[0]), float(side * speed * right[1])),
    )
    place = {old: new for new, old in enumerate(kept)}
    others = [replace(one, thing=place[one.thing]) for one in kicks if one.thing in place]
    return (*(things[k] for k in kept), hiding, passing), (*others, kick)


def _pair(rng: np.random.Generator, colors: Sequence[str]) -> tuple[str, str]:
    """Two colors, those that nothing else has first."""
    free = [*colors, *(str(color) for color in WORDS["color"])][: max(2, len(colors))]
    one, other = (int(k) for k in rng.choice(len(free), 2, replace=False))
    return free[one], free[other]


def _clear(thing: Thing, hiding: Thing, passing: Thing, start: NDArray[np.float64], way: NDArray[np.float64]) -> bool:
    """Whether a thing stands neither where one hides nor where the other rolls."""
    place = np.array([thing.x, thing.y])
    along = float(np.clip((place - start) @ way, 0.0, 2 * _SIDE + 1.5))
    off = float(np.hypot(*(place - start - along * way)))
    near = float(np.hypot(thing.x - hiding.x, thing.y - hiding.y))
    return off > girth(thing) + girth(passing) + _ROOM and near > girth(thing) + girth(hiding) + _ROOM
