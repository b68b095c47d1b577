"""Gives things their parts in a clip: who comes in, goes out, strikes another, turns on its spot, or stays.

Parts are drawn over a layout that meets the rules of still scenes; a thing that comes in starts outside the picture and
is kicked so that friction stops it about where the layout has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..scenes.camera import Camera
from ..scenes.world import Thing
from .motion import Kick, friction, girth

__all__ = ["cast"]

_PARTS = ("enter", "leave", "strike", "turn")
_SHARES = (0.3, 0.25, 0.3, 0.15)
_TURNING = ("cube", "pyramid", "prism", "ring")  # on which turning is seen
_OUT_PX = 8  # beyond the picture's edge, in pixels of a picture 320 wide


def cast(
    rng: np.random.Generator, things: Sequence[Thing], camera: Camera, seconds: float, busy: int
) -> tuple[tuple[Thing, ...], tuple[Kick, ...]]:
    """The things where they start, and the kicks that set up to `busy` of them going within `seconds`."""
    placed, kicks = list(things), list[Kick]()
    order = rng.permutation(len(placed))[:busy]
    still = [k for k in range(len(placed)) if k not in set(order.tolist())]
    for k in (int(k) for k in order):
        part = str(rng.choice(_PARTS, p=_SHARES))
        time_s = float(rng.uniform(0.1, 0.55 * seconds))
        thing = placed[k]
        if part == "turn" and thing.shape in _TURNING:
            spin = float(rng.uniform(1.5, 3.5) * rng.choice((-1, 1)))
            kicks.append(Kick(thing=k, time_s=time_s, velocity=(0.0, 0.0), spin=spin))
            continue
        if part == "strike" and still:
            goal = placed[still[rng.integers(len(still))]]
            gap = np.array([goal.x - thing.x, goal.y - thing.y])
            way = float(np.hypot(*gap)) - girth(thing) - girth(goal)
            kicks.append(_kick(rng, thing, k, time_s, gap, way, float(rng.uniform(0.8, 2.2))))
            continue
        outward = _outward(rng, thing, camera)
        way = _way_out(thing, camera, outward)
        if part == "leave":
            kicks.append(_kick(rng, thing, k, time_s, outward, way, float(rng.uniform(0.3, 1.2))))
            continue
        start = replace(thing, x=float(thing.x + way * outward[0]), y=float(thing.y + way * outward[1]))
        others = placed[:k] + placed[k + 1 :]
        if all(np.hypot(start.x - o.x, start.y - o.y) > girth(start) + girth(o) + 0.1 for o in others):
            placed[k] = start
            kicks.append(_kick(rng, thing, k, time_s, -outward, way, float(rng.uniform(-0.15, 0.5))))
    return tuple(placed), tuple(kicks)


def _kick(
    rng: np.random.Generator, thing: Thing, index: int, time_s: float, gap: NDArray[np.float64], way: float, more: float
) -> Kick:
    """A kick along `gap` that carries a thing `way` world units, and `more` speed on top."""
    heading = gap / max(float(np.hypot(*gap)), 1e-9)
    speed = (2 * friction(thing) * max(way, 0.1)) ** 0.5 + more
    spin = float(rng.uniform(-1.2, 1.2)) if thing.shape in _TURNING else 0.0
    return Kick(thing=index, time_s=time_s, velocity=(float(speed * heading[0]), float(speed * heading[1])), spin=spin)


def _outward(rng: np.random.Generator, thing: Thing, camera: Camera) -> NDArray[np.float64]:
    """Towards the nearer side of the picture most times, the other else, a little askew."""
    right = np.array(camera.directions()["right"][:2])
    nearer = 1.0 if thing.x * right[0] + thing.y * right[1] > 0 else -1.0
    side = nearer if rng.random() < 0.7 else -nearer
    askew = float(rng.normal(0, 0.2))
    cos, sin = np.cos(askew), np.sin(askew)
    return side * np.array([cos * right[0] - sin * right[1], sin * right[0] + cos * right[1]])


def _way_out(thing: Thing, camera: Camera, outward: NDArray[np.float64]) -> float:
    """How far a thing goes that way until nothing of it is in the picture."""
    width, height = 320, 240
    for way in np.arange(0.5, 14.0, 0.25):
        spot = np.array([[thing.x + way * outward[0]], [thing.y + way * outward[1]], [thing.radius]], np.float32)
        u, _, depth = (float(c[0]) for c in camera.project(spot, width, height))
        reach = 1.75 * thing.radius * camera.focal * width / max(depth, 0.5) + _OUT_PX
        if u < -reach or u > width + reach:
            return float(way)
    return 14.0
