"""Sketched crops: print on shaded bodies without a renderer, some hundreds a second, as many as training wants.

A sketch has what matters to letters - how they bend, slant and shrink, ink and paper, light, noise, blur, neighbours
that stand in the way or carry print of their own - and nothing else of a scene. Sketch k of a seed is always the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenes.decals import PRINTABLE, room
from ..scenes.lettering import FONTS, letters
from ..scenes.vectors import Floats
from ..scenes.world import COLOR_RGB, COLORS
from .bodies import Body, ball, cube, cylinder
from .crops import PART, Pixels, cut
from .spacing import COLUMNS, columns_of, edges
from .texts import LONGEST, any_text

__all__ = ["Sketch", "sketch"]

_DRAWN = (1.08, 0.58, 0.96)  # of half the body's box: to both sides of its middle, above it, below it
_MARGIN = 0.22  # of paper round the letters, in their height
_DENSITY = 1.3  # texels to a pixel
_LEAST_PX = (2.9, 5.2)  # width and height of a letter
_CONTRAST = 2.7  # between ink and what lies under it (as WCAG 2 defines it)
_BLANK_SHARE = 0.15  # without print
_SHORT = 3  # characters of an easy text
_LARGE_PX = 26.0  # least radius of the body under one
_WANDER = 0.03  # standard deviation of a box's edges, in its sides


@dataclass(frozen=True, slots=True)
class Sketch:
    """One crop with what it says."""

    pixels: Pixels  # (HIGH, WIDE, 3)
    text: str  # lower case, '' without print
    columns: NDArray[np.int64]  # what each column of the net is to say, see `spacing`


@dataclass(frozen=True, slots=True)
class _Print:
    text: str
    font: str
    ink: Floats  # (rows, columns) of the letters, as drawn large
    height: float  # of the letters, radii
    rise: float


def sketch(seed: int, number: int, *, ease: float = 0.0) -> Sketch:
    """Sketch `number` of a seed; `ease` is the chance of a short text in large letters with nothing around it."""
    rng = np.random.default_rng((seed, number, 5))
    shape = ("cube", "cylinder", "sphere")[rng.integers(3)]
    tilt = float(rng.uniform(0.32, 0.72))
    turned = float(rng.uniform(-0.78, 0.78) if shape == "cube" else rng.normal(0, 0.2))
    easy = rng.random() < ease
    label = None if rng.random() < _BLANK_SHARE else _print(rng, shape, _SHORT if easy else LONGEST)
    half = _half(shape, tilt, turned)
    radius = _radius(rng, label, tilt, turned if shape == "cube" else 0.0)
    radius = max(radius, _LARGE_PX) if easy else radius
    x, y = _grid(half, radius)
    body = {"cube": cube, "cylinder": cylinder, "sphere": ball}[shape](x, y, tilt, turned)
    picture = _paint(rng, x.shape)
    if not easy and rng.random() < 0.25:
        _neighbour(rng, picture, None)
    color, covered = _lit(rng, body, label, radius, tilt)
    picture += (color - picture) * body.covered
    if not easy and rng.random() < 0.2:
        _neighbour(rng, picture, covered)
    developed = _film(rng, picture)
    wide, high = half[0] * radius, half[1] * radius
    box = np.array([(_DRAWN[0] - 1) * wide, (_DRAWN[1] - 1) * high, (_DRAWN[0] + 1) * wide, (_DRAWN[1] + 1) * high])
    box += np.tile(box[2:] - box[:2], 2) * rng.normal(0, _WANDER, 4)
    text = "" if label is None else label.text.lower()
    places = np.zeros(1, np.float32) if label is None else _places(label, shape, turned, radius, box)
    return Sketch(cut(developed, [box.tolist()])[0], text, columns_of(text, places))


def _places(label: _Print, shape: str, turned: float, radius: float, box: NDArray[np.float64]) -> Floats:
    """Where the characters begin and the last ends, in columns of the net."""
    rows, columns = label.ink.shape
    across = (np.array(edges(label.text, label.font)) - 0.5) * label.height * columns / rows
    flat = shape == "cube"
    x = np.sin(turned) + across * np.cos(turned) if flat else np.sin(across + turned) * np.cos(label.rise)
    side = box[2] - box[0]
    reach = _half(shape, 0.0, turned)[0] * _DRAWN[0]
    share = ((x + reach) * radius - box[0]) / side  # of the box
    return np.asarray((share - PART[0]) / (PART[2] - PART[0]) * COLUMNS, np.float32)


def _print(rng: np.random.Generator, shape: str, longest: int) -> _Print:
    text = any_text(rng, longest)
    font = FONTS[rng.integers(len(FONTS))]
    return _Print(
        text=text,
        font=font,
        ink=letters(text, font),
        height=room(shape, text, font) * float(rng.uniform(0.65, 1.0)),
        rise=PRINTABLE[shape][2],
    )


def _half(shape: str, tilt: float, turned: float) -> tuple[float, float]:
    """Half of the width and height of the body as it is seen, radii."""
    if shape == "sphere":
        return 1.0, 1.0
    reach = float(np.cos(turned) + abs(np.sin(turned))) if shape == "cube" else 1.0
    return reach, float(np.cos(tilt) + np.sin(tilt) * reach)


def _radius(rng: np.random.Generator, label: _Print | None, tilt: float, turned: float) -> float:
    """Pixels to the body's radius, at least as many as make the letters legible."""
    radius = float(np.exp(rng.uniform(np.log(11), np.log(48))))
    if label is None:
        return radius
    rows, columns = label.ink.shape
    wide = label.height * columns / rows * np.cos(turned) / len(label.text)
    least = max(_LEAST_PX[0] / (0.8 * wide), _LEAST_PX[1] / (label.height * np.cos(tilt)))
    return radius if radius > least else float(least * rng.uniform(1.0, 1.5))


