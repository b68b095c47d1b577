"""A perspective camera that looks at a point of the table.

The defaults were fitted to published positions and pixel coordinates of the CLEVR generator: a 35 mm lens on a 32 mm
sensor at (7.481, -6.508, 5.344), each coordinate shifted by up to 0.5, always aimed at the origin. Image coordinates
here are pixels, y down, with (0, 0) at the upper left corner of the picture. No lens distortion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .vectors import Floats

__all__ = ["DIRECTIONS", "Camera"]

DIRECTIONS = ("left", "right", "front", "behind")


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Where the picture is taken from: position and target in world units, focal length in picture widths."""

    position: tuple[float, float, float] = (7.48113, -6.50764, 5.34367)
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    focal: float = 35.0 / 32.0

    @cached_property
    def axes(self) -> Floats:
        """Rows: right, down and forward as unit vectors, (3, 3)."""
        forward = np.subtract(self.target, self.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    @cached_property
    def origin(self) -> Floats:
        """The position as a column, (3, 1)."""
        return np.asarray(self.position, np.float32)[:, None]

    def directions(self) -> dict[str, tuple[float, float, float]]:
        """Unit vectors on the table for left, right, front and behind, as this camera sees them."""
        right, forward = self.axes[0].astype(float), self.axes[2].astype(float) * (1.0, 1.0, 0.0)
        forward = forward / np.linalg.norm(forward)

        def vector(v: NDArray[np.float64]) -> tuple[float, float, float]:
            return (float(v[0]), float(v[1]), float(v[2]))

        return {"left": vector(-right), "right": vector(right), "front": vector(-forward), "behind": vector(forward)}

    def project(self, points: Floats, width: int, height: int) -> Floats:
        """World points (3, N) to rows u, v (pixels, y down) and depth (world units along the optical axis), (3, N)."""
        local = self.axes @ (points - self.origin)
        scale = self.focal * width / local[2]
        return np.stack([width / 2 + scale * local[0], height / 2 + scale * local[1], local[2]]).astype(np.float32)

    def rays(self, u: Floats, v: Floats, width: int, height: int) -> Floats:
        """Unit directions (3, N) through pixel positions u, v (N,)."""
        across = (u - np.float32(width / 2)) / np.float32(self.focal * width)
        down = (v - np.float32(height / 2)) / np.float32(self.focal * width)
        scale = 1 / np.sqrt(across * across + down * down + 1)
        right, below, forward = self.axes
        return np.stack([(right[k] * across + below[k] * down + forward[k]) * scale for k in range(3)])

    def ground(self, u: Floats, v: Floats, width: int, height: int) -> Floats:
        """The points (2, N) of the table under pixel positions u, v; NaN above the horizon."""
        ray = self.rays(u, v, width, height)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(ray[2] < 0, -self.origin[2] / ray[2], np.nan)
        return (self.origin[:2] + t * ray[:2]).astype(np.float32)
