"""The causal language model: text sees what stands before it, pictures see each other, nobody sees what is absent."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.multimodal.config import DecoderConfig
from sightline.tools.mllm.multimodal.decoder import Cache, CausalLm, visible

CONFIG = DecoderConfig(words=50, width=24, layers=3, heads=2, hidden=32, context=40)
CLOSE = {"atol": 1e-5, "rtol": 1e-4}
SHAPES = st.tuples(st.integers(0, 4), st.integers(1, 7), st.integers(0, 99))  # prefix, text, seed


def decoder(seed=0):
    torch.manual_seed(seed)
    net = CausalLm(CONFIG)
    for parameter in net.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


def inputs(before, after, seed, batch=2):
    """Embeddings, positions, and which places are there."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(batch, before + after, CONFIG.width, generator=generator)
    positions = torch.cat([torch.zeros(before), torch.arange(1, after + 1)]).long().expand(batch, -1)
    prefix = torch.rand(batch, before, generator=generator) < 0.7
    return x, positions, prefix, torch.ones(batch, after, dtype=torch.bool)


def run(net, x, positions, prefix, text, cache=None):
    with torch.inference_mode():
        return net(x, positions, visible(prefix, text), cache)


@given(st.lists(st.booleans(), max_size=5), st.lists(st.booleans(), max_size=5))
def test_a_place_sees_the_prefix_and_what_stands_before_it(prefix, text):
    seen = visible(torch.tensor([prefix], dtype=torch.bool), torch.tensor([text], dtype=torch.bool))[0]
    there = prefix + text
    for a in range(len(there)):
        for b in range(len(there)):
            reachable = b <= a or (a < len(prefix) and b < len(prefix))
            assert bool(seen[a, b]) == ((there[b] and reachable) or a == b)


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.data())
def test_what_comes_later_changes_nothing_before(shape, data):
    net, (x, *rest) = decoder(shape[2] % 3), inputs(*shape)
    before = shape[0]
    place = data.draw(st.integers(before, x.shape[1] - 1))
    other = x.clone()
    other[:, place] += 1
    one, two = run(net, x, *rest), run(net, other, *rest)
    assert torch.allclose(one[:, :place], two[:, :place], **CLOSE)
    assert not torch.allclose(one[:, place:], two[:, place:], atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_what_is_absent_changes_nothing(shape):
    net, (x, positions, prefix, text) = decoder(shape[2] % 3), inputs(*shape)
    there = torch.cat([prefix, text], 1)
    other = torch.where(there[..., None], x, torch.full_like(x, 3.0))
    one, two = run(net, x, positions, prefix, text), run(net, other, positions, prefix, text)
    assert torch.allclose(one[there], two[there], **CLOSE)


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.randoms())
def test_the_order_of_the_prefix_does_not_matter(shape, random):
    net, (x, positions, prefix, text) = decoder(shape[2] % 3), inputs(*shape)
    before = shape[0]
    order = list(range(before))
    random.shuffle(order)
    shuffled = torch.cat([x[:, :before][:, order], x[:, before:]], 1)
    one = run(net, x, positions, prefix, text)
    two = run(net, shuffled, positions, prefix[:, order], text)
    assert torch.allclose(one[:, before:], two[:, before:], **CLOSE)
    assert torch.allclose(one[:, :before][:, order], two[:, :before], **CLOSE)


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.integers(0, 20))
def test_only_how_far_words_stand_apart_matters(shape, shift):
    net, (x, positions, prefix, text) = decoder(shape[2] % 3), inputs(0, *shape[1:])
    one, two = run(net, x, positions, prefix, text), run(net, x, positions + shift, prefix, text)
    assert torch.allclose(one, two, **CLOSE)


def test_the_order_of_words_matters():
    net, (x, positions, prefix, text) = decoder(), inputs(0, 5, 1)
    order = [1, 0, 2, 3, 4]
    one, two = run(net, x, positions, prefix, text), run(net, x[:, order], positions, prefix, text)
    assert not torch.allclose(one[:, -1], two[:, -1], atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.data())
def test_reading_in_two_parts_is_reading_at_once(shape, data):
    net, (x, positions, prefix, text) = decoder(shape[2] % 3), inputs(*shape)
    before, length = shape[0], x.shape[1]
    cut = data.draw(st.integers(before, length))
    mask = visible(prefix, text)
    cache = Cache.empty(CONFIG, len(x), length, x)
    with torch.inference_mode():
        whole = net(x, positions, mask)
        parts = [net(x[:, :cut], positions[:, :cut], mask[:, :cut, :cut], cache)] if cut else []
        for place in range(cut, length):
            one = slice(place, place + 1)
            parts.append(net(x[:, one], positions[:, one], mask[:, one], cache))
    assert cache.filled == length
    assert torch.allclose(torch.cat(parts, 1), whole, **CLOSE)


def test_a_cache_goes_on_with_some_rows():
    net, (x, positions, prefix, text) = decoder(), inputs(2, 4, 5, batch=3)
    mask, last, kept = visible(prefix, text), slice(5, 6), torch.tensor([2, 0])
    cache = Cache.empty(CONFIG, 3, 6, x)
    with torch.inference_mode():
        net(x[:, :5], positions[:, :5], mask[:, :5, :5], cache)
        cache.keep(kept)
        said = net(x[kept, last], positions[kept, last], mask[kept, last], cache)
    assert cache.present.shape == (2, 6)
    assert torch.allclose(said[:, 0], run(net, x, positions, prefix, text)[kept, 5], **CLOSE)


def test_words_are_scored_by_their_embeddings():
    net = decoder()
    hidden = torch.randn(2, 3, CONFIG.width)
    with torch.inference_mode():
        scores = net.logits(hidden)
        assert scores.shape == (2, 3, CONFIG.words)
        net.words.weight[7] *= 2
        assert torch.allclose(net.logits(hidden)[..., 7], 2 * scores[..., 7], atol=1e-4)


def test_before_it_learns_a_layer_passes_on_what_it_reads():
    torch.manual_seed(0)
    net, (x, positions, prefix, text) = CausalLm(CONFIG), inputs(2, 3, 0)
    with torch.inference_mode():
        assert torch.allclose(run(net, x, positions, prefix, text), net.norm(x), **CLOSE)


@pytest.mark.parametrize(("width", "heads"), [(24, 5), (24, 8), (16, 0)])
def test_widths_that_do_not_divide_are_refused(width, heads):
    with pytest.raises(BadRequest, match="heads"):
        DecoderConfig(width=width, heads=heads)