def _grid(half: tuple[float, float], radius: float) -> tuple[Floats, Floats]:
    across, above, below = half[0] * _DRAWN[0], half[1] * _DRAWN[1], half[1] * _DRAWN[2]
    wide, high = round(2 * across * radius), round((above + below) * radius)
    x, y = np.meshgrid(
        np.linspace(-across, across, wide, dtype=np.float32), np.linspace(-above, below, high, dtype=np.float32)
    )
    return x, y


def _lit(
    rng: np.random.Generator, body: Body, label: _Print | None, radius: float, tilt: float
) -> tuple[Floats, Floats]:
    """Colour of the body (3, H, W), linear, and where its label lies, (H, W)."""
    own = np.array(COLOR_RGB[COLORS[rng.integers(len(COLORS))]]) / 255 * np.exp(rng.normal(0, 0.15, 3))
    metal = rng.random() < 0.45
    color = np.broadcast_to(own.astype(np.float32)[:, None, None], body.normal.shape).copy()
    if rng.random() < 0.15:
        color *= _texture(rng, body.across, body.down)
    ambient = rng.uniform(0.3, 0.7)
    light = rng.normal((0, 0.4, 1.2), 1, 3)  # from above rather than below
    light /= np.linalg.norm(light)
    facing = np.tensordot(light.astype(np.float32), body.normal, 1)
    shade = np.float32(ambient) + np.float32(1.1 - ambient) * np.maximum(facing, 0)
    mirror: Floats = np.zeros_like(shade)
    if metal:
        waves = rng.uniform(1, 5, 3).astype(np.float32) * rng.choice([-1, 1], 3)
        bands = np.sin(np.tensordot(waves.astype(np.float32), body.normal, 1) + np.float32(rng.uniform(0, 6.3)))
        color *= 1 + np.float32(rng.uniform(0.1, 0.6)) * bands
        mirror = np.maximum(facing, 0) ** np.float32(rng.uniform(20, 120)) * np.float32(rng.uniform(0, 1))
        if rng.random() < 0.3:
            color += rng.normal(0, 0.05, facing.shape).astype(np.float32)
    lies = np.zeros_like(facing)
    if label is not None:
        ink, paper = _laid(label, body, radius, tilt)
        under = own
        if rng.random() < (0.95 if metal else 0.55):
            under = _any_color(rng)
            color += (under.astype(np.float32)[:, None, None] - color) * paper
            mirror = mirror * (1 - paper)
        stuff = _ink_on(rng, under)
        color += (stuff.astype(np.float32)[:, None, None] - color) * ink
        lies = paper
    return np.maximum(color, 0) * shade + mirror, lies


def _laid(label: _Print, body: Body, radius: float, tilt: float) -> tuple[Floats, Floats]:
    """Shares of ink and paper, (H, W)."""
    import cv2

    rows, columns = label.ink.shape
    wide = label.height * columns / rows
    fine = (
        min(max(round(wide * radius * _DENSITY), 3), columns),
        min(max(round(label.height * radius * np.cos(tilt) * _DENSITY), 3), rows),
    )
    texels = cv2.resize(label.ink, fine, interpolation=cv2.INTER_AREA)
    down = body.down + np.float32(label.rise)
    x, y = (body.across / wide + 0.5) * fine[0] - 0.5, (down / label.height + 0.5) * fine[1] - 0.5
    ink = cv2.remap(texels, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderValue=0)
    margin = _MARGIN * label.height
    inside = np.minimum(wide / 2 + margin - np.abs(body.across), label.height / 2 + margin - np.abs(down))
    paper = np.clip(inside * np.float32(radius) + 0.5, 0, 1).astype(np.float32)
    return ink * body.printable, paper * body.printable


