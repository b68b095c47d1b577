"""Captions, descriptions, boxes and regions say what is there."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.detector.names import understand
from sightline.tools.mllm.multimodal.places import read_box
from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.tasks import TASKS, task
from sightline.tools.mllm.scenes.world import SHAPES

from . import tiny

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
STEP = 0.5 / 63 + 1e-9


KINDS = dict(zip(("caption", "describe", "box", "region"), TASKS, strict=True))


def drawn(kind, seed, number=0):
    """A scene and a task of that kind about it, or None where this scene has none."""
    scene = tiny.scene(seed)
    one = KINDS[kind](random.Random(number), scene)
    assert one is None or one.kind == kind
    return scene, one


SEEDS = st.integers(0, 9999)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_a_caption_counts_every_shape(seed, number):
    scene, one = drawn("caption", seed, number)
    for shape in SHAPES:
        count = sum(thing.attributes["shape"] == shape for thing in scene.things)
        plural = "s" if count > 1 else ""
        assert (f"{NUMBERS[count]} {shape}{plural}" in one.answer) == (count > 0)
    assert one.answer.endswith(" on a table")


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_a_description_names_and_points_at_everything_in_order(seed, number):
    scene, one = drawn("describe", seed, number)
    assert one.answer.split(" , ") == [f"{thing.name} <o{k}>" for k, thing in enumerate(scene.things)]


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_a_box_is_asked_of_the_one_thing_that_bears_the_name(seed, number):
    scene, one = drawn("box", seed, number)
    if one is None:  # the thing that was drawn has a double
        return
    name = re.sub(r"^(.*) the ", "", one.question).rstrip("?")
    fits = [
        k
        for k, thing in enumerate(scene.things)
        if all(thing.attributes[key] in values for key, values in understand(name).demands)
    ]
    assert len(fits) == 1
    assert one.answer.startswith(f"<o{fits[0]}> ")
    assert read_box(one.answer) == pytest.approx(scene.things[fits[0]].box, abs=STEP)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_what_stands_in_a_region_is_the_thing_of_that_box(seed, number):
    scene, one = drawn("region", seed, number)
    name, thing = re.fullmatch(r"(.+) <o(\d+)>", one.answer).groups()
    assert scene.things[int(thing)].name == name
    assert read_box(one.question) == pytest.approx(scene.things[int(thing)].box, abs=STEP)


def test_every_kind_is_drawn_and_the_same_generator_draws_the_same():
    def some():
        rng = random.Random(3)
        return [task(rng, tiny.scene(k)) for k in range(60)]

    assert some() == some()
    assert {one.kind for one in some() if one} == {"caption", "describe", "box", "region"}


def test_a_name_keeps_only_what_it_takes_to_tell_the_thing():
    made = [drawn("box", seed, seed)[1] for seed in range(60)]
    lengths = {len(one.question.split(" the ")[-1].split()) for one in made if one}
    assert min(lengths) <= 2
    assert max(lengths) <= 5


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_a_thing_with_a_double_has_no_name_and_so_no_box(seed, number):
    things = [
        replace(one, ground=(one.ground[0] + away, one.ground[1])) for one in tiny.scene(seed).things for away in (0, 9)
    ]
    assert KINDS["box"](random.Random(number), Scene.of(things[:6])) is None


def test_nothing_is_asked_of_an_empty_table():
    assert task(random.Random(0), Scene(())) is None
