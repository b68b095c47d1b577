"""Where a label lies in a sketched crop: cube, cylinder and ball seen from above by a far camera, pixel by pixel.

Each body has radius 1 and stands in the middle; x runs to the right and y down, in radii, as the camera sees them. The
camera looks down by `tilt` radians; a far one stands in for the true one, whose perspective inside one thing is slight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..scenes.vectors import Floats

__all__ = ["Body", "ball", "cube", "cylinder"]


@dataclass(frozen=True, slots=True)
class Body:
    """What a grid of points (H, W) shows of a body."""

    covered: Floats  # 1 where the body is, 0 elsewhere
    normal: Floats  # (3, H, W): to the right, towards the camera along the ground, up
    across: Floats  # along the surface from the front, radii; where the body carries print
    down: Floats  # along the surface from its middle, radii
    printable: Floats  # 1 where it carries print


def ball(x: Floats, y: Floats, tilt: float, facing: float) -> Body:
    """A ball, with print by longitude and latitude."""
    inside = x * x + y * y < 1
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    up = z * np.sin(tilt) - y * np.cos(tilt)
    front = z * np.cos(tilt) + y * np.sin(tilt)
    covered = inside.astype(np.float32)
    return Body(
        covered=covered,
        normal=np.stack([x, front, up]).astype(np.float32),
        across=(np.arctan2(x, front) - facing).astype(np.float32),
        down=-np.arcsin(np.clip(up, -1, 1)).astype(np.float32),
        printable=covered,
    )


def cylinder(x: Floats, y: Floats, tilt: float, facing: float) -> Body:
    """A cylinder as high as wide, with print round its side."""
    z = np.sqrt(np.maximum(1 - x * x, 0))
    up = (z * np.sin(tilt) - y) / np.cos(tilt)
    side = (np.abs(x) < 1) & (np.abs(up) < 1)
    depth = (y + np.cos(tilt)) / np.sin(tilt)
    lid = (x * x + depth * depth < 1) & ~side
    return Body(
        covered=(side | lid).astype(np.float32),
        normal=np.stack([x * side, z * side, lid]).astype(np.float32),
        across=(np.arcsin(np.clip(x, -1, 1)) - facing).astype(np.float32),
        down=-up.astype(np.float32),
        printable=side.astype(np.float32),
    )


def cube(x: Floats, y: Floats, tilt: float, turned: float) -> Body:
    """A cube turned by at most a quarter of pi, with print on the side that looks most to the camera."""
    depth = (y + np.cos(tilt)) / np.sin(tilt)
    cos, sin = np.cos(turned), np.sin(turned)
    lid = (np.abs(x * cos - depth * sin) < 1) & (np.abs(x * sin + depth * cos) < 1)
    face, across, down = _face(x, y, tilt, turned)
    other_turn = turned - np.copysign(np.pi / 2, turned)
    other, _, _ = _face(x, y, tilt, other_turn)
    other &= ~face
    lid &= ~face & ~other
    normal = np.zeros((3, *x.shape), np.float32)
    for shown, turn in ((face, turned), (other, other_turn)):
        normal[0] += shown * np.float32(np.sin(turn))
        normal[1] += shown * np.float32(np.cos(turn))
    normal[2] = lid
    return Body(
        covered=(face | other | lid).astype(np.float32),
        normal=normal,
        across=across,
        down=down,
        printable=face.astype(np.float32),
    )


def _face(x: Floats, y: Floats, tilt: float, turned: float) -> tuple[np.ndarray, Floats, Floats]:
    cos, sin = np.cos(turned), np.sin(turned)
    across = (x - sin) / max(cos, 0.02)
    front = cos - across * sin
    up = (front * np.sin(tilt) - y) / np.cos(tilt)
    shown = (np.abs(across) < 1) & (np.abs(up) < 1)
    return shown, across.astype(np.float32), -up.astype(np.float32)