def _any_color(rng: np.random.Generator) -> np.ndarray:
    kind = rng.random()
    if kind < 0.25:
        return np.full(3, 0.02)
    if kind < 0.45:
        return np.full(3, 0.95)
    return np.asarray(rng.random(3) ** 1.5)


def _ink_on(rng: np.random.Generator, under: np.ndarray) -> np.ndarray:
    for _ in range(30):
        ink = _any_color(rng)
        low, high = sorted((_light(ink) + 0.05, _light(under) + 0.05))
        if high / low > _CONTRAST:
            return ink
    return np.full(3, 0.02 if _light(under) > 0.2 else 0.95)


def _light(color: np.ndarray) -> float:
    return float(color @ (0.2126, 0.7152, 0.0722))


def _paint(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """What lies behind, (3, H, W)."""
    high, wide = shape
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j].astype(np.float32)
    level = rng.uniform(0.05, 0.8) * np.exp(rng.normal(0, 0.12, 3))
    slope = 1 + np.float32(rng.normal(0, 0.2)) * x + np.float32(rng.normal(0, 0.2)) * y
    picture = level.astype(np.float32)[:, None, None] * np.maximum(slope, 0.1)
    if rng.random() < 0.3:
        picture = picture * _texture(rng, x, y)
    return np.ascontiguousarray(picture, np.float32)


def _texture(rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """A pattern to multiply a colour with."""
    angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(0.12), np.log(1.0)))
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = (cos * x + sin * y) / period, (cos * y - sin * x) / period
    kind = rng.integers(4)
    if kind == 0:
        share = a % 1 < 0.5
    elif kind == 1:
        share = (np.floor(a) + np.floor(b)) % 2 > 0
    elif kind == 2:
        share = (a % 1 - 0.5) ** 2 + (b % 1 - 0.5) ** 2 < 0.08
    else:
        share = np.sin(6.3 * a + 2 * np.sin(3 * b)) > 0
    deep = rng.uniform(0.3, 1.4)
    return np.where(share, np.float32(deep), np.float32(1)).astype(np.float32)


def _neighbour(rng: np.random.Generator, picture: Floats, spare: Floats | None) -> None:
    """Another thing at the rim, in place, half of the time with print that is not this thing's; never over `spare`."""
    import cv2

    _, high, wide = picture.shape
    angle = rng.uniform(0, 2 * np.pi)
    middle = np.array([wide, high]) * (0.5 + 0.5 * np.array([np.cos(angle), np.sin(angle)]))
    reach = np.array([wide, high]) * rng.uniform(0.15, 0.45, 2)
    mask = np.zeros((high, wide), np.float32)
    low, top = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    if rng.random() < 0.5:
        cv2.rectangle(mask, low.tolist(), top.tolist(), 1.0, -1)
    else:
        cv2.ellipse(
            mask, np.round(middle).astype(int).tolist(), np.round(reach).astype(int).tolist(), 0, 0, 360, 1.0, -1
        )
    if spare is not None and (mask * spare).max() > 0.05:
        return
    own = np.array(COLOR_RGB[COLORS[rng.integers(len(COLORS))]]) / 255 * rng.uniform(0.4, 1.1)
    picture += (own.astype(np.float32)[:, None, None] - picture) * mask
    if rng.random() < 0.5:
        ink = letters(any_text(rng), FONTS[rng.integers(len(FONTS))])
        size = max(int(1.4 * reach[0]), 6), max(int(0.6 * reach[1]), 4)
        drawn = np.zeros_like(mask)
        at = np.round(middle - np.array(size) / 2).astype(int)
        x1, y1 = np.maximum(at, 0)
        x2, y2 = min(at[0] + size[0], wide), min(at[1] + size[1], high)
        if x2 > x1 and y2 > y1:
            tile = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
            drawn[y1:y2, x1:x2] = tile[y1 - at[1] : y2 - at[1], x1 - at[0] : x2 - at[0]]
            drawn *= mask
            picture += (_ink_on(rng, own).astype(np.float32)[:, None, None] - picture) * drawn


def _film(rng: np.random.Generator, light: Floats) -> Pixels:
    import cv2

    gain = np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.04, 3))
    picture = np.ascontiguousarray((light * gain.astype(np.float32)[:, None, None]).transpose(1, 2, 0))
    blur = float(rng.uniform(0.2, 0.8))
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    stored = np.clip(picture, 0, 1) ** np.float32(rng.uniform(0.4, 0.75)) * 255
    if rng.random() < 0.8:
        noise = rng.standard_normal(stored.shape, np.float32) * np.float32(rng.uniform(0.5, 6))
        stored += noise if rng.random() < 0.5 else cv2.GaussianBlur(noise, (0, 0), 0.6)
    pixels: Pixels = np.clip(stored, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        done, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))])
        if done:
            pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return pixels
