"""One disc lamp at work: how much of its light reaches points, past the bodies in between.

Soft shadows come from points spread over the disc (a sunflower pattern, turned differently at every shaded point).
Before any ray is tested, the shadow's bounds rule out most points. Vectors are float32 (3, N).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .looks import Lamp
from .solids import Solid
from .vectors import Floats, dot

__all__ = ["Lamplight"]

_GOLDEN_RAD = np.pi * (3 - 5**0.5)
_FEW = np.float32(-30)  # exponents below this are darkness


class Lamplight:
    """A lamp, prepared for many questions."""

    def __init__(self, lamp: Lamp) -> None:
        self.power = np.asarray(lamp.power, np.float32)[:, None]
        self.tone = self.power / self.power.max()
        self.center = np.asarray(lamp.position, np.float32)[:, None]
        self.size = float(lamp.size)
        self._aim = np.asarray(lamp.aim, np.float32)[:, None]
        side = np.cross(lamp.aim, (1.0, 0.0, 0.0) if abs(lamp.aim[0]) < 0.9 else (0.0, 1.0, 0.0))
        side /= np.linalg.norm(side)
        self._across = side.astype(np.float32)[:, None]
        self._upward = np.cross(lamp.aim, side).astype(np.float32)[:, None]

    def strength(self, point: Floats, normal: Floats | None) -> Floats:
        """Unshadowed light of unit power on points with normals (None: straight up), (N,)."""
        to_lamp = self.center - point
        square = dot(to_lamp, to_lamp)
        facing = to_lamp[2] if normal is None else dot(to_lamp, normal)
        strength: Floats = np.maximum(facing, 0) * np.maximum(-dot(to_lamp, self._aim), 0) / (square * square)
        return strength

    def image(self, point: Floats, ray: Floats, width: float) -> Floats:
        """How much of the lamp rays (3, N) from points see, blurred by `width` radians: 1 at its middle, (N,)."""
        to_lamp = self.center - point
        square = dot(to_lamp, to_lamp)
        cosine = dot(to_lamp, ray) / np.sqrt(square)
        spread = np.float32(width * width) + np.float32(0.25 * self.size**2) / square
        return np.exp(np.maximum((cosine - 1) / spread, _FEW))

    def shade_table(
        self, strength: Floats, point: Floats, solids: Iterable[Solid], count: int, rng: np.random.Generator
    ) -> None:
        """Dim `strength` (N,) of points on the table in place, testing `count` points of the lamp."""
        for body in solids:
            held, share = self.kept_on_table(point, body, count, rng)
            strength[held] *= share

    def kept_on_table(
        self, point: Floats, body: Solid, count: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], Floats]:
        """Which points of the table (3, N) a body can shade, and the share of the lamp that it leaves each of them."""
        left, right, near, far = self._footprint(body)
        held = np.flatnonzero((point[0] > left) & (point[0] < right) & (point[1] > near) & (point[1] < far))
        return self._kept(point, held, body, count, rng)

    def shade_body(
        self,
        strength: Floats,
        point: Floats,
        own: Solid,
        solids: Iterable[Solid],
        count: int,
        rng: np.random.Generator,
    ) -> None:
        """Dim `strength` (N,) of points of a body in place where other bodies hide the lamp."""
        for body in solids:
            if body is not own and _miss(own.center, self.center, body.center)[0] < own.reach + body.reach + self.size:
                held, share = self._kept(point, np.flatnonzero(strength > 0), body, count, rng)
                strength[held] *= share

    def _kept(
        self, point: Floats, held: NDArray[np.intp], body: Solid, count: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], Floats]:
        if len(held):
            held = held[_miss(point[:, held], self.center, body.center) < body.reach + self.size]
        if not len(held):
            return held, np.zeros(0, np.float32)
        here = point[:, held]
        turn = rng.random(len(held), np.float32) * np.float32(2 * np.pi)
        k = np.arange(count, dtype=np.float32)[:, None]
        angle, radius = k * np.float32(_GOLDEN_RAD) + turn, np.float32(self.size) * np.sqrt((k + 0.5) / count)
        across, upward = radius * np.cos(angle), radius * np.sin(angle)  # (count, held)
        gap = (self.center - here)[:, None]
        ray = gap + self._across[:, None] * across + self._upward[:, None] * upward  # (3, count, held)
        kept: Floats = 1 - body.blocks(here[:, None], ray).mean(0, dtype=np.float32)
        return held, kept

    def _footprint(self, body: Solid) -> tuple[float, float, float, float]:
        """Bounds on the table of everything the body can shade: least and greatest x, least and greatest y."""
        x, y, z = (float(c) for c in self.center[:, 0])
        top = 2 * float(body.radius)
        wide = body.reach
        bounds = []
        for lamp, middle in ((x, float(body.center[0, 0])), (y, float(body.center[1, 0]))):
            stretch = z / max(z - top, 0.2)
            ends = [middle - wide, middle + wide, *(lamp + (middle + side - lamp) * stretch for side in (-wide, wide))]
            soft = self.size * (stretch - 1) + 0.01
            bounds += [min(ends) - soft, max(ends) + soft]
        return (bounds[0], bounds[1], bounds[2], bounds[3])


def _miss(start: Floats, end: Floats, center: Floats) -> Floats:
    """How far segments pass from a point, (N,)."""
    line, offset = end - start, center - start
    along = np.clip(dot(offset, line) / dot(line, line), 0, 1)
    gap = offset - along * line
    return np.sqrt(dot(gap, gap))
