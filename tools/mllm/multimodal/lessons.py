"""Lessons: batches of questions about scenes with what the model is to say, the same for the same seed and number.

A lesson is drawn whole (some scenes, several questions each) and cut into batches of texts of like length, so that
little is padding. What it is about comes from a `World`: layouts that nobody rendered, or pictures that an encoder
looked at; single pictures, pictures with print on things, several pictures, or frames of a clip.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import torch

from ..planner.questions.wording import Plan
from ..scenes.lettering import NUMBERS, PRINTED_WORDS
from ..scenes.stream import Recipe
from ..scenes.world import WORDS
from ..training.ahead import ahead
from .asking import questions, words_of
from .model import Lines
from .reading import about_print
from .reasoning import Reasoned, Unanswerable, reason
from .scene import Scene, drawn
from .several import about_frames, about_pictures
from .sights import Sight, Sights
from .stirring import blurred, stirred
from .tasks import Item, task
from .text import POINTED, POINTERS, Text
from .vision import Looked, VisionEncoder
from .visual import LETTERS, LONGEST, Visual, of_scenes

__all__ = [
    "Batch",
    "Layouts",
    "Mixture",
    "Pairs",
    "Pictures",
    "Shown",
    "World",
    "batches",
    "items",
    "lines",
    "pairs",
    "usual_words",
]

_TRIES = 8  # of plausible mistakes, before a question is passed over
_FRAMES = 3  # of a clip

Kind: TypeAlias = Literal["still", "printed", "pictures", "clip"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """What is practised."""

    per_scene: int = 12  # items
    direct: float = 0.06  # share of questions that are answered without thoughts
    tasks: float = 0.08  # share of captions, descriptions, boxes and regions
    printed: float = 0.0  # share of lessons' places at which things carry print
    pictures: float = 0.0  # at which there are two or three pictures
    clips: float = 0.0  # at which there are frames of a clip


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Texts with what is seen of their pictures."""

    visual: Visual
    lines: Lines


def items(rng: random.Random, shown: Shown, count: int, mixture: Mixture) -> list[Item]:
    """Draw so many items about what is shown."""
    scenes = shown.scenes
    if shown.kind == "still":
        return _of_still(rng, scenes[0], count, mixture)
    made: list[Item] = []
    while len(made) < count:
        one: Item | None
        if shown.kind == "printed":
            one = about_print(rng, scenes[0]) or _of_still(rng, scenes[0], 1, mixture)[0]
        else:
            one = about_frames(rng, scenes) if shown.kind == "clip" else None
            one = one or about_pictures(rng, scenes)  # frames are pictures too
        if one is not None:
            made.append(replace(one, thoughts=None) if rng.random() < mixture.direct else one)
    return made


def _of_still(rng: random.Random, scene: Scene, count: int, mixture: Mixture) -> list[Item]:
    made: list[Item] = []
    asked = questions(rng, scene)
    while len(made) < count:
        if rng.random() < mixture.tasks:
            one = task(rng, scene)
            if one is not None:
                made.append(one)
            continue
        question = next(asked)
        direct = rng.random() < mixture.direct
        made.append(
            Item(
                kind=question.family,
                question=question.text,
                thoughts=None if direct else question.reasoned.thoughts,
                answer=question.reasoned.answer,
            )
        )
    return made


def usual_words(scenes: int = 900, each: int = 12, least: int = 4, *, printed: bool = True) -> list[str]:
    """The words of this world's questions, without `printed` but for those about print: those that turn up more often
    than a slip of the finger would.
    """
    kinds: tuple[Kind, ...] = ("still", "still", "still", "printed" if printed else "still", "pictures", "clip")
    layouts, mixture = Layouts(), Mixture(tasks=0.1)
    counts: Counter[str] = Counter()
    for number in range(scenes):
        shown = layouts.draw(kinds[number % len(kinds)], 78, number, 0)
        for item in items(random.Random(f"words:{number}"), shown, each, mixture):
            counts.update(set(words_of(item.question)))
    return sorted(word for word, count in counts.items() if count >= least)


def written(text: Text, some: Sequence[Item]) -> list[tuple[list[int], int]]:
    """Tokens of each item, and how many of them are said to the model."""
    asked = text.encode_all([one.question for one in some])
    thought = text.encode_all([one.thoughts or "" for one in some])
    said = text.encode_all([one.answer for one in some])
    rows = []
    for one, question, thoughts, answer in zip(some, asked, thought, said, strict=True):
        if one.thoughts is None:
            start, spoken = [text.user, *question, text.answer], [*answer, text.end]
        else:
            start, spoken = [text.user, *question, text.think], [*thoughts, text.answer, *answer, text.end]
        rows.append((start + spoken, len(start)))
    return rows


def lines(rows: Sequence[tuple[list[int], int]], text: Text | None = None) -> Lines:
    """Rows of tokens as one padded batch; with `text`, what decides and where things are named is marked."""
    longest = max(len(row) for row, _ in rows)
    tokens = torch.full((len(rows), longest), Text.pad, dtype=torch.int64)
    present = torch.zeros(len(rows), longest, dtype=torch.bool)
    spoken = torch.zeros(len(rows), longest, dtype=torch.bool)
    decides = torch.zeros(len(rows), longest, dtype=torch.bool)
    naming: list[tuple[int, int]] = []
    named: list[list[int]] = []
    for k, (row, heard) in enumerate(rows):
        tokens[k, : len(row)] = torch.tensor(row)
        present[k, : len(row)] = True
        spoken[k, heard : len(row)] = True
        if text is not None:
            before = (text.colon, text.semicolon, text.think, text.answer)
            decides[k, [place for place in range(heard, len(row)) if row[place - 1] in before]] = True
            for place, things in _names(row, heard, text):
                naming.append((k, place))
                named.append(things)
    meant = torch.zeros(len(named), POINTED, dtype=torch.bool)
    for k, things in enumerate(named):
        meant[k, things] = True
    where = torch.tensor(naming, dtype=torch.int64).reshape(-1, 2)
    return Lines(tokens=tokens, present=present, spoken=spoken, decides=decides, naming=where, named=meant)


