"""Shapes beyond the published three: cone, pyramid, prism, capsule, egg and a ring that stands on its rim.

All are as high as twice their radius and fit in about the same disc of the table as a cube. The ring is the one body
that is not convex: rays walk to it by its distance function, and shadows sample the segment that lies near it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .solids import Solid
from .vectors import Floats, dot

__all__ = ["MORE_SOLIDS"]

_TINY = np.float32(1e-9)
_THIRDS = tuple(k * 2 * np.pi / 3 for k in range(3))
_WALK = 24  # steps to a ring
_SHADOW_SAMPLES = 10  # of a segment near a ring


class _Sharp(Solid):
    """A body whose edges are not rounded."""

    def _inner(self, local: Floats) -> Floats:
        raise NotImplementedError("sharp bodies have no rounding")

    def _world(self, local: Floats) -> Floats:
        cos, sin = self._turn
        turned = np.stack([cos * local[0] - sin * local[1], sin * local[0] + cos * local[1], local[2]])
        placed: Floats = (turned + self.center).astype(np.float32)
        return placed


class _Faceted(_Sharp):
    """A convex body bounded by planes: `faces` holds outward unit normals and distances in radii, (K, 4)."""

    turns = True
    faces: NDArray[np.float32]
    corners: NDArray[np.float32]  # (K, 3) in radii

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        flat = np.broadcast_shapes(start.shape[1:], along.shape[1:])
        enter, leave = np.full(flat, -1e9, np.float32), np.full(flat, 1e9, np.float32)
        for x, y, z, far in self.faces:
            speed = x * along[0] + y * along[1] + z * along[2]
            gap = far * self.radius - (x * start[0] + y * start[1] + z * start[2])
            speed = np.where(np.abs(speed) < _TINY, _TINY, speed)  # along a face: it leaves it, far away
            t = gap / speed
            enter = np.maximum(enter, np.where(speed < 0, t, np.float32(-1e9)))
            leave = np.minimum(leave, np.where(speed < 0, np.float32(1e9), t))
        return enter, leave

    def _gradient(self, local: Floats) -> Floats:
        beyond = self.faces[:, :3] @ local - self.faces[:, 3:] * self.radius
        return np.stack([self.faces[beyond.argmax(0), k] for k in range(3)])

    def _skeleton(self, camera: Camera) -> Floats:
        corners: Floats = np.ascontiguousarray(self.corners.T) * self.radius
        return self._world(corners)


def _planes(rows: list[tuple[float, float, float, float]]) -> NDArray[np.float32]:
    faces = np.array(rows, np.float32)
    length = np.sqrt((faces[:, :3] ** 2).sum(1, keepdims=True))
    scaled: NDArray[np.float32] = (faces / length).astype(np.float32)
    return scaled


class Pyramid(_Faceted):
    """A square base and four slopes."""

    spread = 3**0.5
    faces = _planes([(2, 0, 1, 1), (-2, 0, 1, 1), (0, 2, 1, 1), (0, -2, 1, 1), (0, 0, -1, 1)])
    corners = np.array([(1, 1, -1), (1, -1, -1), (-1, 1, -1), (-1, -1, -1), (0, 0, 1)], np.float32)


class Prism(_Faceted):
    """An upright prism over a triangle with equal sides."""

    spread = (1.2**2 + 1) ** 0.5
    faces = _planes(
        [(float(np.cos(a)), float(np.sin(a)), 0.0, 0.6) for a in _THIRDS] + [(0, 0, 1, 1.0), (0, 0, -1, 1.0)]
    )
    corners = np.array(
        [
            (float(1.2 * np.cos(a + np.pi / 3)), float(1.2 * np.sin(a + np.pi / 3)), z)
            for z in (-1.0, 1.0)
            for a in _THIRDS
        ],
        np.float32,
    )


class Cone(_Sharp):
    """An upright cone."""

    spread = 2**0.5

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        height = self.radius - start[2]  # below the tip
        a = along[0] * along[0] + along[1] * along[1] - along[2] * along[2] * np.float32(0.25)
        b = start[0] * along[0] + start[1] * along[1] + height * along[2] * np.float32(0.25)
        c = start[0] * start[0] + start[1] * start[1] - height * height * np.float32(0.25)
        a = np.where(np.abs(a) < _TINY, _TINY, a)
        square = b * b - a * c
        root = np.sqrt(np.maximum(square, 0))
        one, two = (-b - root) / a, (-b + root) / a
        low, high = np.minimum(one, two), np.maximum(one, two)
        rise = np.where(np.abs(along[2]) < _TINY, _TINY, along[2])
        level, thick = -start[2] / rise, self.radius / np.abs(rise)
        enter, leave = level - thick, level + thick
        # steep lines lie inside beyond one of the two crossings, on the cone that opens downwards
        steep = a < 0
        low, high = (
            np.where(steep, np.where(rise < 0, high, np.float32(-1e9)), low),
            np.where(steep, np.where(rise < 0, np.float32(1e9), low), high),
        )
        enter, leave = np.maximum(enter, low), np.minimum(leave, high)
        return enter, np.where((square > 0) | steep, leave, enter - 1)

    def _gradient(self, local: Floats) -> Floats:
        across = np.sqrt(local[0] * local[0] + local[1] * local[1]) + _TINY
        # the base stands on the table, where no ray comes
        return np.stack([local[0] / across, local[1] / across, np.full_like(across, 0.5)])

    def _skeleton(self, camera: Camera) -> Floats:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False, dtype=np.float32)
        ring = np.stack([np.cos(angle), np.sin(angle), np.full_like(angle, -1)])
        return self._world(np.concatenate([ring, np.array([[0], [0], [1]], np.float32)], 1) * self.radius)


class Egg(_Sharp):
    """An upright ellipsoid, narrower than high."""

    narrow = np.float32(0.74)

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        scale = np.array([1 / self.narrow, 1 / self.narrow, 1], np.float32)
        start = start * scale.reshape(3, *(1,) * (start.ndim - 1))
        along = along * scale.reshape(3, *(1,) * (along.ndim - 1))
        return _ball(start, along, self.radius)

    def _gradient(self, local: Floats) -> Floats:
        square = self.narrow * self.narrow
        return np.stack([local[0] / square, local[1] / square, local[2]])

    def _skeleton(self, camera: Camera) -> Floats:
        scale = np.array([[self.narrow], [self.narrow], [1]], np.float32) * self.radius
        return self._world(_touched((camera.origin - self.center) / scale) * scale)


class Capsule(_Sharp):
    """An upright cylinder with a half ball at each end."""

    narrow = np.float32(0.55)

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        radius, half = self.radius * self.narrow, self.radius * (1 - self.narrow)
        square = along[0] * along[0] + along[1] * along[1] + _TINY
        middle = -(start[0] * along[0] + start[1] * along[1]) / square
        closest = start[0] * start[0] + start[1] * start[1] - middle * middle * square
        width = np.sqrt(np.maximum(radius * radius - closest, 0) / square)
        rise = np.where(np.abs(along[2]) < _TINY, _TINY, along[2])
        level, thick = -start[2] / rise, half / np.abs(rise)
        enter, leave = np.maximum(middle - width, level - thick), np.minimum(middle + width, level + thick)
        met = (enter < leave) & (closest < radius * radius)
        enter, leave = np.where(met, enter, np.float32(1e9)), np.where(met, leave, np.float32(-1e9))
        for end in (half, -half):
            moved = np.stack([start[0], start[1], start[2] - end])
            near, far = _ball(moved, along, radius)
            held = near < far
            enter = np.minimum(enter, np.where(held, near, np.float32(1e9)))
            leave = np.maximum(leave, np.where(held, far, np.float32(-1e9)))
        return enter, leave

    def _gradient(self, local: Floats) -> Floats:
        half = self.radius * (1 - self.narrow)
        return np.stack([local[0], local[1], local[2] - np.clip(local[2], -half, half)])

    def _skeleton(self, camera: Camera) -> Floats:
        radius, half = self.radius * self.narrow, self.radius * (1 - self.narrow)
        ends = []
        for end in (half, -half):
            middle = np.array([[0], [0], [end]], np.float32)
            ends.append(_touched((camera.origin - self.center - middle) / radius) * radius + middle)
        return self._world(np.concatenate(ends, 1))


class Ring(_Sharp):
    """A torus that stands on its rim; it looks along the direction in which it is turned."""

    turns = True
    thick = np.float32(0.28)  # of the tube, in radii

    def hit(self, origin: Floats, ray: Floats) -> Floats:
        start, along = self._local(origin - self.center), self._local(ray)
        enter, leave = self._span(start, along)
        t = np.full(along.shape[1], np.inf, np.float32)
        at = np.flatnonzero((enter < leave) & (leave > 0))
        if not len(at):
            return t
        start = np.broadcast_to(start, along.shape)[:, at]
        along, end = along[:, at], leave[at]
        walked: Floats = np.maximum(enter[at], 0)
        for _ in range(_WALK):
            gap = self._gap(start + walked * along)
            walked += gap
        t[at] = np.where((gap < 0.01 * self.radius) & (walked < end + 0.01), walked, np.float32(np.inf))
        return t

    def blocks(self, origin: Floats, ray: Floats) -> NDArray[np.bool_]:
        center = self.center.reshape(3, *(1,) * (origin.ndim - 1))
        start, along = self._local(origin - center), self._local(ray)
        enter, leave = self._span(start, along)
        near = (enter < leave) & (leave > 0) & (enter < 1)
        hidden = np.zeros(near.shape, np.bool_)
        start, along = (
            np.broadcast_to(start, (3, *near.shape))[:, near],
            np.broadcast_to(along, (3, *near.shape))[:, near],
        )
        first, last = np.clip(enter[near], 0, 1), np.clip(leave[near], 0, 1)
        inside = np.zeros(len(first), np.bool_)
        for k in range(_SHADOW_SAMPLES):
            t: Floats = first + (last - first) * np.float32((k + 0.5) / _SHADOW_SAMPLES)
            inside |= self._gap(start + t * along) < 0
        hidden[near] = inside
        return hidden

    def _gap(self, local: Floats) -> Floats:
        """Distance to the tube's surface, negative inside."""
        away = np.sqrt(local[0] ** 2 + local[2] ** 2) - self.radius * (1 - self.thick)
        gap: Floats = np.sqrt(away * away + local[1] ** 2) - self.radius * self.thick
        return gap

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        near, far = _ball(start, along, self.radius)
        speed = np.where(np.abs(along[1]) < _TINY, _TINY, along[1])
        level, thick = -start[1] / speed, self.radius * self.thick / np.abs(speed)
        enter: Floats = np.maximum(near, level - thick)
        leave: Floats = np.minimum(far, level + thick)
        return enter, np.where(near < far, leave, enter - 1)

    def _gradient(self, local: Floats) -> Floats:
        across = np.sqrt(local[0] ** 2 + local[2] ** 2) + _TINY
        share = 1 - self.radius * (1 - self.thick) / across
        return np.stack([local[0] * share, local[1], local[2] * share])

    def _skeleton(self, camera: Camera) -> Floats:
        # balls along the tube's middle line
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False, dtype=np.float32)
        middle, tube = self.radius * (1 - self.thick), self.radius * self.thick
        centers = self._world(np.stack([np.cos(angle) * middle, np.zeros_like(angle), np.sin(angle) * middle]))
        right, down = camera.axes[0][:, None], camera.axes[1][:, None]
        around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        rims = [centers + tube * (np.float32(np.cos(a)) * right + np.float32(np.sin(a)) * down) for a in around]
        return np.concatenate(rims, 1).astype(np.float32)


def _ball(start: Floats, along: Floats, radius: np.float32) -> tuple[Floats, Floats]:
    square = dot(along, along)
    middle = -dot(start, along) / square
    closest = dot(start, start) - middle * middle * square
    half = np.sqrt(np.maximum(radius * radius - closest, 0) / square)
    return middle - half, np.where(closest < radius * radius, middle + half, middle - half - 1)


def _touched(eye: Floats) -> Floats:
    """Where lines of sight from outside, (3, 1), touch the unit ball, (3, 48)."""
    distance = float(np.sqrt((eye * eye).sum()))
    view = (eye / distance)[:, 0]
    side = np.cross(view, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    around = np.outer(side, np.cos(angle)) + np.outer(np.cross(view, side), np.sin(angle))
    share = 1 / distance
    touched: Floats = (view[:, None] * share + around * (1 - share * share) ** 0.5).astype(np.float32)
    return touched


MORE_SOLIDS: dict[str, type[Solid]] = {
    "cone": Cone,
    "pyramid": Pyramid,
    "prism": Prism,
    "capsule": Capsule,
    "egg": Egg,
    "ring": Ring,
}
