"""Puts print on things at random, and says of each label where it is in a picture and whether it can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .decals import PRINTABLE, Decal, facing_share, room
from .lettering import FONTS, NUMBERS, PRINTED_WORDS, letters
from .solids import solid
from .world import COLOR_RGB, Label, Thing

__all__ = ["LEAST_LETTER_PX", "Printed", "printed", "with_labels"]

LEAST_LETTER_PX = (3.5, 6.0)  # width and height of the narrowest letter that counts as legible
_LEAST_SHARE = 0.92  # visible, of a legible label
_LEAST_CONTRAST = 16.0  # between letters and what lies under them in the picture, levels of 255
_CONTRAST = 2.9  # least, between ink and what lies under it (as WCAG 2 defines it)
_INKS = (
    *((0.02, 0.02, 0.02), (0.95, 0.95, 0.95), (0.6, 0.03, 0.03), (0.03, 0.08, 0.5), (0.02, 0.25, 0.05)),
    *((0.95, 0.8, 0.1), (0.3, 0.02, 0.3), (0.85, 0.35, 0.02)),
)
_PAPERS = (
    *((0.95, 0.95, 0.95), (0.9, 0.85, 0.7), (0.95, 0.85, 0.3), (0.75, 0.85, 0.95)),
    *((0.03, 0.03, 0.03), (0.03, 0.05, 0.2), (0.25, 0.02, 0.02)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """One label as a picture shows it; pixels, y down."""

    thing: int  # index of the thing that carries it
    text: str
    quad: tuple[tuple[float, float], ...]  # corners of the letters: upper left, upper right, lower right, lower left
    box: tuple[float, float, float, float]  # round the letters, x1, y1, x2, y2, not cut at the picture's edge
    letter_px: tuple[float, float]  # width of the narrowest letter, height of the lowest
    visible: float  # share of the letters' area that nothing hides, 0 to 1
    contrast: float  # between letters and what lies under them in the picture, levels of 255

    @property
    def legible(self) -> bool:
        """Whether a careful reader could read it in the picture."""
        wide, tall = self.letter_px
        large = wide >= LEAST_LETTER_PX[0] and tall >= LEAST_LETTER_PX[1]
        return large and self.visible >= _LEAST_SHARE and self.contrast >= _LEAST_CONTRAST

    def record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "text": self.text,
            "quad": [list(corner) for corner in self.quad],
            "box": list(self.box),
            "letter_px": list(self.letter_px),
            "visible": self.visible,
            "contrast": self.contrast,
            "legible": self.legible,
        }


def with_labels(rng: np.random.Generator, things: Sequence[Thing], camera: Camera) -> tuple[Thing, ...]:
    """The things, one to three of which now carry print that looks towards the camera; large ones rather than small."""
    able = [k for k, thing in enumerate(things) if thing.shape in PRINTABLE]
    count = min(int(rng.integers(1, 4)), len(able))
    if not count:
        return tuple(things)
    weight = np.array([3.0 if things[k].size == "large" else 1.0 for k in able])
    chosen = rng.choice(able, count, replace=False, p=weight / weight.sum())
    labelled, used = list(things), set[str]()
    for k in chosen:
        label = _label(rng, things[k], camera, used)
        used.add(label.text.lower())
        labelled[k] = replace(things[k], label=label)
    return tuple(labelled)


def printed(
    things: Sequence[Thing], camera: Camera, shown: NDArray[np.int8], pixels: NDArray[np.uint8]
) -> tuple[Printed, ...]:
    """The truth about each label in a picture (H, W, 3) whose map of things is `shown`, (H, W)."""
    height, width = shown.shape
    found = []
    for index, thing in enumerate(things):
        if thing.label is None:
            continue
        decal = Decal(solid(thing), thing.label, camera, width, height)
        columns = 4 * len(thing.label.text) + 1
        points = decal.points(5, columns)
        seen = camera.project(points, width, height)
        u, v = seen[0].reshape(5, columns), seen[1].reshape(5, columns)
        column, row = np.floor(seen[0]).astype(int), np.floor(seen[1]).astype(int)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        own = shown[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] == index
        visible = inside & own & (facing_share(decal, points, camera) > 0.1)
        wide = np.hypot(np.diff(u[2, ::4]), np.diff(v[2, ::4])).min()
        tall = np.hypot(u[-1] - u[0], v[-1] - v[0]).min()
        found.append(
            Printed(
                thing=index,
                text=thing.label.text,
                quad=tuple((float(u[a, b]), float(v[a, b])) for a, b in ((0, 0), (0, -1), (-1, -1), (-1, 0))),
                box=(float(u.min()), float(v.min()), float(u.max()), float(v.max())),
                letter_px=(float(wide), float(tall)),
                visible=float(visible.mean()),
                contrast=_seen_contrast(decal, camera, pixels),
            )
        )
    return tuple(found)


def _seen_contrast(decal: Decal, camera: Camera, pixels: NDArray[np.uint8]) -> float:
    """Mean difference between the pixels under ink and the others inside the letters' outline."""
    height, width = pixels.shape[:2]
    ink = letters(decal.label.text, decal.label.font)
    rows, columns = 13, 8 * len(decal.label.text) + 1
    seen = camera.project(decal.points(rows, columns), width, height)
    at = np.clip(seen[1].astype(int), 0, height - 1), np.clip(seen[0].astype(int), 0, width - 1)
    share = ink[
        np.linspace(0, ink.shape[0] - 1, rows).astype(int)[:, None],
        np.linspace(0, ink.shape[1] - 1, columns).astype(int),
    ].ravel()
    level = pixels[at].astype(np.float32)
    dark, light = share > 0.6, share < 0.2
    if not dark.any() or not light.any():
        return 0.0
    return float(np.abs(level[dark].mean(0) - level[light].mean(0)).max())


def _label(rng: np.random.Generator, thing: Thing, camera: Camera, used: set[str]) -> Label:
    short = thing.size == "small"
    while True:
        if rng.random() < (0.5 if short else 0.3):
            text = NUMBERS[rng.integers(len(NUMBERS))]
        else:
            text = PRINTED_WORDS[rng.integers(len(PRINTED_WORDS))]
        if text not in used and not (short and len(text) > 4):
            break
    text = (text.upper(), text.upper(), text, text.capitalize())[rng.integers(4)]
    font = FONTS[rng.integers(len(FONTS))]
    # bare metal shows its surroundings between the letters, so they stand on paper there
    on_paper = thing.material == "metal" or rng.random() < 0.6
    paper = _PAPERS[rng.integers(len(_PAPERS))] if on_paper else None
    red, green, blue = COLOR_RGB[thing.color]
    under = (red / 255, green / 255, blue / 255) if paper is None else paper
    inks = [ink for ink in _INKS if _contrast(ink, under) >= _CONTRAST]
    towards = np.arctan2(camera.position[1] - thing.y, camera.position[0] - thing.x)
    return Label(
        text=text,
        font=font,
        ink=inks[rng.integers(len(inks))],
        paper=paper,
        height=room(thing.shape, text, font) * float(rng.uniform(0.75, 1.0)),
        facing=float(towards + rng.uniform(-0.3, 0.3)),
        rise=PRINTABLE[thing.shape][2],
    )


def _contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    low, high = sorted(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2] + 0.05 for c in (a, b))
    return high / low
