"""What lessons are about: layouts that nobody rendered, or rendered pictures as an encoder saw them.

Single pictures, pictures with print on things, several pictures, or frames of a clip; each with the truth, from which
questions are made, and with what the model gets to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import torch

from ..scenes.lettering import NUMBERS, PRINTED_WORDS
from ..scenes.stream import Recipe
from .scene import Scene, drawn
from .sights import Sight, Sights
from .stirring import blurred, stirred
from .text import POINTERS
from .vision import Looked, VisionEncoder
from .visual import LETTERS, LONGEST, Visual, of_scenes

__all__ = ["Kind", "Layouts", "Pictures", "Shown", "World"]

_FRAMES = 3  # of a clip

Kind: TypeAlias = Literal["still", "printed", "pictures", "clip"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What some questions are about: one picture, several, or frames in order of time."""

    kind: Kind
    scenes: tuple[Scene, ...]  # the truth
    seen: tuple[Any, ...]  # for `World.visual`


class World(Protocol):
    """Where scenes come from."""

    def draw(self, kind: Kind, seed: int, number: int, place: int) -> Shown:
        """What place `place` of a lesson is about; another kind where there is none of that one."""

    def visual(self, seen: Sequence[tuple[Any, ...]]) -> Visual:
        """Visual tokens, a row for each question."""


class Layouts:
    """Layouts that nobody rendered: the true attributes are what is seen."""

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()

    def draw(self, kind: Kind, seed: int, number: int, place: int) -> Shown:
        rng = np.random.default_rng((seed, 7, number, place))
        if kind == "clip":
            scenes = stirred(rng, self.recipe, _FRAMES)
            return Shown(kind, scenes, tuple(blurred(rng, scene) for scene in scenes))
        elif kind == "pictures":
            scenes = _fitting([drawn(rng, self.recipe) for _ in range(int(rng.integers(2, 4)))])
        else:
            scenes = (drawn(rng, self.recipe),)
            if kind == "printed":
                scenes = (_with_print(rng, scenes[0]),)
        return Shown(kind, scenes, scenes)

    def visual(self, seen: Sequence[tuple[Scene, ...]]) -> Visual:
        return of_scenes(seen)


class Pictures:
    """Rendered pictures as an encoder saw them."""

    def __init__(
        self, sights: Sights, encoder: VisionEncoder, *, prints: Sights | None = None, clips: Sights | None = None
    ) -> None:
        self.sights, self.encoder = sights, encoder
        self.prints, self.clips = prints, clips

    def draw(self, kind: Kind, seed: int, number: int, place: int) -> Shown:
        rng = np.random.default_rng((seed, 8, number, place))

        def any_of(sights: Sights) -> tuple[Sight, ...]:
            return sights[int(rng.integers(len(sights)))]

        if kind == "clip" and self.clips is not None:
            seen = any_of(self.clips)
        elif kind == "printed" and self.prints is not None:
            seen = any_of(self.prints)
            return Shown(kind, tuple(map(_as_read, seen)), seen)
        else:
            seen = any_of(self.sights)
            if kind == "pictures":
                seen = (*seen, *(one for _ in range(int(rng.integers(1, 3))) for one in any_of(self.sights)))
                seen = seen[: len(_fitting([one.truth for one in seen]))]
            kind = "still" if len(seen) == 1 else "pictures"
        return Shown(kind, tuple(one.truth for one in seen), seen)

    def visual(self, seen: Sequence[tuple[Sight, ...]]) -> Visual:
        return self.encoder.visual([[Looked(one.seen, one.features, one.letters) for one in group] for group in seen])


def _fitting(scenes: Sequence[Scene]) -> tuple[Scene, ...]:
    """As many of the scenes as can be pointed at."""
    kept: list[Scene] = []
    for scene in scenes:
        if sum(len(one.things) for one in (*kept, scene)) > POINTERS:
            break
        kept.append(scene)
    return tuple(kept)


def _as_read(sight: Sight) -> Scene:
    """The truth, with as many letters on each thing as were seen there: what can be pointed at."""
    letters: Sequence[Sequence[Any] | torch.Tensor] = sight.letters or [()] * len(sight.truth.things)
    return Scene(
        tuple(
            replace(one, text=one.text if len(one.text) == len(seen) else "?" * len(seen))
            for one, seen in zip(sight.truth.things, letters, strict=True)
        )
    )


def _with_print(rng: np.random.Generator, scene: Scene) -> Scene:
    """The scene with print on some of its things: words and numbers, and letters that are no word."""
    things = list(scene.things)
    for k in rng.permutation(len(things))[: int(rng.integers(1, 4))]:
        kind = rng.random()
        if kind < 0.5:
            text = str(rng.choice(PRINTED_WORDS))
        elif kind < 0.7:
            text = str(rng.choice(NUMBERS))
        else:
            text = "".join(rng.choice(list(LETTERS), int(rng.integers(1, LONGEST + 1))))
        things[k] = replace(things[k], text=text[:LONGEST])
    return Scene(tuple(things))
