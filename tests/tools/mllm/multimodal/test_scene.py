"""Scenes: things from left to right, related by the published rule, the same whether drawn or rendered."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.scene import MOST_SEEN, Scene, Seen, drawn, of_sample
from sightline.tools.mllm.scenes.placement import Rules
from sightline.tools.mllm.scenes.stream import Recipe, sample

from . import tiny

DIRECTIONS = ("left", "right", "front", "behind")
ATTRIBUTES = {"shape": "cube", "size": "small", "color": "red", "material": "metal"}
PLACES = st.tuples(st.floats(-4, 4), st.floats(5, 14))


def thing(ground, **attributes):
    return Seen(attributes=ATTRIBUTES | attributes, box=(0.1, 0.2, 0.3, 0.4), ground=ground, depth=ground[1])


@cache
def rendered(number):
    return sample(5, number, Recipe(width=64, height=48))


@settings(deadline=None)
@given(st.integers(0, 9999))
def test_things_stand_from_left_to_right_inside_the_picture(seed):
    scene = tiny.scene(seed)
    assert len(scene.things) >= 3
    across = [one.ground[0] for one in scene.things]
    assert across == sorted(across)
    for one in scene.things:
        x1, y1, x2, y2 = one.box
        assert 0 <= x1 <= x2 <= 1
        assert 0 <= y1 <= y2 <= 1
        assert one.depth > 0


@given(st.lists(PLACES, min_size=2, max_size=6))
def test_a_thing_lies_where_it_is_more_than_two_tenths_further(places):
    scene = Scene.of(map(thing, places))
    for a, one in enumerate(scene.things):
        for b, other in enumerate(scene.things):
            right, forward = one.ground[0] - other.ground[0], one.ground[1] - other.ground[1]
            assert scene.lies("right", a, b) == (right > 0.2)
            assert scene.lies("left", a, b) == (right < -0.2)
            assert scene.lies("behind", a, b) == (forward > 0.2)
            assert scene.lies("front", a, b) == (forward < -0.2)


@given(st.lists(PLACES, unique_by=(lambda place: place[0], lambda place: place[1]), max_size=MOST_SEEN), st.randoms())
def test_the_order_in_which_things_are_given_does_not_matter(places, random):
    things = [thing(place) for place in places]
    ordered = Scene.of(things)
    random.shuffle(things)
    assert Scene.of(things) == ordered


@given(st.lists(PLACES, unique_by=lambda place: place[1], max_size=8))
def test_a_depth_rank_counts_the_nearer_things(places):
    scene = Scene.of(map(thing, places))
    for one, rank in zip(scene.things, scene.depth_ranks, strict=True):
        assert rank == sum(other.ground[1] < one.ground[1] for other in scene.things)


def test_what_is_beyond_the_most_is_left_out():
    things = [thing((float(-k), 9.0)) for k in range(MOST_SEEN + 4)]
    assert Scene.of(things) == Scene.of(things[:MOST_SEEN])
    assert len(Scene.of(things).things) == MOST_SEEN


@pytest.mark.parametrize("number", range(8))
def test_a_rendered_scene_is_the_truth_of_its_sample(number):
    one = rendered(number)
    scene = of_sample(one)
    order = [int(k) for k in np.argsort(np.array([c.center for c in one.things]) @ one.camera.directions()["right"])]
    assert len(scene.things) == len(one.things)
    for seen, k in zip(scene.things, order, strict=True):
        true = one.things[k]
        assert seen.name == f"{true.size} {true.color} {true.material} {true.shape}"
        assert np.multiply(seen.box, (64, 48, 64, 48)) == pytest.approx(one.boxes[k], abs=1e-3)
        assert seen.depth == pytest.approx(one.centers[k][2], abs=1e-3)
    for direction in DIRECTIONS:
        for a, k in enumerate(order):
            lying = {order[b] for b in range(len(order)) if scene.lies(direction, b, a)}
            assert lying == set(one.relations[direction][k])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9999))
def test_a_drawn_scene_follows_its_generator_and_the_rules(seed):
    scene = tiny.scene(seed)
    assert scene == drawn(np.random.default_rng(seed), Recipe())
    rules = Rules()
    assert rules.fewest <= len(scene.things) <= rules.most
    for axis in (0, 1):  # clearly to one side of each other, so that every relation is certain
        along = sorted(one.ground[axis] for one in scene.things)
        assert all(further - nearer >= rules.margin - 1e-6 for nearer, further in pairwise(along))
