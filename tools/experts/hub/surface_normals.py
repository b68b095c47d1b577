"""The directions in which surfaces face, from a map of depths: the cross product of how a point moves along x and y."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...results import Normals

__all__ = ["main_direction", "normals_of_depth"]

_FOCAL = 1.0  # focal length as a share of the picture's width, for pictures that do not tell: about 53 degrees across


def normals_of_depth(depth: npt.NDArray[np.float32], *, focal: float = _FOCAL) -> npt.NDArray[np.float32]:
    """(H, W, 3), each (right, up, towards the camera) of length 1, from (H, W) depths along the view, larger is
    further.

    Args:
        focal: focal length as a share of the picture's width.
    """
    height, width = depth.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    z = depth.astype(np.float64)
    x = (columns + 0.5 - width / 2) * z / (focal * width)
    y = (rows + 0.5 - height / 2) * z / (focal * width)
    points = np.stack([x, y, z], axis=-1)  # (H, W, 3), y down
    down, across = (_step(points, axis) for axis in (0, 1))
    found = np.cross(across, down)
    away = (found * points).sum(axis=-1, keepdims=True) > 0
    found = np.where(away, -found, found)  # what is seen faces the camera
    found *= (1.0, -1.0, -1.0)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-12), np.float32)


def _step(points: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    if points.shape[axis] < 2:
        return np.zeros_like(points)
    return np.asarray(np.gradient(points, axis=axis), np.float64)


def main_direction(normals: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_] | None) -> Normals:
    """Where most of a surface faces, from (H, W, 3): the median of each component, brought to length 1."""
    chosen = normals.reshape(-1, 3) if mask is None else normals[mask]
    middle = np.median(chosen.astype(np.float64), axis=0)
    length = float(np.linalg.norm(middle))
    if length < 1e-6:  # as much one way as the other
        return Normals(facing=(0.0, 0.0, 1.0))
    right, up, towards = (middle / length).tolist()
    return Normals(facing=(right, up, towards))
