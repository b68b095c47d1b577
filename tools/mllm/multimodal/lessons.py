"""Lessons: batches of questions about scenes with what the model is to say, the same for the same seed and number.

A lesson is drawn whole (some scenes of a `World`, several questions each) and cut into batches of texts of like length,
so that little is padding.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from ..planner.questions.wording import Plan
from ..scenes.world import WORDS
from ..training.ahead import ahead
from .asking import questions, words_of
from .model import Lines
from .reading import about_print
from .reasoning import Reasoned, Unanswerable, reason
from .scene import Scene
from .several import about_frames, about_pictures
from .tasks import Item, task
from .text import Text
from .visual import Visual
from .worlds import Kind, Layouts, Shown, World
from .writing import lines, written

__all__ = ["Batch", "Mixture", "Pairs", "batches", "items", "pairs", "usual_words"]

_TRIES = 8  # of plausible mistakes, before a question is passed over


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """What is practised."""

    per_scene: int = 12  # items
    direct: float = 0.06  # share of questions that are answered without thoughts
    tasks: float = 0.08  # share of captions, descriptions, boxes and regions
    printed: float = 0.0  # share of lessons' places at which things carry print
    pictures: float = 0.0  # at which there are two or three pictures
    clips: float = 0.0  # at which there are frames of a clip


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
