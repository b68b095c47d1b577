"""How maps are drawn as pictures, as ControlNet's models were trained to read them: white lines on black ground.

Arrays are (H, W, 3) uint8 RGB of the crop's size, places in its pixels, y down. L. Zhang, A. Rao and M. Agrawala,
Adding Conditional Control to Text-to-Image Diffusion Models, 2023.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["lines_drawn", "normals_of", "scribble_of", "segments_drawn", "skeletons_drawn", "soft_edges_of"]

Pixels = npt.NDArray[np.uint8]
XYXY = tuple[float, float, float, float]
Keypoints = Mapping[str, tuple[float, float, float]]

_SCALES = (1.0, 2.0, 4.0)  # standard deviations at which edges are looked for, in pixels at _SIDE
_SIDE = 512.0
_SURROUND = 0.6  # how much of the edges around is taken from an edge, which leaves contours and drops textures
_SCRIBBLE_LEVEL = 0.35
_SHORTEST_STROKE = 0.04  # of the diagonal
_SURE = 0.3  # of a joint that is drawn

# The limbs of OpenPose's body model in its order, which gives each its colour. "neck" lies between the shoulders.
_LIMBS = (
    *(("neck", "right shoulder"), ("neck", "left shoulder"), ("right shoulder", "right elbow")),
    *(("right elbow", "right wrist"), ("left shoulder", "left elbow"), ("left elbow", "left wrist")),
    *(("neck", "right hip"), ("right hip", "right knee"), ("right knee", "right ankle")),
    *(("neck", "left hip"), ("left hip", "left knee"), ("left knee", "left ankle"), ("neck", "nose")),
    *(("nose", "right eye"), ("right eye", "right ear"), ("nose", "left eye"), ("left eye", "left ear")),
)
_JOINTS = (
    *("nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist"),
    *("right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle"),
    *("right eye", "left eye", "right ear", "left ear"),
)


def lines_drawn(shape: tuple[int, int], lines: Sequence[XYXY]) -> Pixels:
    """Straight lines, white."""
    import cv2

    drawn = np.zeros((*shape, 3), np.uint8)
    for x1, y1, x2, y2 in lines:
        ends = (round(x1), round(y1)), (round(x2), round(y2))
        cv2.line(drawn, *ends, (255, 255, 255), _stroke(shape), cv2.LINE_AA)
    return drawn


def soft_edges_of(pixels: Pixels) -> Pixels:
    """Edges by strength, gray on black: gradients of lightness and colour at three scales, less those all around them.

    Taking off the surroundings follows C. Grigorescu, N. Petkov and M. Westenberg, Contour detection based on
    nonclassical receptive field inhibition, 2003. No model has learned what a contour is, so this is less than HED.
    """
    return _gray((_edge_strength(pixels) * 255.0).round())


def scribble_of(pixels: Pixels) -> Pixels:
    """The strong contours as thick strokes, white on black."""
    import cv2

    strength = _edge_strength(pixels)
    strong = (strength >= _SCRIBBLE_LEVEL).astype(np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    lengths = np.hypot(facts[:, cv2.CC_STAT_WIDTH], facts[:, cv2.CC_STAT_HEIGHT])
    long = np.flatnonzero(lengths >= _SHORTEST_STROKE * np.hypot(*strength.shape))
    kept = np.isin(labels, long[long > 0]).astype(np.uint8) if count > 1 else strong
    thick = cv2.dilate(_thinned(kept, strength), np.ones((3, 3), np.uint8), iterations=_stroke(strength.shape))
    return _gray(np.asarray(thick) * 255.0)


def normals_of(depth: npt.NDArray[np.float32]) -> Pixels:
    """Which way surfaces face, from depth: red to the left, green up, blue towards the camera.

    Relative depth has no scale, so how steep a slope is drawn is a convention: its range counts as a quarter of the
    picture's width.
    """
    import cv2

    values = depth - min(0.0, float(depth.min()))
    nearness = 1.0 / np.maximum(values, 1e-6)
    least, most = np.percentile(nearness, (1, 99))
    if most - least <= 1e-9 * max(abs(most), 1.0):
        height = np.zeros(depth.shape, np.float32)
    else:
        height = (np.clip(nearness, least, most) - least) / (most - least) * depth.shape[1] / 4.0
    smooth: Any = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(1.0, min(depth.shape) / _SIDE))
    rightward = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    downward = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    normals = np.dstack([rightward, downward, np.ones_like(smooth)])
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    return np.asarray(((normals + 1.0) * 127.5).round(), np.uint8)


def skeletons_drawn(shape: tuple[int, int], people: Sequence[Keypoints]) -> Pixels:
    """People as OpenPose's coloured sticks."""
    import cv2

    drawn = np.zeros((*shape, 3), np.uint8)
    width = max(2, round(min(shape) / 128))
    for person in people:
        joints = _body(person)
        for number, (one, other) in enumerate(_LIMBS):
            if one in joints and other in joints:
                cv2.line(drawn, joints[one], joints[other], _hue(number, 0.6), width, cv2.LINE_AA)
        for number, name in enumerate(_JOINTS):
            if name in joints:
                cv2.circle(drawn, joints[name], width, _hue(number, 1.0), -1, cv2.LINE_AA)
    return drawn


