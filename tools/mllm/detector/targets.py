"""What the network should say of a picture: fixed-size arrays made from a scene's truth.

One `Example` per picture; `flipped` mirrors a picture and its truth together. Positions are relative to the camera's
foot on the table, along its right and its forward direction, because that is what a picture shows and what left,
right, front and behind ask for; where the camera stood in the world is not to be seen in a picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..scenes.truth import Sample
from .config import ATTRIBUTES, MOST_THINGS, STRIDE

__all__ = ["Example", "example", "flipped", "heat_map"]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A picture and its truth; rows past `count` are zero. Pixels y down."""

    pixels: NDArray[np.uint8]  # (H, W, 3)
    count: int
    attributes: NDArray[np.int64]  # (M, 4) numbers of the values, in the order of ATTRIBUTES
    boxes: NDArray[np.float32]  # (M, 4) whole boxes, x1, y1, x2, y2
    centers: NDArray[np.float32]  # (M, 2) projected centres
    ground: NDArray[np.float32]  # (M, 2) rightward and forward from the camera's foot, world units
    depth: NDArray[np.float32]  # (M,) along the optical axis, world units


def example(sample: Sample) -> Example:
    """The training example of a sample."""
    count = len(sample.things)
    centers = np.array([thing.center for thing in sample.things], np.float32).reshape(-1, 3)
    axes = sample.camera.directions()
    offset = centers - np.asarray(sample.camera.position, np.float32)
    ground = offset @ np.array([axes["right"], axes["behind"]], np.float32).T
    values = [[words.index(getattr(thing, name)) for name, words in ATTRIBUTES.items()] for thing in sample.things]
    return Example(
        pixels=sample.pixels,
        count=count,
        attributes=_padded(np.array(values, np.int64).reshape(-1, len(ATTRIBUTES))),
        boxes=_padded(sample.boxes),
        centers=_padded(sample.centers[:, :2]),
        ground=_padded(ground.astype(np.float32)),
        depth=_padded(sample.centers[:, 2]),
    )


def flipped(original: Example) -> Example:
    """The example as a mirror would show it, left and right exchanged."""
    width, count = original.pixels.shape[1], original.count
    boxes, centers, ground = original.boxes.copy(), original.centers.copy(), original.ground.copy()
    boxes[:count, [0, 2]] = width - boxes[:count, [2, 0]]
    centers[:count, 0] = width - centers[:count, 0]
    ground[:count, 0] *= -1
    return replace(original, pixels=original.pixels[:, ::-1], boxes=boxes, centers=centers, ground=ground)


def heat_map(one: Example) -> NDArray[np.float32]:
    """A hill with top 1 in the cell of each centre, (H / 4, W / 4); wider for larger things."""
    height, width = one.pixels.shape[0] // STRIDE, one.pixels.shape[1] // STRIDE
    heat = np.zeros((height, width), np.float32)
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    for (u, v), (x1, y1, x2, y2) in zip(one.centers[: one.count], one.boxes[: one.count], strict=True):
        row, column = min(max(int(v / STRIDE), 0), height - 1), min(max(int(u / STRIDE), 0), width - 1)
        sigma = min(max(0.09 * max(x2 - x1, y2 - y1) / STRIDE, 0.7), 1.4)
        hill = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * sigma * sigma))
        np.maximum(heat, hill.astype(np.float32), out=heat)
    return heat


def _padded(rows: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    full = np.zeros((MOST_THINGS, *rows.shape[1:]), rows.dtype)
    full[: len(rows)] = rows
    return full
