"""Pictures that the model's stages make for themselves, with the truth: print on things, and frames of clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from ..clips.clip import ClipRecipe, clip
from ..detector.targets import Example, example
from ..scenes.placement import Rules
from ..scenes.stream import Recipe, sample
from ..scenes.world import WORDS
from .scene import Scene, Seen

__all__ = ["Made", "filmed", "printed", "truth_of"]

Made: TypeAlias = "list[tuple[Example, Mapping[int, str]]]"
"""Frames with what can be read on which thing; one frame is a still."""

_PLAINLY = 150  # visible pixels of a thing that is surely seen; with fewer, but some, nobody can say
_PRINTED = Recipe(width=480, height=320, print_share=1.0, plain_share=0.5, rules=Rules(fewest=3, most=7))
_FILMED = ClipRecipe(
    scene=Recipe(width=320, height=240, rules=Rules(fewest=3, most=6)), fps=1, seconds=3.0, moving_camera_share=0.0
)


def printed(seed: int, number: int) -> Made:
    """A picture in which one to three things carry print; nothing where reading some of it is a matter of luck."""
    one = sample(seed, number, _PRINTED)
    if any(not label.legible for label in one.labels):
        return []
    return [(example(one), {label.thing: label.text for label in one.labels})]


def filmed(seed: int, number: int) -> Made:
    """Three frames of a clip, a second apart; nothing where something is hardly to be seen in one of them."""
    made = clip(seed, number, _FILMED)
    frames: Made = []
    for moment, visible in enumerate(made.visible_pixels):
        if ((visible > 0) & (visible < _PLAINLY)).any():
            return []
        frames.append((_only(example(made.at(moment)), np.flatnonzero(visible >= _PLAINLY)), {}))
    return frames


def truth_of(one: Example, texts: Mapping[int, str] | None = None) -> Scene:
    """The truth of a rendered example; `texts` says what can be read on which of its things."""
    height, width = one.pixels.shape[:2]
    scale = np.array([width, height, width, height], np.float32)
    return Scene.of(
        Seen(
            attributes={key: WORDS[key][one.attributes[k, n]] for n, key in enumerate(WORDS)},
            box=tuple(float(edge) for edge in one.boxes[k] / scale),  # type: ignore[arg-type]  # four of them
            ground=(float(one.ground[k, 0]), float(one.ground[k, 1])),
            depth=float(one.depth[k]),
            text=(texts or {}).get(k, "").lower(),
        )
        for k in range(one.count)
    )


def _only(one: Example, kept: np.ndarray) -> Example:
    """An example with some of its things."""

    def rows(values: np.ndarray) -> np.ndarray:
        left = np.zeros_like(values)
        left[: len(kept)] = values[kept]
        return left

    return replace(
        one,
        count=len(kept),
        attributes=rows(one.attributes),
        boxes=rows(one.boxes),
        centers=rows(one.centers),
        ground=rows(one.ground),
        depth=rows(one.depth),
    )
