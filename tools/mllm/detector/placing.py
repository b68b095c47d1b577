"""Places on the table from where things stand in the picture: one camera for all of them.

The network guesses every thing's place by itself, to a few tenths of a unit; but it sees the projected centre to a
fraction of a pixel, and the height of a centre follows from the size. All things of a picture share one camera, which
looks straight ahead at a point of the table, so it has a height, a distance to that point and a focal length: three
numbers, fitted to all guesses at once and held near the usual camera. The centres seen through that camera give
places whose order along left and right, front and behind is far surer than that of the guesses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..scenes.camera import Camera
from ..scenes.world import RADIUS
from .found import Found

__all__ = ["placed"]

Array = NDArray[np.float64]

_USUAL = np.array([Camera.position[2], math.hypot(*Camera.position[:2]), Camera.focal])  # height, distance, focal
_STRAY = np.array([0.4, 0.45, 0.03])  # how far cameras stray from it
_GUESS = np.array([0.25, 0.3, 0.3])  # how far guesses stray: right, forward, depth
_STEPS = 8


def placed(things: Sequence[Found], width: int, height: int) -> list[Found]:
    """The same things with place and depth as one camera sees them; pixels are of a picture of that size."""
    if not things:
        return []
    seen = np.array([[(t.center[0] - width / 2) / width, (t.center[1] - height / 2) / width] for t in things])
    up = np.array([RADIUS[t.value("size")] for t in things])  # type: ignore[index]
    guessed = np.array([[*t.ground, t.depth] for t in things])
    # a candidate that is hardly there says little about the camera
    trust = np.array([t.score for t in things])[:, None]
    camera = _fitted(seen, up, guessed, trust)
    found = _seen_through(camera, seen, up)
    if not np.isfinite(found).all() or (found[:, 1:] <= 0).any():  # nothing like a table: the guesses stay
        return list(things)
    return [
        replace(thing, ground=(float(right), float(forward)), depth=float(depth))
        for thing, (right, forward, depth) in zip(things, found, strict=True)
    ]


def _seen_through(camera: Array, seen: Array, up: Array) -> Array:
    """Right, forward and depth (N, 3) of centres at heights `up` that are pictured at `seen`."""
    height, distance, focal = camera
    away = math.hypot(height, distance)
    level, down = distance / away, height / away  # cosine and sine of the look down
    across, below = seen[:, 0] / focal, seen[:, 1] / focal
    over = height - up
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = over * (level - below * down) / (down + below * level)
    depth = forward * level + over * down
    return np.column_stack([across * depth, forward, depth])


def _fitted(seen: Array, up: Array, guessed: Array, trust: Array) -> Array:
    """The likeliest camera: Gauss and Newton's least squares on guesses and the usual camera."""

    def misfit(camera: Array) -> Array:
        off = trust * (_seen_through(camera, seen, up) - guessed) / _GUESS
        # one guess that is far off must not turn the camera
        off = np.sign(off) * np.sqrt(2 * (np.sqrt(1 + off**2) - 1))
        return np.concatenate(
            [np.nan_to_num(off, nan=10.0, posinf=10.0, neginf=-10.0).ravel(), (camera - _USUAL) / _STRAY]
        )

    camera = _USUAL.copy()
    for _ in range(_STEPS):
        here = misfit(camera)
        slopes = np.column_stack([(misfit(camera + step) - here) / 1e-4 for step in np.eye(3) * 1e-4])
        change = np.linalg.lstsq(slopes, -here, rcond=None)[0]
        camera = camera + np.clip(change, -_STRAY, _STRAY)
        if float(np.abs(change).max()) < 1e-4:
            break
    return camera
