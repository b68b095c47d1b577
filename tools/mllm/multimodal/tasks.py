"""What else is asked of a picture: captions, descriptions, where a thing is, what stands in a region.

Questions with reasons are in `asking`, `several` and `reading`; these are answered outright.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from .places import spelled
from .reasoning import pointer
from .scene import Scene

__all__ = ["TASKS", "Item", "task"]

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ASK_CAPTION = (
    "What does the picture show?",
    "caption this image",
    "Give the picture a caption.",
    "summarize the image",
    "What is in this picture?",
    "what do you see",
    "describe this briefly",
)
_ASK_DESCRIPTION = (
    "Describe the picture in detail.",
    "describe everything you see",
    "list all objects",
    "What things are there, from left to right?",
    "describe the scene",
    "name every thing in the picture",
)
_ASK_BOX = (
    "box of the {x}",
    "Where exactly is the {x}?",
    "locate the {x}",
    "give the bounding box of the {x}",
    "coordinates of the {x}",
)
_ASK_REGION = (
    "what is at {b}",
    "What stands in the region {b}?",
    "describe the thing in {b}",
    "which object is this: {b}",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What is said to the model and what it is to say."""

    kind: str  # caption, describe, box, region; or a family of questions
    question: str
    thoughts: str | None  # None: it is answered outright
    answer: str


def task(rng: random.Random, scene: Scene) -> Item | None:
    """One task about a scene; None where the scene has nothing to ask about."""
    if not scene.things:
        return None
    return rng.choice(TASKS)(rng, scene)


def _caption(rng: random.Random, scene: Scene) -> Item:
    shapes = [one.attributes["shape"] for one in scene.things]
    parts = []
    for shape in sorted(set(shapes)):
        number = shapes.count(shape)
        parts.append(f"{_NUMBERS[min(number, 12)]} {shape}{'' if number == 1 else 's'}")
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return Item(kind="caption", question=rng.choice(_ASK_CAPTION), thoughts=None, answer=f"{listed} on a table")


def _description(rng: random.Random, scene: Scene) -> Item:
    listed = " , ".join(f"{one.name} {pointer(k)}" for k, one in enumerate(scene.things))
    return Item(kind="describe", question=rng.choice(_ASK_DESCRIPTION), thoughts=None, answer=listed)


def _box(rng: random.Random, scene: Scene) -> Item | None:
    number = rng.randrange(len(scene.things))
    one = scene.things[number]
    keys = ["size", "color", "material", "shape"]
    for drop in rng.sample(keys, 4):
        fewer = [key for key in keys if key != drop]
        if sum(all(other.attributes[key] == one.attributes[key] for key in fewer) for other in scene.things) == 1:
            keys = fewer
    if sum(all(other.attributes[key] == one.attributes[key] for key in keys) for other in scene.things) != 1:
        return None
    name = " ".join(one.attributes[key] for key in keys) + ("" if "shape" in keys else " thing")
    return Item(
        kind="box",
        question=rng.choice(_ASK_BOX).format(x=name),
        thoughts=None,
        answer=f"{pointer(number)} {spelled(one.box)}",
    )


def _region(rng: random.Random, scene: Scene) -> Item:
    number = rng.randrange(len(scene.things))
    one = scene.things[number]
    return Item(
        kind="region",
        question=rng.choice(_ASK_REGION).format(b=spelled(one.box)),
        thoughts=None,
        answer=f"{one.name} {pointer(number)}",
    )


TASKS: tuple[Callable[[random.Random, Scene], Item | None], ...] = (_caption, _description, _box, _region)
