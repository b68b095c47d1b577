"""Pointer words stand for things: they are said only of what is there, and mean the thing, not its number."""

from dataclasses import fields, replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.text import POINTED, POINTERS, Text
from sightline.tools.mllm.multimodal.visual import of_scenes
from sightline.tools.mllm.multimodal.writing import lines

from . import tiny

FIRST = Text.first_pointer


def scored(net, visual, prompt):
    """Chances of each next word."""
    row = lines([(prompt, 1)] * len(visual.present))
    with torch.inference_mode():
        seen = net.seen(visual)
        things = net.pointing.things(seen, visual)
        embedded = net.spelled(row.tokens, things)
        return net.logits(embedded, things).softmax(-1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(0, 2))
def test_a_pointer_without_a_thing_is_never_said(number, seed):
    scene = tiny.scene(number)
    chances = scored(tiny.model(seed), of_scenes([[scene]]), [Text.user, Text.think])
    count = len(scene.things)
    assert (chances[0, :, FIRST : FIRST + count] > 0).all()
    assert (chances[0, :, FIRST + count : FIRST + POINTED] == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(0, 2), st.integers(1, 8))
def test_a_letter_is_pointed_at_only_where_it_is_printed(number, seed, length):
    things = tiny.scene(number).things
    scene = Scene((*things[:-1], replace(things[-1], text="forestry"[:length])))
    chances = scored(tiny.model(seed), of_scenes([[scene]]), [Text.user, Text.think])[0]
    letters = chances[:, FIRST + POINTERS : FIRST + POINTED]
    assert (letters[:, :length] > 0).all()
    assert (letters[:, length:] == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.randoms())
def test_the_order_of_visual_tokens_does_not_matter(number, random):
    net, visual = tiny.model(1), of_scenes([[tiny.scene(number)]])
    order = list(range(visual.present.shape[1]))
    random.shuffle(order)
    of_tokens = [one.name for one in fields(visual) if one.name != "letters"]
    shuffled = replace(visual, **{name: getattr(visual, name)[:, order] for name in of_tokens})
    prompt = [Text.user, FIRST, Text.think]
    assert torch.allclose(scored(net, visual, prompt), scored(net, shuffled, prompt), atol=1e-5)


def test_a_pointer_is_read_as_the_thing_it_names():
    net = tiny.model(2)
    visual = of_scenes([[tiny.scene(3)], [tiny.scene(4)]])
    tokens = torch.tensor([[FIRST, Text.think]] * 2)
    with torch.inference_mode():
        read = net.spelled(tokens, net.pointing.things(net.seen(visual), visual))
    assert not torch.allclose(read[0, 0], read[1, 0])  # the first thing of another scene is another thing
    assert torch.equal(read[0, 1], read[1, 1])  # other words mean the same everywhere


def test_cells_of_a_grid_cannot_be_pointed_at_but_pointers_can_be_said():
    net = tiny.model(0, vision="grid", grid=(2, 2))
    cells = of_scenes([[tiny.scene(3)]])
    cells = replace(cells, pointers=torch.full_like(cells.pointers, -1))
    assert (scored(net, cells, [Text.user, FIRST])[0] > 0).all()
