"""Questions about clips: their answers follow from how the clips were made, and right programs give them."""

from __future__ import annotations

import random
from itertools import islice

import numpy as np
import pytest

from sightline.agent.eval.moving import RECIPE, filmed, judge, questions
from sightline.agent.eval.moving_truth import Caption, ClipTruth, True_
from sightline.tools.mllm.clips.clip import clip
from sightline.tools.mllm.multimodal.reasoning import Unanswerable
from sightline.tools.mllm.planner.questions.wording import Leaf


@pytest.fixture(scope="module")
def truth() -> ClipTruth:
    """A clip in which something comes in or goes out."""
    for index in range(40):
        made = clip(3, index, RECIPE)
        if any(event.kind in ("enter", "exit") for event in made.events):
            return ClipTruth(made, [Caption("EXIT", 0.5, 1.5), Caption("OPEN", 2.0, 3.0)])
    raise AssertionError("no clip with entries")


def name(truth: ClipTruth, thing: int) -> Leaf:
    one = truth.clip.things[thing]
    return Leaf(f"{one.size} {one.color} {one.material} {one.shape}")


def test_when_things_are_seen_is_told_from_their_visible_pixels(truth: ClipTruth) -> None:
    told = 0
    for thing in range(truth.count):
        frames = np.flatnonzero(truth.clip.visible_pixels[:, thing] >= 25)
        try:
            first = truth.answer(("first_seen", name(truth, thing)))
        except Unanswerable:
            continue
        others = [k for k in range(truth.count) if name(truth, k).text == name(truth, thing).text]
        if others == [thing]:
            told += 1
            assert first.accepts(frames[0] / truth.clip.fps)
            assert not first.accepts(frames[0] / truth.clip.fps + 1)
    assert told


def test_what_comes_in_is_what_the_clip_says_comes_in(truth: ClipTruth) -> None:
    for thing in range(truth.count):
        try:
            entering = truth.answer(("any_track", ("entering", ("tracks", name(truth, thing)))))
        except Unanswerable:
            continue
        if sum(name(truth, k).text == name(truth, thing).text for k in range(truth.count)) == 1:
            assert entering.value == ("no" if truth.seen[0, thing] else "yes")


def test_captions_are_told_in_their_order(truth: ClipTruth) -> None:
    assert truth.answer(("shown_all",)).accepts("EXIT, OPEN")
    assert truth.answer(("shown_first",)).accepts("exit")
    assert truth.answer(("shown_after", Leaf("exit"))).accepts("Open")
    assert truth.answer(("shown_when", Leaf("open"))).accepts(2.2)
    assert truth.answer(("shown", Leaf("closed"))).accepts("no")
    with pytest.raises(Unanswerable):
        truth.answer(("shown_for", Leaf("closed")))


def test_what_is_not_of_this_world_has_no_certain_answer(truth: ClipTruth) -> None:
    for plan in (("first_seen", Leaf("dog")), ("said_all",), ("at_second", Leaf("50"), ("count", ("objects",)))):
        with pytest.raises(Unanswerable):
            truth.answer(plan)


@pytest.mark.parametrize(
    ("true", "given", "fits"),
    [
        (True_("yes"), "Yes", True),
        (True_("yes"), "no", False),
        (True_(2.0, 0.5), 2.4, True),
        (True_(2.0, 0.5), "2.6", False),
        (True_(3.0), "3", True),
        (True_(3.0), "many", False),
        (True_(3.0), None, False),
    ],
)
def test_a_value_is_right_when_it_says_the_same(true: True_, given: object, fits: bool) -> None:
    assert true.accepts(given) is fits


def test_questions_are_many_of_many_families_and_the_same_again() -> None:
    _, truth, frames = filmed(2, 1)
    assert frames.shape == (round(RECIPE.fps * RECIPE.seconds), 240, 320, 3)
    first = list(islice(questions(truth, random.Random(4)), 30))
    assert [one.text for one in first] == [one.text for one in islice(questions(truth, random.Random(4)), 30)]
    assert len({one.text for one in first}) == 30
    assert len({one.family for one in first}) >= 8


@pytest.mark.slow
def test_right_plans_on_true_detections_give_right_answers() -> None:
    figures = judge(seed=12, clips=2, each=20, true_detections=True, true_plans=True)
    assert figures["questions"] == 40
    assert figures["accuracy"] >= 0.9, figures["wrong"]
