"""Lessons: batches of questions about scenes with what the model is to say, the same for the same seed and number.

A lesson is drawn whole (some scenes, several questions each) and cut into batches of texts of like length, so that little
is padding.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from ..scenes.stream import Recipe
from .asking import questions
from .model import Lines
from .scene import Scene, drawn
from .tasks import task
from .text import Text
from .visual import Visual, of_scenes

__all__ = ["Batch", "Item", "Mixture", "batches", "items", "lines", "written"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """What is practised."""

    per_scene: int = 12  # items
    direct: float = 0.06  # share of questions that are answered without thoughts
    tasks: float = 0.08  # share of captions, descriptions, boxes and regions


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What is said to the model and what it is to say."""

    kind: str
    question: str
    thoughts: str | None
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Texts with what is seen of their pictures."""

    visual: Visual
    lines: Lines


def items(rng: random.Random, scene: Scene, count: int, mixture: Mixture) -> list[Item]:
    """Draw items about a scene."""
    made = []
    asked = questions(rng, scene)
    while len(made) < count:
        if rng.random() < mixture.tasks:
            one = task(rng, scene)
            if one is not None:
                made.append(Item(kind=one.kind, question=one.text, thoughts=None, answer=one.answer))
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


def lines(rows: Sequence[tuple[list[int], int]]) -> Lines:
    """Rows of tokens as one padded batch."""
    longest = max(len(row) for row, _ in rows)
    tokens = torch.full((len(rows), longest), Text.pad, dtype=torch.int64)
    present = torch.zeros(len(rows), longest, dtype=torch.bool)
    spoken = torch.zeros(len(rows), longest, dtype=torch.bool)
    for k, (row, heard) in enumerate(rows):
        tokens[k, : len(row)] = torch.tensor(row)
        present[k, : len(row)] = True
        spoken[k, heard : len(row)] = True
    return Lines(tokens=tokens, present=present, spoken=spoken)


def batches(seed: int, text: Text, *, size: int, scenes: int = 32, mixture: Mixture, start: int = 0) -> Iterator[Batch]:
    """Endless batches about layouts that nobody rendered, from batch `start` on."""
    per_lesson = scenes * mixture.per_scene // size
    if per_lesson < 1:
        raise ValueError("a lesson holds less than one batch")
    number, skip = divmod(start, per_lesson)
    while True:
        yield from islice(_lesson(seed, number, text, size, scenes, mixture), skip, per_lesson)
        number, skip = number + 1, 0


def _lesson(seed: int, number: int, text: Text, size: int, scenes: int, mixture: Mixture) -> Iterator[Batch]:
    rng = random.Random(f"lesson:{seed}:{number}")
    recipe = Recipe()
    about: list[Scene] = []
    some: list[Item] = []
    for k in range(scenes):
        scene = drawn(np.random.default_rng((seed, 7, number, k)), recipe)
        made = items(rng, scene, mixture.per_scene, mixture)
        some += made
        about += [scene] * len(made)
    rows = written(text, some)
    order = sorted(range(len(rows)), key=lambda k: len(rows[k][0]))
    groups = [order[k : k + size] for k in range(0, len(order) - size + 1, size)]
    rng.shuffle(groups)
    for group in groups:
        yield Batch(visual=of_scenes([[about[k]] for k in group]), lines=lines([rows[k] for k in group]))
