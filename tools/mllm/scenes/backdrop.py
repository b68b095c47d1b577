"""What stands behind the table: a wall with a gradient, a pattern, or a blurred clutter of coloured shapes on it.

The wall is a vertical plane across the camera's view at which the table ends. It casts no shadow and mirrors do not
see it; `looks.Ground.sky` stands for it there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .patterns import Pattern
from .vectors import Floats, column

__all__ = ["Backdrop", "Blob", "Wall", "seen_wall"]

Rgb = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """One soft shape of the clutter: an ellipse or a box on the wall, world units."""

    across: float
    height: float
    half: tuple[float, float]  # width and height
    soft: float  # width of its rim
    round: bool
    color: Rgb


@dataclass(frozen=True, kw_only=True, slots=True)
class Backdrop:
    """A wall behind the table."""

    distance: float  # from the world's origin, away from the camera
    low: Rgb  # paint where it meets the table
    high: Rgb  # paint at `top`
    top: float = 3.0  # height, world units
    glows: bool = False  # its paint is its light, as of a screen or a far room
    pattern: Pattern | None = None
    blobs: tuple[Blob, ...] = ()

    def paint(self, across: Floats, height: Floats) -> Floats:
        """Its paint at places along and up the wall, (3, N)."""
        share = np.clip(height / np.float32(self.top), 0, 1)
        paint: Floats = column(self.low) + (column(self.high) - column(self.low)) * share
        if self.pattern is not None:
            paint = paint * self.pattern.tint(np.stack([across, height]))
        for blob in self.blobs:
            x, y = np.abs(across - blob.across) / blob.half[0], np.abs(height - blob.height) / blob.half[1]
            out = np.sqrt(x * x + y * y) if blob.round else np.maximum(x, y)
            soft = np.float32(blob.soft / min(blob.half))
            paint = paint + (column(blob.color) - paint) * np.clip(0.5 + (1 - out) / soft, 0, 1).astype(np.float32)
        return paint


@dataclass(frozen=True, kw_only=True, slots=True)
class Wall:
    """The part of a wall that a picture sees."""

    at: NDArray[np.intp]  # (K,) which of the pixels
    point: Floats  # (3, K) in the world
    across: Floats  # (K,) along the wall
    distance: Floats  # (K,) along the ray
    towards: Floats  # (3, 1) its normal


def seen_wall(
    backdrop: Backdrop, camera: Camera, ground: Floats, u: Floats, v: Floats, width: int, height: int
) -> Wall:
    """Which pixels u, v (N,) see the wall rather than the table, whose points (2, N) `ground` are, and where."""
    axes = camera.directions()
    away, right = (np.asarray(axes[name], np.float32)[:, None] for name in ("behind", "right"))
    beyond = away[0] * ground[0] + away[1] * ground[1] > backdrop.distance
    at = np.flatnonzero(beyond | ~np.isfinite(ground[0]))
    ray = camera.rays(u[at], v[at], width, height)
    far = (np.float32(backdrop.distance) - (away * camera.origin).sum()) / (away * ray).sum(0)
    point = camera.origin + far * ray
    return Wall(at=at, point=point.astype(np.float32), across=(right * point).sum(0), distance=far, towards=-away)
