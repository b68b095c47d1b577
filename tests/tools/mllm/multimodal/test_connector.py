"""From visual tokens to embeddings: the same token gives the same embedding, whoever stands beside it."""

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.connector import Connector, projection
from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.text import POINTED, POINTERS, Text
from sightline.tools.mllm.multimodal.visual import Visual, of_scenes
from sightline.tools.mllm.multimodal.writing import lines

from . import tiny

WIDTH = tiny.SIZES["width"]
FEATURES = 6
OF_TOKENS = [one.name for one in fields(Visual) if one.name != "letters"]


def pictured(*seeds):
    """Features of things instead of their true attributes."""
    scenes = [tiny.scene(seed) for seed in seeds]
    generator = torch.Generator().manual_seed(sum(seeds))
    contents = [[torch.randn(len(scene.things), FEATURES, generator=generator)] for scene in scenes]
    return of_scenes([[scene] for scene in scenes], contents)


def padded(visual, more, seed):
    """The same with absent tokens behind, in which nonsense stands."""
    generator = torch.Generator().manual_seed(seed)
    batch = len(visual.present)

    def behind(name):
        one = getattr(visual, name)
        shape = (batch, more, *one.shape[2:])
        if name in ("present", "pointers"):
            return torch.full(shape, {"present": False, "pointers": -1}[name], dtype=one.dtype)
        if one.is_floating_point():
            return torch.randn(shape, generator=generator)
        return torch.randint(0, 2, shape, generator=generator, dtype=one.dtype)

    return replace(visual, **{name: torch.cat([getattr(visual, name), behind(name)], 1) for name in OF_TOKENS})


@pytest.mark.parametrize("kind", ["linear", "mlp"])
@pytest.mark.parametrize("level", [True, False])
def test_a_projection_gives_the_width_asked_for(kind, level):
    torch.manual_seed(0)
    project = projection(kind, FEATURES, 8, WIDTH, level=level)
    x = torch.randn(3, 5, FEATURES)
    assert project(x).shape == (3, 5, WIDTH)
    assert torch.allclose(project(x)[1, 2], project(x[1, 2]), atol=1e-6)
    assert torch.allclose(project(7 * x + 3), project(x), atol=1e-3) == level  # scale and offset are normed away
    linear = project[-1](torch.zeros(1, project[-1].in_features))
    assert torch.allclose(linear[0], project[-1].bias)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
@pytest.mark.parametrize("seen", [lambda: of_scenes([[tiny.scene(1)], [tiny.scene(2)]]), lambda: pictured(1, 2)])
def test_every_token_becomes_an_embedding(kind, seen):
    net, visual = tiny.model(connector=kind), seen()
    with torch.inference_mode():
        embedded = net.seen(visual)
        assert embedded.shape == (*visual.present.shape, WIDTH)
        assert torch.allclose(net.seen(visual.rows(slice(1, 2))), embedded[1:], atol=1e-6)


@pytest.mark.parametrize("name", [name for name in OF_TOKENS if name != "present"])
def test_everything_that_is_told_of_a_token_matters_to_it_alone(name):
    net, visual = tiny.model(), pictured(3)
    changed = getattr(visual, name).clone()
    changed[0, 1] = changed[0, 1] + 1 if name != "content" else torch.arange(FEATURES)
    with torch.inference_mode():
        before, after = net.seen(visual), net.seen(replace(visual, **{name: changed}))
    moved = (before - after).abs().amax(-1)[0] > 1e-5
    assert moved.tolist() == [k == 1 for k in range(visual.present.shape[1])]


def printed(*texts, features=False):
    """Things of one scene that carry these texts, as they are or as a reader saw them."""
    scene = tiny.scene(8)
    things = [replace(one, text=text) for one, text in zip(scene.things, texts, strict=False)]
    scene = Scene((*things, *scene.things[len(things) :]))
    if not features:
        return of_scenes([[scene]])
    generator = torch.Generator().manual_seed(1)
    letters = [torch.randn(len(one.text), tiny.config().letters, generator=generator) for one in scene.things]
    return of_scenes([[scene]], [[torch.zeros(len(scene.things), FEATURES)]], [[letters]])


@pytest.mark.parametrize("features", [False, True])
def test_each_letter_is_a_token_after_the_things_that_knows_its_place_and_its_carrier(features):
    net, visual = tiny.model(), printed("cat", "", "7a", features=features)
    things = visual.present.shape[1]
    letters = visual.letters
    assert letters.owners[0].tolist() == [0, 0, 0, 2, 2]
    assert letters.spots[0].tolist() == [0, 1, 2, 0, 1]
    assert visual.there.all()
    with torch.inference_mode():
        seen = net.seen(visual)
        assert seen.shape[1] == things + 5
        for name, value in (("owners", 1), ("spots", 3)):
            changed = getattr(letters, name).clone()
            changed[0, 4] = value
            other = net.seen(replace(visual, letters=replace(letters, **{name: changed})))
            assert (seen - other).abs().amax(-1)[0].gt(1e-5).nonzero()[:, 0].tolist() == [things + 4]


def test_the_same_letter_elsewhere_is_another_token_and_each_can_be_pointed_at():
    net, visual = tiny.model(), printed("aa", "a")
    with torch.inference_mode():
        seen = net.seen(visual)
        letters = seen[0, visual.present.shape[1] :]
        assert all((letters[a] - letters[b]).abs().max() > 1e-4 for a, b in ((0, 1), (0, 2), (1, 2)))
        there = net.pointing.things(seen, visual).there
    assert there[0, POINTERS:].nonzero().flatten().tolist() == [0, 1, 2]
    assert int(there[0, :POINTERS].sum()) == int(visual.present.sum())


def test_pointers_are_marked_by_the_embeddings_of_their_words():
    torch.manual_seed(0)
    connector = Connector(tiny.config())
    visual, words = pictured(4), torch.randn(POINTED, WIDTH)
    unmarked = replace(visual, pointers=torch.full_like(visual.pointers, -1))
    with torch.inference_mode():
        marks = connector(visual, words) - connector(unmarked, words)
        assert torch.allclose(marks[0], words[: marks.shape[1]], atol=1e-5)  # as it begins, before it learns
        assert torch.equal(connector(unmarked, words), connector(unmarked, torch.randn_like(words)))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(0, 99), st.booleans())
def test_absent_tokens_change_nothing(more, seed, attributes):
    net = tiny.model(seed % 3)
    visual = of_scenes([[tiny.scene(seed)], [tiny.scene(seed + 1)]]) if attributes else pictured(seed, seed + 1)
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randint(Text.first_pointer, tiny.text().size, (n,), generator=generator).tolist() for n in (9, 6)]
    text = lines([(row, 2) for row in rows])
    with torch.inference_mode():
        bare, more_ = net(visual, text), net(padded(visual, more, seed), text)
    assert torch.allclose(bare.chances, more_.chances, atol=1e-3)
    assert torch.allclose(bare.loss, more_.loss, atol=1e-4)
    assert torch.equal(bare.right, more_.right)
