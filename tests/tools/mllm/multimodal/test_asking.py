"""Questions have answers on their scene, are of many families, and follow their generator."""

import random
from functools import cache
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.asking import FAMILIES, questions
from sightline.tools.mllm.multimodal.reasoning import reason
from sightline.tools.mllm.multimodal.scene import Scene

from . import tiny

NAMES = {maker.__name__ for _, maker in FAMILIES}


@cache
def asked():
    """Questions about many scenes."""
    return [
        (scene, question)
        for scene in map(tiny.scene, range(100))
        for question in islice(questions(random.Random(len(scene.things)), scene), 15)
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9999), st.integers(0, 9999))
def test_the_same_generator_asks_the_same(number, seed):
    scene = tiny.scene(number)
    one, again = (
        [(q.text, q.family, q.reasoned) for q in islice(questions(random.Random(seed), scene), 5)] for _ in range(2)
    )
    assert one == again


def test_every_question_has_its_answer_on_the_scene():
    for scene, question in asked():
        assert reason(question.plan, scene) == question.reasoned
        assert question.text.strip()
        assert question.family in NAMES
        assert question.reasoned.answer
        assert question.reasoned.thoughts.endswith(" ;")


def test_most_families_are_asked_and_the_large_ones_most():
    counted = {name: sum(question.family == name for _, question in asked()) for name in NAMES}
    assert sum(count > 0 for count in counted.values()) >= 25
    often = {maker.__name__ for share, maker in FAMILIES if share >= 9}
    assert min(counted[name] for name in often) > max(counted[name] for name in NAMES - often)


def test_yes_and_no_are_both_common():
    answers = [question.reasoned.answer for _, question in asked()]
    yes, no = answers.count("yes"), answers.count("no")
    assert 0.4 < yes / (yes + no) < 0.7


def test_most_of_what_is_looked_for_is_there():
    first = [question.reasoned.thoughts.split(" ;")[0] for _, question in asked()]
    assert sum(step.endswith(": none") for step in first) < 0.2 * len(first)


@pytest.mark.parametrize("seed", range(5))
def test_an_empty_table_can_be_asked_about(seed):
    for question in islice(questions(random.Random(seed), Scene(())), 5):
        assert question.reasoned.things == ()
        assert question.reasoned.answer in {"no", "yes", "0", "none"}
