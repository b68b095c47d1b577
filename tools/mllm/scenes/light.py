"""How much light leaves a point of a scene towards the eye: table, rubber and metal.

Direct light comes from disc lamps with soft shadows (`lamplight.py`). Indirect light is approximated: open sky dimmed
near things, and the table's glow on their undersides. Metal mirrors one bounce: lamps, the table with its shadows,
and other things as if they were rubber. Vectors are float32 (3, N); light is linear RGB, (3, N).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .backdrop import Backdrop
from .decals import Decal
from .lamplight import Lamplight
from .looks import Look, Rgb
from .solids import Solid
from .vectors import Floats, column, dot, unit
from .world import COLORS

__all__ = ["Lighting", "sky_kept"]

# how wide a ball dims the table like this body
_CONTACT = {"cube": 1.25, "cylinder": 1.1, "sphere": 1.0, "cone": 0.85, "pyramid": 0.95, "prism": 1.05} | {
    "capsule": 0.75,
    "egg": 0.8,
    "ring": 0.6,
}
_PRINTED = 0.02  # cover by print below which metal is bare


class Lighting:
    """The lamps, the table and the things of one scene, ready to be asked for light."""

    def __init__(
        self,
        solids: Sequence[Solid],
        look: Look,
        rng: np.random.Generator,
        decals: Mapping[Solid, Decal] | None = None,
    ) -> None:
        self.solids = tuple(solids)
        self._decals = dict(decals or {})
        self.look = look
        self.lamps = tuple(Lamplight(lamp) for lamp in look.lamps)
        self._rng = rng

    def table(self, xy: Floats, *, shadow_points: int) -> Floats:
        """Light from points (2, N) of the table, (3, N); `shadow_points` per lamp."""
        point = np.stack([xy[0], xy[1], np.zeros_like(xy[0])])
        total = column(self.look.ground.ambient) * self._open_sky(xy)
        for lamp in self.lamps:
            strength = lamp.strength(point, None)
            lamp.shade_table(strength, point, self.solids, shadow_points, self._rng)
            total += lamp.power * strength
        return total * self.paint(xy)

    def wall(self, backdrop: Backdrop, point: Floats, across: Floats, towards: Floats) -> Floats:
        """Light from points of the wall behind the table; `across` runs along it, `towards` (3, 1) is its normal."""
        paint = backdrop.paint(across, point[2])
        if backdrop.glows:
            return paint
        total: Floats = np.repeat(column(self.look.ground.ambient), point.shape[1], 1)
        for lamp in self.lamps:
            total += lamp.power * lamp.strength(point, towards)
        total *= paint
        return total

    def rubber(self, solid: Solid, point: Floats, normal: Floats, view: Floats, *, shadow_points: int) -> Floats:
        """Light from points of a matte body; `view` are the unit rays that met it."""
        look, color = self.look, self._color(solid, point)
        ambient, glow = column(look.ground.ambient), column(look.ground.paint)
        up = 0.5 + 0.5 * normal[2]
        height = point[2] / (2 * solid.radius)
        near = 1 - 0.45 * np.exp(-3 * height)  # the table is dim close to where the body stands
        total: Floats = ambient * up + glow * ambient * 1.6 * ((1 - up) * near)
        shine = np.zeros_like(total)
        for lamp in self.lamps:
            strength = lamp.strength(point, normal)
            if shadow_points:
                lamp.shade_body(strength, point, solid, self.solids, shadow_points, self._rng)
            light = lamp.power * strength
            total += light
            if look.rubber.sheen:
                shine += light * lamp.image(point, _mirrored(view, normal), 0.35)
        total = color * np.float32(look.rubber.albedo) * total + np.float32(look.rubber.sheen) * shine
        return total

    def metal(self, solid: Solid, point: Floats, normal: Floats, view: Floats) -> Floats:
        """Light from points of a mirroring body; `view` are the unit rays that met it."""
        look = self.look
        ray = _mirrored(view, normal)
        seen = self._surroundings(solid, point, ray)
        seen *= np.float32(look.metal.mirror)
        for lamp in self.lamps:
            seen += np.float32(look.metal.glint) * lamp.tone * lamp.image(point, ray, look.metal.glint_width)
        return column(self._bare(solid)) * seen

    def print_over(
        self, light: Floats, solid: Solid, point: Floats, normal: Floats, view: Floats, *, shadow_points: int
    ) -> None:
        """Replace the light of a mirroring body by that of matte print where it carries some, in place."""
        if solid not in self._decals:
            return
        cover = self._decals[solid].cover(point)
        at = np.flatnonzero(cover > _PRINTED)
        if len(at):
            matte = self.rubber(solid, point[:, at], normal[:, at], view[:, at], shadow_points=shadow_points)
            light[:, at] += cover[at] * (matte - light[:, at])

    def polished(self, solid: Solid, point: Floats, normal: Floats) -> Floats:
        """Normals as the mirror has them: bent outwards a little across its faces, and rough."""
        metal = self.look.metal
        bent = normal + np.float32(metal.roughness) * self._rng.standard_normal(normal.shape, np.float32)
        if solid.thing.shape != "sphere":
            bent += np.float32(metal.pillow / solid.radius) * (point - solid.center)
        return unit(bent)

    def _surroundings(self, solid: Solid, point: Floats, ray: Floats) -> Floats:
        """What rays that leave a mirror see: other things, the table, the sky; (3, N)."""
        ground = self.look.ground
        seen = np.repeat(column(ground.sky), ray.shape[1], 1)
        down = np.flatnonzero(ray[2] < -0.01)
        start, along = point[:, down], ray[:, down]
        far = -start[2] / along[2]
        seen[:, down] = self.table(start[:2] + far * along[:2], shadow_points=1)
        nearest = np.full(ray.shape[1], np.inf, np.float32)
        nearest[down] = far
        for other in self.solids:
            if other is solid:
                continue
            offset = other.center - point
            ahead = dot(offset, ray)
            passing = np.flatnonzero((ahead > 0) & (dot(offset, offset) - ahead * ahead < other.reach**2))
            if not len(passing):
                continue
            t = other.hit(point[:, passing], ray[:, passing])
            closer = t < nearest[passing]
            met, t = passing[closer], t[closer]
            if len(met):
                nearest[met] = t
                at = point[:, met] + t * ray[:, met]
                seen[:, met] = self.rubber(other, at, other.normal(at), ray[:, met], shadow_points=0)
        return seen

    def _open_sky(self, xy: Floats) -> Floats:
        """The share of the sky that points of the table see, (N,)."""
        share = np.ones(xy.shape[1], np.float32)
        for solid in self.solids:
            near, kept = sky_kept(solid, xy)
            share[near] *= kept
        return share

    def paint(self, xy: Floats) -> Floats:
        """The table's colour at points, (3, N) or (3, 1)."""
        paint = column(self.look.ground.paint)
        if self.look.ground.pattern is not None:
            paint = paint * self.look.ground.pattern.tint(xy)
        if not self.look.ground.waves:
            return paint
        total = np.repeat(paint, xy.shape[1], 1) if paint.shape[1] == 1 else paint
        for wave in self.look.ground.waves:
            kx, ky = (np.float32(k) for k in wave.vector)
            ripple = np.sin(kx * xy[0] + ky * xy[1] + np.float32(wave.phase))
            if wave.hardness > 1:
                ripple = np.clip(ripple * np.float32(wave.hardness), -1, 1)
            total += column(wave.tint) * ripple
        painted: Floats = np.maximum(total, 0.02)
        return painted

    def _bare(self, solid: Solid) -> Rgb:
        return self.look.colors[COLORS.index(solid.thing.color)]

    def _color(self, solid: Solid, point: Floats) -> Floats:
        bare = column(self._bare(solid))
        return self._decals[solid].over(bare, point) if solid in self._decals else bare


def sky_kept(solid: Solid, xy: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Which points of the table (2, N) stand so near a body that it dims the sky, and the share that it leaves them."""
    dx, dy = xy[0] - solid.center[0], xy[1] - solid.center[1]
    square = dx * dx + dy * dy
    near = np.flatnonzero(square < (6 * solid.radius) ** 2)
    wide = np.float32(solid.radius * _CONTACT[solid.thing.shape])
    distance = square[near] + wide * wide
    kept: Floats = 1 - wide**3 / (distance * np.sqrt(distance))
    return near, kept


def _mirrored(view: Floats, normal: Floats) -> Floats:
    mirrored: Floats = view - 2 * dot(view, normal) * normal
    return mirrored
