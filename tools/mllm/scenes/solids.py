"""The geometry of one placed thing: where rays meet it, its normals, its outline.

Solids here are convex and stand on the table; shapes beyond the published three are in `more_solids.py`. Edges of cubes
and cylinders are rounded: a ray is first cut with the sharp body exactly, then, near an edge only, walked to the
rounded surface by its distance function. Shadows use the sharp body. Vectors are float32, (3, N), in world units.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .vectors import Floats, dot, unit
from .world import Thing

__all__ = ["Cube", "Cylinder", "Solid", "Sphere", "solid"]

_STEPS = 6  # of the walk to a rounded edge
_TINY = np.float32(1e-9)


class Solid(ABC):
    """One body; `bevel` is the rounding radius of its edges in parts of its radius."""

    spread = 1.0  # radius of the bounding sphere, in radii
    bevel_share = 0.0
    turns = False  # whether rotation about the vertical changes it

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.radius = np.float32(thing.radius)
        self.bevel = np.float32(thing.radius * self.bevel_share)
        self.center = np.asarray(thing.center, np.float32)[:, None]
        self.reach = float(thing.radius * self.spread)  # of the bounding sphere
        rotation = thing.rotation if self.turns else 0.0
        self._turn = np.float32(np.cos(rotation)), np.float32(np.sin(rotation))

    def hit(self, origin: Floats, ray: Floats) -> Floats:
        """Distance along unit rays to the body, inf where missed, (N,); origins, (3, N) or (3, 1), lie outside."""
        start, along = self._local(origin - self.center), self._local(ray)
        enter, leave = self._span(start, along)
        t = np.where((enter < leave) & (enter > 0), enter, np.float32(np.inf))
        if self.bevel_share:
            self._round(t, start, along)
        return t

    def blocks(self, origin: Floats, ray: Floats) -> NDArray[np.bool_]:
        """Whether the segments from origin to origin + ray, (3, ...) each, pass through the sharp body, (...)."""
        center = self.center.reshape(3, *(1,) * (origin.ndim - 1))
        enter, leave = self._span(self._local(origin - center), self._local(ray))
        return (enter < leave) & (leave > 0) & (enter < 1)

    def normal(self, point: Floats) -> Floats:
        """Unit outward normals (3, N) at points of the surface."""
        local = self._local(point - self.center)
        n = unit(self._gradient(local))
        cos, sin = self._turn
        return np.stack([cos * n[0] - sin * n[1], sin * n[0] + cos * n[1], n[2]])

    def box(self, camera: Camera, width: int, height: int) -> tuple[float, float, float, float]:
        """The amodal box (x1, y1, x2, y2) in pixels, y down, not cut at the picture's edge."""
        u, v, depth = camera.project(self._skeleton(camera), width, height)
        margin = self.bevel * np.float32(camera.focal * width) / depth
        return (
            float((u - margin).min()),
            float((v - margin).min()),
            float((u + margin).max()),
            float((v + margin).max()),
        )

    def _local(self, v: Floats) -> Floats:
        if not self.turns:
            return v
        cos, sin = self._turn
        return np.stack([cos * v[0] + sin * v[1], cos * v[1] - sin * v[0], v[2]])

    def _round(self, t: Floats, start: Floats, along: Floats) -> None:
        """Move hits that fell within a bevel of an edge onto the rounded surface, or make them misses; in place."""
        found = np.flatnonzero(np.isfinite(t))
        inside = self._inner(_columns(start, found) + t[found] * along[:, found])
        found = found[(inside > 0).sum(0) > 1]
        if not len(found):
            return
        start, along, walked = _columns(start, found), along[:, found], t[found]
        for _ in range(_STEPS):
            distance = self._distance(start + walked * along)
            walked = walked + distance
        # a walk that ended where the surface already turns away only passed the edge by
        met = (distance < 0.006 * self.radius) & (dot(self._gradient(start + walked * along), along) < 0)
        t[found] = np.where(met, walked, np.float32(np.inf))

    def _distance(self, local: Floats) -> Floats:
        outside = np.maximum(self._inner(local), 0)
        distance: Floats = np.sqrt((outside * outside).sum(0)) - self.bevel
        return distance

    @abstractmethod
    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        """Where lines enter and leave the sharp body, in units of `along`; enter >= leave where they miss."""

    @abstractmethod
    def _inner(self, local: Floats) -> Floats:
        """By how much points lie outside the body shrunk by its bevel, per constraint, (K, N)."""

    @abstractmethod
    def _gradient(self, local: Floats) -> Floats:
        """Outward vectors of any length, (3, N), in the body's frame."""

    @abstractmethod
    def _skeleton(self, camera: Camera) -> Floats:
        """Points (3, K) in the world whose projections, widened by the bevel, bound the outline."""


