"""Questions about several pictures and about frames: the answers are those that looking at the truth gives."""

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.several import about_frames, about_pictures
from sightline.tools.mllm.multimodal.stirring import stirred
from sightline.tools.mllm.scenes.stream import Recipe

from . import tiny

POINTER = re.compile(r"<o(\d+)>")


def asked(scenes, make, count=40, seed=0):
    rng = random.Random(seed)
    return [one for _ in range(count) if (one := make(rng, scenes)) is not None]


def pointed(scenes, text):
    """(picture, thing) of each pointer in a text."""
    things = [(p, one) for p, scene in enumerate(scenes) for one in scene.things]
    return [things[int(number)] for number in POINTER.findall(text)]


def steps(item):
    return dict(step.strip().split(" : ") for step in item.thoughts.split(" ;") if step.strip())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_what_is_found_in_a_picture_is_there_and_fits(seed):
    scenes = [tiny.scene(seed), tiny.scene(seed + 1)]
    for item in asked(scenes, about_pictures, 20, seed):
        for words, result in steps(item).items():
            match = re.fullmatch(r"find (.+) in (\d)", words)
            if match is None:
                continue
            wanted, picture = match[1].split(), int(match[2]) - 1
            fits = [
                one
                for one in scenes[picture].things
                if all(word in (*one.attributes.values(), "thing") for word in wanted)
            ]
            assert [one for _, one in pointed(scenes, result)] == fits
            assert all(p == picture for p, _ in pointed(scenes, result))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_counts_and_comparisons_follow_from_what_was_found(seed):
    scenes = [tiny.scene(seed), tiny.scene(seed + 1), tiny.scene(seed + 2)]
    for item in asked(scenes, about_pictures, 30, seed):
        told = steps(item)
        found = [len(POINTER.findall(result)) for words, result in told.items() if words.startswith("find")]
        if item.kind == "count_in":
            assert item.answer == str(found[0])
        elif item.kind == "total":
            assert item.answer == str(sum(found))
        elif item.kind in ("exists_in", "every_picture"):
            assert item.answer == ("yes" if all(found) else "no")
        elif item.kind == "which_picture":
            assert [bool(n) for n in found] == [item.answer == f"the {word}" for word in ("first", "second", "third")]


def test_pictures_are_named_in_ways_that_say_which():
    scenes = [tiny.scene(1), tiny.scene(2)]
    kinds = {item.kind for item in asked(scenes, about_pictures, 200)}
    assert {"count_in", "exists_in", "attribute_in", "total", "more_in", "which_picture", "every_picture"} == kinds
    for item in asked(scenes, about_pictures, 100):
        if item.kind == "count_in":
            second = re.search(r"second|last|2", item.question) is not None
            assert (" in 2 :" in item.thoughts) == second


def frames_of(seed):
    return stirred(np.random.default_rng(seed), Recipe(), 3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_things_of_a_stirred_layout_look_different_and_stay_what_they_are(seed, count):
    frames = stirred(np.random.default_rng(seed), Recipe(), count)
    assert len(frames) == count
    assert all(len({one.name for one in frame.things}) == len(frame.things) > 0 for frame in frames)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_what_changes_is_told_from_the_first_frame_to_the_last(seed):
    frames = frames_of(seed)
    first, last = ({one.name: one for one in frame.things} for frame in (frames[0], frames[-1]))
    for item in asked(frames, about_frames, 30, seed):
        names = {one.name for _, one in pointed(frames, item.answer)}
        if item.kind == "new":
            assert names == last.keys() - first.keys()
            assert (item.answer == "nothing") == (not names)
        elif item.kind == "gone":
            assert names == first.keys() - last.keys()
        elif item.kind == "which_way":
            (_, a), (_, b) = pointed(frames, item.thoughts)[-2:]
            right, forward = (end - start for start, end in zip(a.ground, b.ground, strict=True))
            ways = {"left": -right, "right": right, "closer": -forward, "away": forward}
            assert ways[item.answer] == max(ways.values())
        elif item.kind == "what_moves":
            assert all(abs(np.subtract(first[name].ground, last[name].ground)).max() >= 0.6 for name in names)
        elif item.kind == "moves":
            (_, a), (_, b) = pointed(frames, item.thoughts)[-2:]
            assert (a.ground == pytest.approx(b.ground, abs=0.2)) == (item.answer == "no")


def test_clips_in_which_things_look_alike_are_not_asked_about():
    frames = frames_of(3)
    twice = Scene.of([*frames[0].things, frames[0].things[0]])
    assert about_frames(random.Random(0), [twice, *frames[1:]]) is None
    kinds = {item.kind for seed in range(30) for item in asked(frames_of(seed), about_frames, 20, seed)}
    assert {"moves", "which_way", "what_moves", "movers", "new", "gone", "count_at", "attribute_in"} == kinds
