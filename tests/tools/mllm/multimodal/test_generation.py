"""Speaking: cached is uncached, batched is single, streamed is whole, and chances are those of being taught."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.multimodal import generation
from sightline.tools.mllm.multimodal.generation import generate, spoken_tokens
from sightline.tools.mllm.multimodal.text import Text
from sightline.tools.mllm.multimodal.visual import of_scenes
from sightline.tools.mllm.multimodal.writing import lines

from . import tiny

MOST = 9


def asked(lengths, seed=0):
    """Prompts of such lengths, each about a scene of its own."""
    generator = torch.Generator().manual_seed(seed)
    prompts = [torch.randint(Text.answer, tiny.text().size, (n,), generator=generator).tolist() for n in lengths]
    return [tiny.scene(seed + k) for k in range(len(lengths))], prompts


def uncached(net, scene, prompt):
    """Greedy speech that reads everything again for each word."""
    said = []
    for _ in range(MOST):
        row = lines([([*prompt, *said, Text.end], len(prompt) + len(said))])
        visual = of_scenes([[scene]])
        with torch.inference_mode():
            seen = net.seen(visual)
            things = net.pointing.things(seen, visual)
            x = torch.cat([seen, net.spelled(row.tokens[:, :-1], things)], 1)
            from sightline.tools.mllm.multimodal.decoder import visible

            positions = torch.cat([torch.zeros(1, seen.shape[1]).long(), torch.arange(1, row.tokens.shape[1])[None]], 1)
            hidden = net.decoder(x, positions, visible(visual.present, row.present[:, :-1]))
            said.append(int(net.logits(hidden[:, -1:], things).argmax()))
        if said[-1] == Text.end:
            break
    return said


LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None)
@given(LENGTHS, st.integers(0, 99))
def test_cached_and_batched_speech_is_that_of_reading_everything_again(lengths, seed):
    net = tiny.model(seed % 3)
    scenes, prompts = asked(lengths, seed)
    together = generate(net, of_scenes([[one] for one in scenes]), prompts, most=MOST)
    for said, scene, prompt in zip(together, scenes, prompts, strict=True):
        assert said.tokens == uncached(net, scene, prompt)
        (alone,) = generate(net, of_scenes([[scene]]), [prompt], most=MOST)
        assert alone.tokens == said.tokens
        assert alone.log_chances == pytest.approx(said.log_chances, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(LENGTHS, st.integers(0, 99))
def test_chances_are_those_of_the_same_words_when_they_are_given(lengths, seed):
    net = tiny.model(seed % 3)
    scenes, prompts = asked(lengths, seed)
    visual = of_scenes([[one] for one in scenes])
    said = generate(net, visual, prompts, most=MOST)
    rows = [([*prompt, *one.tokens], len(prompt)) for prompt, one in zip(prompts, said, strict=True)]
    with torch.inference_mode():
        given_ = net(visual, lines(rows))
    assert given_.chances.tolist() == pytest.approx([sum(one.log_chances) for one in said], abs=1e-3)
    assert given_.right.all()


@given(LENGTHS, st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_streamed_words_are_the_words(lengths, seed):
    net = tiny.model(seed % 3)
    scenes, prompts = asked(lengths, seed)
    visual = of_scenes([[one] for one in scenes])
    heard: list[list[int]] = [[] for _ in prompts]
    told: list[list[int]] = [[] for _ in prompts]
    for row, token, _ in spoken_tokens(net, visual, prompts, most=MOST):
        heard[row].append(token)
    whole = generate(net, visual, prompts, most=MOST, tell=lambda row, token, chance: told[row].append(token))
    assert heard == told == [one.tokens for one in whole]


def test_what_ends_leaves_the_batch_and_the_others_speak_on():
    net = tiny.model(1)
    scenes, prompts = asked([3, 8, 5, 12], 4)
    visual = of_scenes([[one] for one in scenes])
    whole = generate(net, visual, prompts, most=MOST)
    plain = next(token for one in whole for token in one.tokens if token >= Text.first_place)  # no word that points
    with torch.no_grad():  # make what is said there the end of every text that says it
        net.decoder.words.weight[Text.end] = net.decoder.words.weight[plain] * 1.001
    cut = generate(net, visual, prompts, most=MOST)
    for scene, prompt, said in zip(scenes, prompts, cut, strict=True):
        (alone,) = generate(net, of_scenes([[scene]]), [prompt], most=MOST)
        assert alone.tokens == said.tokens
        assert alone.finished == said.finished
        assert said.tokens.index(Text.end) == len(said.tokens) - 1 if said.finished else Text.end not in said.tokens
    assert any(one.finished for one in cut)


def test_drawn_words_follow_the_generator():
    net = tiny.model()
    scenes, prompts = asked([4, 6])
    visual = of_scenes([[one] for one in scenes])
    a, b, c = (
        generate(net, visual, prompts, most=MOST, temperature=1.0, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    assert [one.tokens for one in a] == [one.tokens for one in b]
    assert [one.tokens for one in a] != [one.tokens for one in c]


def test_what_is_cut_off_has_no_chance():
    scenes, prompts = asked([4])
    (said,) = generate(tiny.model(), of_scenes([[scenes[0]]]), prompts, most=1)
    assert said.finished == (said.tokens == [Text.end])
    assert said.chance == 0 or said.finished


@pytest.mark.parametrize("length", [0, 320])
def test_prompts_that_do_not_fit_are_refused(length):
    with pytest.raises(BadRequest, match="tokens"):
        generate(tiny.model(), of_scenes([[tiny.scene(0)]]), [[5] * length])


def test_nothing_asked_is_nothing_said():
    assert generate(tiny.model(), of_scenes([]), []) == []


@settings(max_examples=8, deadline=None)
@given(LENGTHS, st.integers(0, 99))
def test_the_quick_way_on_a_processor_says_what_the_plain_way_says(lengths, seed):
    net = tiny.model(seed % 3)
    scenes, prompts = asked(lengths, seed)
    visual = of_scenes([[one] for one in scenes])
    quick = generate(net, visual, prompts, most=MOST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "_Quick", generation._Plain)
        plain = generate(net, visual, prompts, most=MOST)
    for one, other in zip(quick, plain, strict=True):
        assert one.tokens == other.tokens
        assert one.log_chances == pytest.approx(other.log_chances, abs=1e-4)
