"""Sights: what the encoder saw is kept beside the truth, once, and only where the two agree."""

import json

import numpy as np
import pytest
import torch

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.detector.config import NetConfig
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.model import DetectorNet
from sightline.tools.mllm.detector.targets import example
from sightline.tools.mllm.multimodal import sights
from sightline.tools.mllm.multimodal.renders import filmed, printed, truth_of
from sightline.tools.mllm.multimodal.scene import of_sample
from sightline.tools.mllm.multimodal.sights import Sights, look_at_clips, look_at_examples, look_at_prints
from sightline.tools.mllm.multimodal.vision import Grid, Objects
from sightline.tools.mllm.scenes.stream import Recipe, sample

SMALL = NetConfig(
    stem=4, fine=4, middle=8, coarse=6, fine_blocks=0, middle_blocks=0, coarse_blocks=0, joined=4, hidden=5
)


def grid(seed=0):
    torch.manual_seed(seed)
    return Grid(Detector(DetectorNet(SMALL)), 2, 3)


class Counting(Grid):
    """Counts what it looks at."""

    looked = 0

    def look(self, pictures):
        type(self).looked += len(pictures)
        return super().look(pictures)


@pytest.fixture(scope="module")
def examples():
    return [example(sample(3, k, Recipe(width=96, height=64))) for k in range(7)]


@pytest.fixture(autouse=True)
def three_to_a_shard(monkeypatch):
    monkeypatch.setattr(sights, "_PER_SHARD", 3)


@pytest.mark.parametrize("number", range(6))
def test_the_truth_of_an_example_is_that_of_its_sample(number):
    one = sample(4, number, Recipe(width=96, height=64))
    told, true = truth_of(example(one)), of_sample(one)
    assert len(told.things) == len(true.things)
    for a, b in zip(told.things, true.things, strict=True):
        assert a.attributes == b.attributes
        for name in ("box", "ground", "depth"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), abs=1e-4)


def test_what_was_seen_comes_back_with_the_truth(examples, tmp_path):
    encoder = grid()
    look_at_examples(encoder, examples, tmp_path, len(examples))
    kept = Sights.load(tmp_path)
    assert len(kept) == len(examples)
    looked = encoder.look([one.pixels for one in examples])
    for number, (one, seen) in enumerate(zip(examples, looked, strict=True)):
        assert kept[number][0].truth == truth_of(one)
        assert torch.allclose(kept[number][0].features, seen.features, atol=1e-3, rtol=1e-3)  # half precision
        assert kept[number][0].features.dtype == torch.float32


def test_several_processes_see_what_one_sees(examples, tmp_path):
    for workers in (0, 2):
        look_at_examples(grid(), examples, tmp_path / str(workers), len(examples), workers=workers)
    alone, shared = (Sights.load(tmp_path / str(workers)) for workers in (0, 2))
    assert len(alone) == len(shared) == len(examples)
    for number in range(len(examples)):
        assert alone[number][0].truth == shared[number][0].truth
        assert torch.allclose(alone[number][0].features, shared[number][0].features, atol=1e-3)


def test_a_killed_look_goes_on_where_it_stopped(examples, tmp_path):
    torch.manual_seed(0)
    encoder = Counting(Detector(DetectorNet(SMALL)), 2, 3)
    told = []

    def killed(count):
        told.append(count)
        if count == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_at_examples(encoder, examples, tmp_path / "cut", 7, told=killed)
    assert len(Sights.load(tmp_path / "cut")) == 6
    Counting.looked = 0
    look_at_examples(encoder, examples, tmp_path / "cut", 7, told=told.append)
    assert Counting.looked == 1
    assert told == [3, 6, 7]
    look_at_examples(encoder, examples, tmp_path / "whole", 7)
    cut, whole = Sights.load(tmp_path / "cut"), Sights.load(tmp_path / "whole")
    assert len(cut) == len(whole) == 7
    for k in range(7):
        assert torch.equal(cut[k][0].features, whole[k][0].features)
        assert cut[k][0].truth == whole[k][0].truth


def test_a_folder_of_another_encoder_is_refused(examples, tmp_path):
    look_at_examples(grid(0), examples, tmp_path, 3)
    look_at_examples(grid(0), examples, tmp_path, 3)
    for other in (grid(1), Objects(grid(0).detector)):
        with pytest.raises(BadRequest, match="another encoder"):
            look_at_examples(other, examples, tmp_path, 3)
    assert json.loads((tmp_path / "encoder.json").read_text())["encoder"] == "Grid"


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(BadRequest, match="Nothing was looked at"):
        Sights.load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95, 1.0])