def segments_drawn(shape: tuple[int, int], masks: Sequence[npt.NDArray[np.bool_]]) -> Pixels:
    """A colour for each mask, the smaller over the larger; colours tell segments apart and name nothing."""
    drawn = np.zeros((*shape, 3), np.uint8)
    for number, mask in enumerate(sorted(masks, key=lambda each: -int(each.sum()))):
        hue = (number * 0.618034) % 1.0  # the golden ratio keeps neighbours in the order far apart in hue
        drawn[mask] = [round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.75 - 0.25 * (number % 2), 0.95)]
    return drawn


def _gray(values: Any) -> Pixels:
    return np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2)


def _stroke(shape: tuple[int, ...]) -> int:
    return max(1, round(min(shape[:2]) / 256))


def _edge_strength(pixels: Pixels) -> npt.NDArray[np.float32]:
    """(H, W), 0 to 1."""
    import cv2

    lab: Any = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB).astype(np.float32)
    unit = max(0.5, min(lab.shape[:2]) / _SIDE)
    total = np.zeros(lab.shape[:2], np.float32)
    for scale in _SCALES:
        smooth: Any = cv2.GaussianBlur(lab, (0, 0), scale * unit)
        across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
        strength: Any = np.sqrt((across**2 + down**2).sum(axis=2)) * scale
        around: Any = cv2.GaussianBlur(strength, (0, 0), 6.0 * scale * unit)
        total += np.maximum(strength - _SURROUND * around, 0.0)
    most = float(np.percentile(total, 99.5))
    return np.asarray(np.clip(total / most, 0.0, 1.0) ** 0.8 if most > 1.0 else np.zeros_like(total), np.float32)


def _thinned(wanted: npt.NDArray[np.uint8], strength: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Of broad edges their ridges: pixels that no neighbour across the edge surpasses."""
    import cv2

    smooth: Any = cv2.GaussianBlur(strength, (0, 0), 1.5)
    padded = np.pad(smooth, 1, mode="edge")
    height, width = smooth.shape

    def beside(down: int, right: int) -> Any:
        return padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]

    ridge = np.zeros(smooth.shape, np.bool_)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        ridge |= (smooth >= beside(down, right)) & (smooth > beside(-down, -right))
    both = ridge & (wanted > 0)
    return np.asarray(both, np.uint8)


def _body(person: Keypoints) -> dict[str, tuple[int, int]]:
    """Sure joints by name, in whole pixels, with the neck that most pose models leave out."""
    sure = {name.replace("_", " ").lower(): (x, y) for name, (x, y, c) in person.items() if c >= _SURE}
    shoulders = [sure[name] for name in ("left shoulder", "right shoulder") if name in sure]
    if "neck" not in sure and len(shoulders) == 2:
        sure["neck"] = ((shoulders[0][0] + shoulders[1][0]) / 2, (shoulders[0][1] + shoulders[1][1]) / 2)
    return {name: (round(x), round(y)) for name, (x, y) in sure.items()}


def _hue(number: int, light: float) -> tuple[int, int, int]:
    """OpenPose's colours: eighteen hues around the circle; limbs are drawn darker than joints."""
    red, green, blue = colorsys.hsv_to_rgb(number / 18, 1.0, light)
    return round(255 * red), round(255 * green), round(255 * blue)
