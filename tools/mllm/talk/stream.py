"""The endless, repeatable stream of bundles: one or two pictures or a clip, rendered once, with all that is said of it.

Bundle k of seed s is the same on every run, wherever the stream starts, so a reader resumes by number.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ...errors import BadRequest
from ..clips.clip import Clip, ClipRecipe, clip
from ..scenes.stream import Recipe, sample
from ..scenes.truth import Sample
from .dialogues import dialogue
from .facts import View, view
from .pairs import PAIRS, change_talk, edited
from .preferences import preference
from .quality import Sieve
from .reading import READING
from .said import Talk
from .speech import Voice
from .stills import STILLS, Maker
from .stories import STORIES, Story

__all__ = ["Bundle", "TalkRecipe", "bundle", "bundles"]

_SCENE = Recipe(width=320, height=240, print_share=0.6)
_CLIP = ClipRecipe(scene=replace(ClipRecipe().scene, width=224, height=168, print_share=0.3))
_DIALOGUES = ((1.0, dialogue),)
T = TypeVar("T")
_TRIES = 6  # per talk wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class TalkRecipe:
    """What the bundles of a stream are like."""

    scene: Recipe = _SCENE
    clip: ClipRecipe = _CLIP
    pair_share: float = 0.15  # of bundles with two pictures
    clip_share: float = 0.1  # of bundles with a clip; the rest show one picture
    talks: int = 16  # wanted of each bundle; fewer where the pictures have too little for more
    reading_share: float = 0.3  # of the talks about a picture with legible print
    dialogue_share: float = 0.12  # of the talks about one picture
    prefer_share: float = 0.15  # of all talks: also as a preference pair
    unseen_wordings: bool = False  # use the wordings that are held out from training

    def __post_init__(self) -> None:
        for name in ("pair_share", "clip_share", "reading_share", "dialogue_share", "prefer_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadRequest(f"{name} lies between 0 and 1, not {getattr(self, name)}.")
        if self.talks < 1 or self.pair_share + self.clip_share > 1:
            raise BadRequest("A bundle has at least one talk, and the shares of pairs and clips make at most 1.")


_USUAL = TalkRecipe()


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Pictures or a clip, and the talks about them."""

    seed: int
    index: int
    kind: str  # "picture", "pair" or "clip"
    samples: tuple[Sample, ...]  # none of a clip
    clip: Clip | None
    talks: tuple[Talk, ...]
    dropped: Counter[str]  # talks that were made and not kept, by reason

    def record(self) -> dict[str, Any]:
        """The words as plain data for JSON; the pictures are made again from seed, index and recipe."""
        talks = [talk.record() for talk in self.talks]
        return {
            "seed": self.seed,
            "index": self.index,
            "kind": self.kind,
            "talks": talks,
            "dropped": dict(self.dropped),
        }


def bundle(seed: int, index: int, recipe: TalkRecipe = _USUAL) -> Bundle:
    """Make bundle `index` of the stream `seed`, by itself."""
    voice = Voice(random.Random(f"talk:{seed}:{index}"), unseen=recipe.unseen_wordings)
    roll = voice.rng.random()
    if roll < recipe.clip_share:
        return _clip_bundle(voice, seed, index, recipe)
    if roll < recipe.clip_share + recipe.pair_share:
        return _pair_bundle(voice, seed, index, recipe)
    one = sample(seed, index, recipe.scene)
    seen = view(one)
    sieve = Sieve([seen])

    def make() -> Talk | None:
        makers: Sequence[tuple[float, Maker]] = STILLS
        if seen.readable and voice.chance(recipe.reading_share):
            makers = READING
        elif voice.chance(recipe.dialogue_share):
            makers = _DIALOGUES
        return _weighted(voice, makers)(voice, seen)

    talks = _gathered(voice, make, [seen], sieve, recipe)
    return Bundle(seed=seed, index=index, kind="picture", samples=(one,), clip=None, talks=talks, dropped=sieve.dropped)


def bundles(seed: int, start: int = 0, recipe: TalkRecipe = _USUAL) -> Iterator[Bundle]:
    """Bundles `start`, `start` + 1, ... of the stream `seed`, without end."""
    index = start
    while True:
        yield bundle(seed, index, recipe)
        index += 1


def _pair_bundle(voice: Voice, seed: int, index: int, recipe: TalkRecipe) -> Bundle:
    one = sample(seed, index, recipe.scene)
    seen = view(one)
    change = None
    if voice.chance(0.5) and seen.present:
        other, change = edited(voice, one, seen)
    else:
        other = sample(seed, index + (1 << 40), recipe.scene)  # far from every still picture of the stream
    second = view(other, 1)
    sieve = Sieve([seen, second])

    def make() -> Talk | None:
        if change is not None and voice.chance(0.3):
            return change_talk(voice, seen, second, change)
        return _weighted(voice, PAIRS)(voice, seen, second)

    talks = _gathered(voice, make, [seen, second], sieve, recipe)
    return Bundle(
        seed=seed, index=index, kind="pair", samples=(one, other), clip=None, talks=talks, dropped=sieve.dropped
    )


def _clip_bundle(voice: Voice, seed: int, index: int, recipe: TalkRecipe) -> Bundle:
    story = Story(clip(seed, index, recipe.clip))
    sieve = Sieve([story.view])

    def make() -> Talk | None:
        return _weighted(voice, STORIES)(voice, story) if story.view.present else None

    talks = _gathered(voice, make, [story.view], sieve, recipe)
    return Bundle(seed=seed, index=index, kind="clip", samples=(), clip=story.clip, talks=talks, dropped=sieve.dropped)


def _gathered(
    voice: Voice, make: Callable[[], Talk | None], views: Sequence[View], sieve: Sieve, recipe: TalkRecipe
) -> tuple[Talk, ...]:
    """Talks until there are enough or the tries are used up; some of them also as preference pairs."""
    kept: list[Talk] = []
    for _ in range(_TRIES * recipe.talks):
        if len(kept) >= recipe.talks:
            break
        made = make()
        if made is None:
            continue
        if sieve.passes(made):
            kept.append(made)
            pair = preference(voice, made, views) if voice.chance(recipe.prefer_share) else None
            if pair is not None and len(kept) < recipe.talks and sieve.passes(pair):
                kept.append(pair)
    return tuple(kept)


def _weighted(voice: Voice, makers: Sequence[tuple[float, T]]) -> T:
    return voice.rng.choices([maker for _, maker in makers], [weight for weight, _ in makers])[0]
