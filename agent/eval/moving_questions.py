"""Questions about a clip with their true answers: every family of the planner's grammar that a clip can answer.

Beside those families there are two that only judging asks: what is seen while something is said, and what becomes of a
thing that goes behind another.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...tools.mllm.multimodal.asking import Beholder
from ...tools.mllm.multimodal.reasoning import Unanswerable
from ...tools.mllm.planner.happening import render_over_time
from ...tools.mllm.planner.plan import Kind, build
from ...tools.mllm.planner.questions import temporal
from ...tools.mllm.planner.questions.polite import polite
from ...tools.mllm.planner.questions.stream import steps_of
from ...tools.mllm.planner.questions.things import Asked, Speaker
from ...tools.mllm.planner.questions.typed import typed
from ...tools.mllm.planner.questions.wording import Leaf, Plan
from .moving_truth import ClipTruth, True_

__all__ = ["FAMILIES", "Question", "questions"]

_TRIES = 40  # questions of a family that are drawn for each that is asked
_HEARD = ("speech", "while_said")
_BEHIND = "behind_others"
_OF_THINGS = (temporal.counts_over_time, temporal.does_it, temporal.direction, temporal.compares, temporal.which_track)


def _behind_others(s: Speaker) -> Asked:
    return s.pick(_OF_THINGS)(s)


FAMILIES: Mapping[str, Callable[[Speaker], Asked]] = {
    **{maker.__name__: maker for _, maker in temporal.FAMILIES},
    "while_said": temporal.while_said,
    _BEHIND: _behind_others,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a clip with its true answer."""

    text: str
    family: str
    plan: Plan
    true: True_
    program: str  # of the plan that it was made from


def questions(truth: ClipTruth, rng: random.Random) -> Iterator[Question]:
    """Questions with a certain answer, each family in turn, as people type them; ends when no family has more."""
    told: set[str] = set()
    while True:
        asked_any = False
        for family in rng.sample(sorted(FAMILIES), len(FAMILIES)):
            for _ in range(_TRIES * (5 if family == _BEHIND else 1)):
                question = _one(truth, rng, family)
                if question is not None and question.text not in told:
                    told.add(question.text)
                    asked_any = True
                    yield question
                    break
        if not asked_any:
            return


def _one(truth: ClipTruth, rng: random.Random, family: str) -> Question | None:
    """A question of a family, None where what was drawn has no certain answer."""
    readable = _spoken(truth, rng) if family in _HEARD else [one.text.lower() for one in truth.captions]
    asked = FAMILIES[family](Beholder(rng, truth.scene(rng.randrange(truth.frames)), readable))
    try:
        true = truth.answer(asked.plan)
        if family == _BEHIND and not _about_one_behind(truth, asked.plan):
            return None
    except Unanswerable:
        return None
    line = typed(rng, polite(rng, asked))
    if line is None or not line.tokens:
        return None
    said = line.question.lower()
    if not all(leaf.text.lower() in said for leaf in line.spans):
        return None  # a slip of the finger in a name makes it another name
    root = build(steps_of(asked.plan, line.spans), Kind.HAPPENING)
    program = render_over_time(root, line.question, line.tokens)
    return Question(text=line.question, family=family, plan=asked.plan, true=true, program=program)


def _spoken(truth: ClipTruth, rng: random.Random) -> list[str]:
    """What may be quoted of what is said: a sentence, or a long word of it."""
    told = []
    for one in truth.sayings:
        told += [one.text, max(one.text.split(), key=lambda word: (len(word), rng.random()))]
    return told


def _about_one_behind(truth: ClipTruth, part: object) -> bool:
    """Whether a plan, or a part of one, speaks of a thing that goes behind another."""
    if isinstance(part, Leaf):
        return bool(truth.go_behind.intersection(truth.named(part)))
    return isinstance(part, tuple) and any(_about_one_behind(truth, each) for each in part[1:])
