"""Visual tokens: one a thing, with pointers that count on from picture to picture; padding is empty."""

from dataclasses import fields

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.text import POINTERS
from sightline.tools.mllm.multimodal.visual import GEOMETRY, of_scenes
from sightline.tools.mllm.scenes.world import WORDS

from . import tiny

NOTHING = Scene(())
SCENE = st.integers(0, 99).map(tiny.scene) | st.just(NOTHING)
GROUPS = st.lists(st.lists(SCENE, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(GROUPS)
def test_every_thing_is_a_token_in_order(groups):
    visual = of_scenes(groups)
    counts = [sum(len(scene.things) for scene in group) for group in groups]
    assert visual.content.shape == (len(groups), max(1, *counts), len(WORDS))
    assert visual.geometry.shape == (*visual.content.shape[:2], GEOMETRY)
    assert visual.present.sum(1).tolist() == counts
    for row, (group, count) in enumerate(zip(groups, counts, strict=True)):
        things = [thing for scene in group for thing in scene.things]
        said = [
            {key: words[int(number)] for (key, words), number in zip(WORDS.items(), token, strict=True)}
            for token in visual.content[row, :count]
        ]
        assert said == [thing.attributes for thing in things]
        assert visual.pointers[row].tolist() == [*range(count), *[-1] * (visual.present.shape[1] - count)]
        numbers = [number for number, scene in enumerate(group) for _ in scene.things]
        assert visual.pictures[row, :count].tolist() == numbers
        assert visual.depth_ranks[row, :count].tolist() == [rank for scene in group for rank in scene.depth_ranks]


@settings(max_examples=30, deadline=None)
@given(GROUPS)
def test_what_is_absent_is_zero(groups):
    visual = of_scenes(groups)
    for name in ("content", "geometry", "depth_ranks", "pictures"):
        assert not getattr(visual, name)[~visual.present].any(), name


@settings(max_examples=30, deadline=None)
@given(GROUPS, st.integers(0, 3))
def test_a_question_alone_is_its_row_of_the_batch(groups, which):
    which %= len(groups)
    together, alone = of_scenes(groups), of_scenes([groups[which]])
    width = alone.present.shape[1]
    for one in fields(together):
        if one.name == "letters":
            continue
        assert torch.equal(getattr(together, one.name)[which, :width], getattr(alone, one.name)[0]), one.name


@settings(max_examples=30, deadline=None)
@given(GROUPS)
def test_contents_take_the_place_of_attributes(groups):
    generator = torch.Generator().manual_seed(1)
    contents = [[torch.randn(len(scene.things), 5, generator=generator) for scene in group] for group in groups]
    visual, bare = of_scenes(groups, contents), of_scenes(groups)
    assert visual.content.shape == (*bare.content.shape[:2], 5)
    assert torch.equal(visual.content[visual.present], torch.cat([one for group in contents for one in group]))
    for name in ("geometry", "pointers", "depth_ranks", "pictures", "present"):
        assert torch.equal(getattr(visual, name), getattr(bare, name)), name


def test_places_are_told_in_small_numbers():
    geometry = of_scenes([[tiny.scene(k)] for k in range(40)]).geometry
    assert geometry.abs().max() < 3
    assert geometry[..., :4].abs().max() <= 1


def test_rows_and_devices_keep_everything():
    visual = of_scenes([[tiny.scene(k)] for k in range(3)])
    some = visual.rows(torch.tensor([2, 0])).to("cpu")
    for one in fields(visual):
        if one.name == "letters":
            continue
        whole = getattr(visual, one.name)
        assert torch.equal(getattr(some, one.name), whole[[2, 0]]), one.name
        assert torch.equal(getattr(visual.rows(slice(1, 2)), one.name), whole[1:2]), one.name


@pytest.mark.parametrize("group", [[NOTHING], [NOTHING, NOTHING]])
def test_an_empty_picture_is_one_absent_token(group):
    visual = of_scenes([group])
    assert visual.present.tolist() == [[False]]
    assert visual.pointers.tolist() == [[-1]]


def test_more_things_than_pointers_are_seen_though_not_all_can_be_named():
    scenes = [tiny.scene(k) for k in range(12)]
    count = sum(len(one.things) for one in scenes)
    assert count > POINTERS
    visual = of_scenes([scenes])
    assert visual.present.sum() == count
    assert sorted(visual.pointers[0].tolist()) == [-1] * (count - POINTERS) + list(range(POINTERS))


def test_a_picture_without_things_may_stand_before_one_with_some():
    empty, full = Scene(()), tiny.scene(1)
    features = torch.randn(len(full.things), 6)
    visual = of_scenes([[empty, full]], [[torch.zeros(0), features]])
    assert torch.equal(visual.content[0], features)
    assert visual.pictures[0].tolist() == [1] * len(full.things)