class Sphere(Solid):
    """A ball."""

    def normal(self, point: Floats) -> Floats:
        return (point - self.center) / self.radius

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        square = dot(along, along)
        middle = -dot(start, along) / square
        closest = dot(start, start) - middle * middle * square
        half = np.sqrt(np.maximum(self.radius * self.radius - closest, 0) / square)
        return middle - half, np.where(closest < self.radius * self.radius, middle + half, middle - half - 1)

    def _inner(self, local: Floats) -> Floats:
        distance: Floats = np.sqrt(dot(local, local))[None] - self.radius
        return distance

    def _gradient(self, local: Floats) -> Floats:
        return local

    def _skeleton(self, camera: Camera) -> Floats:
        # the circle along which lines of sight touch the ball
        view = self.center - camera.origin
        distance = float(np.sqrt((view * view).sum()))
        view = view / distance
        side = np.cross(view[:, 0], (0.0, 0.0, 1.0))
        side /= np.linalg.norm(side)
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        ring = np.outer(side, np.cos(angle)) + np.outer(np.cross(view[:, 0], side), np.sin(angle))
        share = float(self.radius) / distance
        radius = float(self.radius)
        touching = self.center - view * (radius * share) + ring * (radius * (1 - share * share) ** 0.5)
        outline: Floats = touching.astype(np.float32)
        return outline


class Cube(Solid):
    """A cube with half-edge `radius`, turned about the vertical."""

    spread = 3**0.5
    bevel_share = 0.15
    turns = True

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        inverse = 1 / np.where(np.abs(along) < _TINY, _TINY, along)
        middle, half = -start * inverse, self.radius * np.abs(inverse)
        enter, leave = middle - half, middle + half
        last: Floats = np.maximum(np.maximum(enter[0], enter[1]), enter[2])
        first: Floats = np.minimum(np.minimum(leave[0], leave[1]), leave[2])
        return last, first

    def _inner(self, local: Floats) -> Floats:
        beyond: Floats = np.abs(local) - (self.radius - self.bevel)
        return beyond

    def _gradient(self, local: Floats) -> Floats:
        gradient: Floats = np.sign(local) * np.maximum(self._inner(local), 0)
        return gradient

    def _skeleton(self, camera: Camera) -> Floats:
        corner = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32).T
        corner = corner * (self.radius - self.bevel)
        cos, sin = self._turn
        return np.stack([cos * corner[0] - sin * corner[1], sin * corner[0] + cos * corner[1], corner[2]]) + self.center


class Cylinder(Solid):
    """An upright cylinder, as high as it is wide."""

    spread = 2**0.5
    bevel_share = 0.07

    def _span(self, start: Floats, along: Floats) -> tuple[Floats, Floats]:
        square = along[0] * along[0] + along[1] * along[1] + _TINY
        middle = -(start[0] * along[0] + start[1] * along[1]) / square
        closest = start[0] * start[0] + start[1] * start[1] - middle * middle * square
        half = np.sqrt(np.maximum(self.radius * self.radius - closest, 0) / square)
        rise = np.where(np.abs(along[2]) < _TINY, _TINY, along[2])
        level, thick = -start[2] / rise, self.radius / np.abs(rise)
        enter = np.maximum(middle - half, level - thick)
        leave = np.minimum(middle + half, level + thick)
        return enter, np.where(closest < self.radius * self.radius, leave, enter - 1)

    def _inner(self, local: Floats) -> Floats:
        shrunk = self.radius - self.bevel
        return np.stack([np.sqrt(local[0] * local[0] + local[1] * local[1]) - shrunk, np.abs(local[2]) - shrunk])

    def _gradient(self, local: Floats) -> Floats:
        side, cap = np.maximum(self._inner(local), 0)
        across = np.sqrt(local[0] * local[0] + local[1] * local[1]) + _TINY
        return np.stack([local[0] / across * side, local[1] / across * side, np.sign(local[2]) * cap])

    def _skeleton(self, camera: Camera) -> Floats:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False, dtype=np.float32)
        shrunk = self.radius - self.bevel
        ring = np.stack([np.cos(angle) * shrunk, np.sin(angle) * shrunk, np.full_like(angle, shrunk)])
        return np.concatenate([ring, ring * np.array([[1], [1], [-1]], np.float32)], 1) + self.center


_SOLIDS: dict[str, type[Solid]] = {"cube": Cube, "cylinder": Cylinder, "sphere": Sphere}


def _columns(vectors: Floats, which: NDArray[np.intp]) -> Floats:
    """Some columns of (3, N), or the one column that all share."""
    return vectors if vectors.shape[1] == 1 else vectors[:, which]


def solid(thing: Thing) -> Solid:
    """The body of a thing."""
    if thing.shape in _SOLIDS:
        return _SOLIDS[thing.shape](thing)
    from .more_solids import MORE_SOLIDS  # which is built on this module

    return MORE_SOLIDS[thing.shape](thing)