def test_the_parts_of_a_split_are_the_whole(share, examples, tmp_path):
    look_at_examples(grid(), examples, tmp_path, 7)
    kept = Sights.load(tmp_path)
    first, last = kept.split(share)
    assert len(first) == min(round(7 * share), 6)  # one is left to judge on
    parts = [*(first[k] for k in range(len(first))), *(last[k] for k in range(len(last)))]
    assert [one.truth for (one,) in parts] == [kept[k][0].truth for k in range(7)]


def test_things_that_were_found_stand_in_the_order_of_the_truth(tmp_path):
    rendered = [example(sample(6, k, Recipe(plain_share=1.0))) for k in range(4)]
    encoder = Objects(Detector.load())
    look_at_examples(encoder, rendered, tmp_path, 4)
    kept = Sights.load(tmp_path)
    assert len(kept) > 0
    for number in range(len(kept)):
        (one,) = kept[number]
        assert len(one.seen.things) == len(one.truth.things) == len(one.features)
        for seen, true in zip(one.seen.things, one.truth.things, strict=True):
            middles = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (seen.box, true.box)]
            assert middles[0] == pytest.approx(middles[1], abs=0.05)


def test_a_picture_in_which_other_things_were_found_is_left_out(tmp_path):
    rendered = [example(sample(6, k, Recipe(plain_share=1.0))) for k in range(3)]
    blank = [example(sample(6, 3, Recipe(plain_share=1.0)))]
    object.__setattr__(blank[0], "pixels", np.zeros_like(blank[0].pixels))
    encoder = Objects(Detector.load())
    look_at_examples(encoder, rendered, tmp_path / "seen", 3)
    look_at_examples(encoder, rendered[:2] + blank + rendered[2:], tmp_path / "blank", 4)
    seen, other = Sights.load(tmp_path / "seen"), Sights.load(tmp_path / "blank")
    assert [other[k][0].truth for k in range(len(other))] == [seen[k][0].truth for k in range(len(seen))]


def test_another_grid_is_another_encoder(examples, tmp_path):
    detector = grid().detector
    look_at_examples(Grid(detector, 2, 3), examples, tmp_path, 3)
    look_at_examples(Grid(detector, 2, 3), examples, tmp_path, 3)
    with pytest.raises(BadRequest, match="another encoder"):
        look_at_examples(Grid(detector, 4, 5), examples, tmp_path, 3)


class Blind(Grid):
    """Sees a cell of nothing everywhere, quickly; what was shown is counted."""

    def __init__(self):
        super().__init__(grid().detector, 1, 1)
        self.shown = []

    def look(self, pictures):
        self.shown += [one.shape for one in pictures]
        return super().look([one[:16, :16] for one in pictures])


def test_prints_are_rendered_with_what_can_be_read_on_which_thing(tmp_path):
    encoder = Blind()
    look_at_prints(encoder, tmp_path, 7, 6)
    kept = Sights.load(tmp_path)
    legible = [made for number in range(6) if (made := printed(7, number))]
    assert len(kept) == len(encoder.shown) == len(legible) > 0
    for number, [(one, texts)] in enumerate(legible):
        (sight,) = kept[number]
        assert sorted(one.text for one in sight.truth.things if one.text) == sorted(t.lower() for t in texts.values())
        assert sight.truth == truth_of(one, texts)
        for k, text in texts.items():
            (carrier,) = [thing for thing in sight.truth.things if thing.ground == pytest.approx(one.ground[k])]
            assert carrier.text == text.lower()


def test_clips_are_kept_whole_with_only_what_is_to_be_seen_in_each_frame(tmp_path):
    encoder = Blind()
    look_at_clips(encoder, tmp_path, 5, 4)
    kept = Sights.load(tmp_path)
    made = [frames for number in range(4) if (frames := filmed(5, number))]
    assert [len(kept[k]) for k in range(len(kept))] == [3] * len(made)
    for number, frames in enumerate(made):
        assert [sight.truth for sight in kept[number]] == [truth_of(one) for one, _ in frames]
    with pytest.raises(BadRequest, match="another encoder"):
        look_at_clips(encoder, tmp_path, 6, 4)
