"""Pictures of scenes, with what each pixel shows.

Visibility is found thing by thing inside its own box, on a grid finer than the pixels; table and things are lit once
per pixel, at their edges once per sample. So the cost follows the pixels that things cover. Pure numpy on one core; no
global illumination, one bounce in mirrors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .backdrop import Wall, seen_wall
from .camera import Camera
from .decals import Decal
from .film import develop
from .light import Lighting
from .looks import Look
from .solids import Solid, solid
from .vectors import Floats, column, dot
from .world import Thing

__all__ = ["Lit", "Picture", "Stage", "View", "draw", "look_at", "render"]

Lit: TypeAlias = tuple[NDArray[np.intp], Floats]  # pixels (K,) and the light (3, K) that one thing adds to them

_FINE = 2  # samples per pixel and direction
_SHADOW_POINTS = 7  # per lamp and pixel of the table
_SHADOW_POINTS_ON_THINGS = 3  # per lamp and sample


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a camera sees of solids on a grid of samples."""

    nearest: NDArray[np.int8]  # (H, W) index of the nearest thing, -1 for the table
    distance: Floats  # (H, W) along the ray, world units, inf for the table
    rays: dict[int, tuple[slice, slice, Floats]]  # per thing: rows, columns and unit rays (3, h, w) of its box


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A rendered scene."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    things: NDArray[np.int8]  # (H, W) index of the thing that covers most of the pixel, -1 for the table
    depth: Floats  # (H, W) distance along the optical axis, world units; the table included
    samples: NDArray[np.int32]  # (N,) visible samples per thing, `samples_per_pixel` to a pixel
    boxes: Floats  # (N, 4) boxes of the visible parts, pixels, y down; zeros where nothing is visible
    samples_per_pixel: int = _FINE * _FINE


def look_at(solids: Sequence[Solid], camera: Camera, width: int, height: int) -> View:
    """Find the nearest solid at the middle of every cell of a width x height grid over the picture."""
    nearest = np.full((height, width), -1, np.int8)
    distance = np.full((height, width), np.inf, np.float32)
    rays: dict[int, tuple[slice, slice, Floats]] = {}
    for index, body in enumerate(solids):
        x1, y1, x2, y2 = body.box(camera, width, height)
        columns = slice(min(max(int(x1) - 1, 0), width), min(max(int(x2) + 2, 0), width))
        rows = slice(min(max(int(y1) - 1, 0), height), min(max(int(y2) + 2, 0), height))
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        if 0 in shape:
            continue
        v, u = np.mgrid[rows, columns].astype(np.float32) + np.float32(0.5)
        ray = camera.rays(u.ravel(), v.ravel(), width, height)
        t = body.hit(camera.origin, ray).reshape(shape)
        closer = t < distance[rows, columns]
        nearest[rows, columns][closer] = index
        distance[rows, columns][closer] = t[closer]
        rays[index] = (rows, columns, ray.reshape(3, *shape))
    return View(nearest=nearest, distance=distance, rays=rays)


def render(
    things: Sequence[Thing],
    camera: Camera,
    look: Look,
    rng: np.random.Generator,
    *,
    width: int = 320,
    height: int = 240,
) -> Picture:
    """Take a picture of things on the table, width x height pixels."""
    stage = Stage(camera, look, width, height)
    solids = [solid(thing) for thing in things]
    lighting = stage.lighting(solids, rng)
    fine = stage.look_at(solids)
    light = _table(lighting, stage.ground, look).reshape(3, height, width)
    stage.put_wall(light, lighting)
    if solids:
        draw(light, fine, solids, lighting, camera)
    return stage.develop(light, fine, len(solids), rng)