def _names(row: Sequence[int], heard: int, text: Text) -> Iterator[tuple[int, list[int]]]:
    """Places of a row from which things are named, with all of the list: its colon and each thing before the last."""
    pointers = range(text.first_pointer, text.first_pointer + POINTED)
    for place in range(heard, len(row) - 1):
        if row[place] != text.colon:
            continue
        end = place + 1
        while row[end] in pointers:
            end += 1
        things = [token - text.first_pointer for token in row[place + 1 : end]]
        if things or row[end] == text.none:
            for one in range(place, end):
                yield one, things


def batches(
    world: World,
    seed: int,
    text: Text,
    *,
    size: int,
    mixture: Mixture,
    scenes: int | None = None,
    start: int = 0,
    workers: int = 0,
) -> Iterator[Batch]:
    """Endless batches of `size` texts, from batch `start` on.

    Args:
        scenes: that a lesson is about; half of `size` and at least 32 when omitted.
        workers: processes that make lessons in advance.
    """
    scenes = scenes or max(32, size // 2)
    per_lesson = scenes * mixture.per_scene // size
    if per_lesson < 1:
        raise ValueError("a lesson holds less than one batch")
    number, skip = divmod(start, per_lesson)
    lesson = partial(_lesson, world, seed, text=text, size=size, scenes=scenes, mixture=mixture)
    for made in ahead(lesson, number, workers=workers):
        yield from made[skip:]
        skip = 0


def _lesson(
    world: World, seed: int, number: int, *, text: Text, size: int, scenes: int, mixture: Mixture
) -> list[Batch]:
    rng = random.Random(f"lesson:{seed}:{number}")
    about: list[Any] = []
    some: list[Item] = []
    for place in range(scenes):
        shown = world.draw(_kind(rng, mixture), seed, number, place)
        made = items(rng, shown, mixture.per_scene, mixture)
        some += made
        about += [shown.seen] * len(made)
    rows = written(text, some)
    order = sorted(range(len(rows)), key=lambda k: len(rows[k][0]))
    groups = [order[k : k + size] for k in range(0, len(order) - size + 1, size)]
    rng.shuffle(groups)
    return [
        Batch(visual=world.visual([about[k] for k in group]), lines=lines([rows[k] for k in group], text))
        for group in groups
    ]


def _kind(rng: random.Random, mixture: Mixture) -> Kind:
    drawn_, so_far = rng.random(), 0.0
    shares: tuple[tuple[Kind, float], ...] = (
        ("printed", mixture.printed),
        ("pictures", mixture.pictures),
        ("clip", mixture.clips),
    )
    for kind, share in shares:
        so_far += share
        if drawn_ < so_far:
            return kind
    return "still"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Questions with a right and a plausible wrong reply."""

    visual: Visual
    right: Lines
    wrong: Lines


def pairs(
    world: World, seed: int, text: Text, *, size: int, per_scene: int = 4, start: int = 0, workers: int = 0
) -> Iterator[Pairs]:
    """Endless preference batches of `size` questions, made in advance by `workers` processes.

    The wrong reply reasons rightly about a scene in which one attribute of one thing is misread.
    """
    return ahead(partial(_pairs, world, seed, text=text, size=size, per_scene=per_scene), start, workers=workers)


def _pairs(world: World, seed: int, number: int, *, text: Text, size: int, per_scene: int) -> Pairs:
    rng = random.Random(f"pairs:{seed}:{number}")
    about: list[Any] = []
    right: list[Item] = []
    wrong: list[Item] = []
    place = 0
    while len(right) < size:
        shown = world.draw("still", seed, number, place)
        truth, seen = shown.scenes[0], shown.seen
        place += 1
        if not truth.things:
            continue
        for question in islice(questions(rng, truth), per_scene):
            other = _mistaken(rng, question.plan, truth, question.reasoned.answer)
            if other is None or len(right) == size:
                continue
            about.append(seen)
            for replies, reply in ((right, question.reasoned), (wrong, other)):
                replies.append(
                    Item(kind=question.family, question=question.text, thoughts=reply.thoughts, answer=reply.answer)
                )
    return Pairs(
        visual=world.visual(about), right=lines(written(text, right), text), wrong=lines(written(text, wrong), text)
    )


def _mistaken(rng: random.Random, plan: Plan, scene: Scene, answer: str) -> Reasoned | None:
    """How one would reason who misread one thing, where that leads to another answer."""
    for _ in range(_TRIES):
        number = rng.randrange(len(scene.things))
        key = rng.choice(tuple(WORDS))
        one = scene.things[number]
        value = rng.choice([word for word in WORDS[key] if word != one.attributes[key]])
        misread = replace(one, attributes={**one.attributes, key: value})
        things = (*scene.things[:number], misread, *scene.things[number + 1 :])
        try:
            reasoned = reason(plan, Scene(things))
        except Unanswerable:
            continue
        if reasoned.answer != answer:
            return reasoned
    return None
