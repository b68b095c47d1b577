"""Renders the frames of a clip, drawing anew only what changed since the frame before.

With a camera at rest, each body's share in the light of the table is kept until the body moves, and a thing is lit
again only when it, what is seen of it, or anything within its neighbourhood moved. Under a moving camera every frame is
drawn whole. Film noise is drawn for each frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..scenes.camera import Camera
from ..scenes.light import Lighting, sky_kept
from ..scenes.looks import Look
from ..scenes.render import Lit, Picture, Stage, View, draw, render
from ..scenes.solids import Solid, solid
from ..scenes.vectors import Floats, column
from ..scenes.world import Thing

__all__ = ["film"]

_SHADOW_POINTS = 7  # per lamp and pixel of the table
_NEIGHBOURS = 3.0  # world units within which a mover changes how a thing is lit
_SAME = 1e-4  # of a pose: no move


def film(
    shots: Sequence[tuple[tuple[Thing, ...], Camera]],
    look: Look,
    rng: np.random.Generator,
    *,
    width: int,
    height: int,
) -> Iterator[Picture]:
    """One picture of each (things, camera); the things of all shots are the same ones in the same order."""
    if any(camera != shots[0][1] for _, camera in shots):
        for things, camera in shots:
            yield render(things, camera, look, rng, width=width, height=height)
        return
    studio = _Studio(Stage(shots[0][1], look, width, height), rng) if shots else None
    for things, _ in shots:
        assert studio is not None
        yield studio.shoot(things)


class _Studio:
    """A camera at rest before things of which some move."""

    def __init__(self, stage: Stage, rng: np.random.Generator) -> None:
        self._stage, self._rng = stage, rng
        self._below = np.flatnonzero(np.isfinite(stage.ground[0]))
        self._xy = np.ascontiguousarray(stage.ground[:, self._below])
        self._point = np.stack([self._xy[0], self._xy[1], np.zeros_like(self._xy[0])])
        empty = stage.lighting([], rng)
        self._paint = empty.paint(self._xy)
        self._strengths = [lamp.strength(self._point, None) for lamp in empty.lamps]
        self._kept: dict[int, list[tuple[NDArray[np.intp], Floats]]] = {}  # per thing: of the sky, then of each lamp
        self._lit: dict[int, tuple[bytes, Lit]] = {}
        self._poses: NDArray[np.float64] | None = None

    def shoot(self, things: Sequence[Thing]) -> Picture:
        stage = self._stage
        poses = np.array([(t.x, t.y, t.rotation) for t in things], float).reshape(-1, 3)
        moved = np.ones(len(things), bool) if self._poses is None else np.abs(poses - self._poses).max(1) > _SAME
        self._poses = poses
        solids = [solid(thing) for thing in things]
        lighting = stage.lighting(solids, self._rng)
        light = self._table(lighting, solids, moved).reshape(3, stage.height, stage.width)
        stage.put_wall(light, lighting)
        fine = stage.look_at(solids)
        if solids:
            self._draw(light, fine, solids, lighting, moved, poses)
        return stage.develop(light, fine, len(solids), self._rng)

    def _table(self, lighting: Lighting, solids: Sequence[Solid], moved: NDArray[np.bool_]) -> Floats:
        for k in (int(k) for k in np.flatnonzero(moved)):
            shades = [lamp.kept_on_table(self._point, solids[k], _SHADOW_POINTS, self._rng) for lamp in lighting.lamps]
            self._kept[k] = [sky_kept(solids[k], self._xy), *shades]
        shares = [np.ones(len(self._below), np.float32), *(strength.copy() for strength in self._strengths)]
        for kept in self._kept.values():
            for share, (held, left) in zip(shares, kept, strict=True):
                share[held] *= left
        total = column(self._stage.look.ground.ambient) * shares[0]
        for lamp, share in zip(lighting.lamps, shares[1:], strict=True):
            total += lamp.power * share
        total *= self._paint
        if len(self._below) == self._stage.ground.shape[1]:
            return total
        light = np.repeat(column(self._stage.look.ground.sky), self._stage.ground.shape[1], 1)
        light[:, self._below] = total
        return light

    def _draw(
        self,
        light: Floats,
        fine: View,
        solids: Sequence[Solid],
        lighting: Lighting,
        moved: NDArray[np.bool_],
        poses: NDArray[np.float64],
    ) -> None:
        movers = poses[moved, :2]
        known: dict[int, Lit] = {}
        seen: dict[int, bytes] = {}
        for k, (rows, columns, _) in fine.rays.items():
            seen[k] = fine.nearest[rows, columns].tobytes()
            away = np.hypot(*(movers - poses[k, :2]).T).min(initial=np.inf)
            if k in self._lit and self._lit[k][0] == seen[k] and away > _NEIGHBOURS:
                known[k] = self._lit[k][1]
        drawn = draw(light, fine, solids, lighting, self._stage.camera, known)
        self._lit = {k: (seen[k], lit) for k, lit in drawn.items()}