class Stage:
    """What pictures of one camera, look and size have in common."""

    def __init__(self, camera: Camera, look: Look, width: int, height: int) -> None:
        self.camera, self.look, self.width, self.height = camera, look, width, height
        v, u = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
        self.u, self.v = u.ravel(), v.ravel()
        self.ground = camera.ground(self.u, self.v, width, height)  # (2, H * W), NaN above the horizon
        self._wall = (
            None
            if look.backdrop is None
            else seen_wall(look.backdrop, camera, self.ground, self.u, self.v, width, height)
        )

    def lighting(self, solids: Sequence[Solid], rng: np.random.Generator) -> Lighting:
        """The lamps over these bodies and what is printed on them."""
        labels = [(body, body.thing.label) for body in solids]
        decals = {
            body: Decal(body, label, self.camera, self.width, self.height)
            for body, label in labels
            if label is not None
        }
        return Lighting(solids, self.look, rng, decals)

    def look_at(self, solids: Sequence[Solid]) -> View:
        """What is seen of them, on the fine grid."""
        return look_at(solids, self.camera, self.width * _FINE, self.height * _FINE)

    def put_wall(self, light: Floats, lighting: Lighting) -> None:
        """Replace the light (3, H, W) where the picture sees the backdrop, in place."""
        backdrop, wall = self.look.backdrop, self._wall
        if backdrop is not None and wall is not None and len(wall.at):
            light.reshape(3, -1)[:, wall.at] = lighting.wall(backdrop, wall.point, wall.across, wall.towards)

    def develop(self, light: Floats, fine: View, count: int, rng: np.random.Generator) -> Picture:
        """The picture of light (3, H, W), with what its pixels show of `count` things."""
        height, width = self.height, self.width
        cells = fine.nearest.reshape(height, _FINE, width, _FINE).transpose(0, 2, 1, 3).reshape(height, width, -1)
        covering = np.sort(cells, axis=-1)[..., _FINE * _FINE // 2]
        return Picture(
            pixels=develop(light, self.look.film, rng),
            things=covering,
            depth=_depth(fine, self, covering, self._wall),
            samples=np.bincount(fine.nearest.ravel() + 1, minlength=count + 1)[1:].astype(np.int32),
            boxes=_boxes(fine.nearest, count),
        )


def _table(lighting: Lighting, ground: Floats, look: Look) -> Floats:
    light = np.repeat(column(look.ground.sky), ground.shape[1], 1)
    below = np.flatnonzero(np.isfinite(ground[0]))
    if len(below) == ground.shape[1]:
        return lighting.table(ground, shadow_points=_SHADOW_POINTS)
    light[:, below] = lighting.table(ground[:, below], shadow_points=_SHADOW_POINTS)
    return light


def draw(
    light: Floats,
    fine: View,
    solids: Sequence[Solid],
    lighting: Lighting,
    camera: Camera,
    known: Mapping[int, Lit] | None = None,
) -> dict[int, Lit]:
    """Replace the table's light (3, H, W) in place where things cover it; `known` things are not lit again.

    Where one thing fills a pixel, one sample is lit for all; elsewhere each is, and the pixel has their mean.
    """
    _, height, width = light.shape
    share = np.float32(1 / (_FINE * _FINE))
    cells = fine.nearest.reshape(height, _FINE, width, _FINE)
    light *= 1 - (cells >= 0).sum((1, 3), dtype=np.float32) * share
    filled = (cells == cells[:, :1, :, :1]).all((1, 3))
    wanted = np.repeat(np.repeat(~filled, _FINE, 0), _FINE, 1)
    wanted[::_FINE, ::_FINE] = True
    flat, whole = light.reshape(3, -1), filled.ravel()
    drawn: dict[int, Lit] = {}
    for index, (rows, columns, rays) in fine.rays.items():
        lit = None if known is None else known.get(index)
        if lit is None:
            at = np.nonzero((fine.nearest[rows, columns] == index) & wanted[rows, columns])
            if not len(at[0]):
                continue
            ray = rays[:, at[0], at[1]]
            color = _lit(solids[index], camera.origin + fine.distance[rows, columns][at] * ray, ray, lighting)
            pixel = (at[0] + rows.start) // _FINE * width + (at[1] + columns.start) // _FINE
            color *= np.where(whole[pixel], np.float32(1), share)
            lit = pixel, color
        drawn[index] = lit
        pixel, color = lit
        low, high = int(pixel.min()), int(pixel.max()) + 1
        for channel in range(3):
            flat[channel, low:high] += np.bincount(pixel - low, color[channel], high - low).astype(np.float32)
    return drawn


def _lit(body: Solid, point: Floats, ray: Floats, lighting: Lighting) -> Floats:
    normal = body.normal(point)
    if body.thing.material == "metal":
        color = lighting.metal(body, point, lighting.polished(body, point, normal), ray)
        lighting.print_over(color, body, point, normal, ray, shadow_points=_SHADOW_POINTS_ON_THINGS)
        return color
    return lighting.rubber(body, point, normal, ray, shadow_points=_SHADOW_POINTS_ON_THINGS)


def _depth(fine: View, stage: Stage, covering: NDArray[np.int8], wall: Wall | None) -> Floats:
    height, width = covering.shape
    forward = dot(stage.camera.axes[2], stage.camera.rays(stage.u, stage.v, width, height))
    x, y, z = stage.camera.position
    table = np.sqrt((stage.ground[0] - x) ** 2 + (stage.ground[1] - y) ** 2 + z**2)
    table = np.where(np.isfinite(table), table, np.inf)
    if wall is not None:
        table[wall.at] = wall.distance
    table = table.reshape(height, width)
    # of a pixel's samples, those of the covering thing; their mean distance
    cells = fine.nearest.reshape(height, _FINE, width, _FINE)
    own = cells == covering[:, None, :, None]
    far = np.where(own & (cells >= 0), fine.distance.reshape(cells.shape), 0).sum((1, 3)) / own.sum((1, 3))
    depth: Floats = np.where(covering >= 0, far, table).astype(np.float32) * forward.reshape(height, width)
    return depth


def _boxes(nearest: NDArray[np.int8], count: int) -> Floats:
    boxes = np.zeros((count, 4), np.float32)
    for index in range(count):
        mask = nearest == index
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            boxes[index] = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / _FINE
    return boxes
