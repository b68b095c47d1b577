"""Targets, batches and training runs: what is learned is the truth, in an order that a resumed run repeats."""

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.detector import train_closer
from sightline.tools.mllm.detector.closer import CloserConfig, CloserLook
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.feed import batch_of, chosen, training_batch
from sightline.tools.mllm.detector.loss import losses
from sightline.tools.mllm.detector.model import DetectorNet
from sightline.tools.mllm.detector.shards import Examples, render_examples
from sightline.tools.mllm.detector.targets import example, flipped, heat_map
from sightline.tools.mllm.detector.train import Plan, begun, main, steps
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.training.run import Schedule

SMALL = Recipe(width=96, height=64)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def examples():
    return [example(sample(3, k, SMALL)) for k in range(4)]


class Few(list):
    """A handful of examples in the place of a folder of shards."""


def test_a_twice_mirrored_example_is_the_example(examples):
    for one in examples:
        again = flipped(flipped(one))
        assert np.array_equal(again.pixels, one.pixels)
        for name in ("boxes", "centers", "ground", "depth"):
            assert getattr(again, name) == pytest.approx(getattr(one, name), abs=1e-4)


def test_a_mirrored_example_says_where_the_mirrored_things_are(examples):
    one, other = examples[0], flipped(examples[0])
    for (u, v), (mirrored_u, mirrored_v) in zip(one.centers[: one.count], other.centers[: one.count], strict=True):
        assert (mirrored_u, mirrored_v) == pytest.approx((96 - u, v), abs=1e-3)
    for x1, _, x2, _ in other.boxes[: one.count]:
        assert x1 < x2
    assert other.ground[: one.count, 0] == pytest.approx(-one.ground[: one.count, 0])


def test_the_heat_map_tops_out_at_each_centre(examples):
    for one in examples:
        heat = heat_map(one)
        assert heat.shape == (16, 24)
        cells = {(int(v / 4), int(u / 4)) for u, v in one.centers[: one.count]}
        assert {(int(r), int(c)) for r, c in np.argwhere(heat == 1)} == cells


def test_places_are_told_relative_to_the_camera():
    scene = sample(3, 1, SMALL)
    one = example(scene)
    for a in range(one.count):
        for b in scene.relations["left"][a]:
            assert one.ground[b, 0] < one.ground[a, 0]
        for b in scene.relations["behind"][a]:
            assert one.ground[b, 1] > one.ground[a, 1]


@given(st.integers(0, 99), st.integers(2, 30), st.integers(1, 8))
def test_every_example_comes_once_before_any_comes_again(seed, count, size):
    seen = [n for step in range(count) for n in chosen(seed, step, size, count)]
    for epoch in range(size):
        assert sorted(seen[epoch * count : (epoch + 1) * count]) == list(range(count))


def test_a_batch_depends_on_seed_and_step_alone(examples):
    few = Few(examples)
    a, b, c = (training_batch(few, 1, step, 2) for step in (5, 5, 6))
    assert torch.equal(a.pictures, b.pictures)
    assert torch.equal(a.centers, b.centers)
    assert not torch.equal(a.pictures, c.pictures)


def test_loss_falls_when_the_same_pictures_are_learned(examples):
    torch.manual_seed(0)
    net, batch = DetectorNet(), batch_of(examples)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3)
    totals = []
    for step in range(12):
        lost = losses(net, batch, torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        lost.total.backward()
        optimiser.step()
        totals.append(float(lost.total.detach()))
    assert totals[-1] < 0.6 * totals[0]
    assert set(lost.parts) == {"heat", "shape", "size", "color", "material", "box", "shift", "ground", "depth"}


def test_a_picture_without_things_can_be_learned_from(examples):
    empty = example(sample(0, 0, Recipe(width=96, height=64, rules=SMALL.rules.__class__(fewest=0, most=0))))
    assert empty.count == 0
    lost = losses(DetectorNet(), batch_of([empty, empty]), torch.Generator().manual_seed(0))
    assert np.isfinite(float(lost.total.detach()))


def test_a_part_of_a_batch_holds_its_pictures_with_their_things(examples):
    batch = batch_of(examples)
    first, last = batch.part(slice(0, 1)), batch.part(slice(1, 4))
    assert len(first.pictures) == 1
    assert len(last.pictures) == 3
    assert torch.equal(torch.cat([first.boxes, last.boxes]), batch.boxes)
    assert torch.equal(torch.cat([first.owner, last.owner + 1]), batch.owner)


def advance(run, examples, count):
    for step in islice(steps(run, [examples], 2), count):
        run.advance(step.loss, shape=step.shape)


def test_a_resumed_run_is_the_uninterrupted_run(examples, tmp_path):
    few, schedule, plan = Few(examples), Schedule(seed=7, steps=4), Plan(batch=2)
    whole = begun(schedule, tmp_path / "whole", plan)
    advance(whole, few, 4)
    first = begun(schedule, tmp_path / "cut", plan)
    advance(first, few, 2)
    first.save()
    second = begun(schedule, tmp_path / "cut", plan)
    second.begin(resume=True)
    advance(second, few, 2)
    assert second.step == 4
    for name, value in whole.mean.state_dict().items():
        assert torch.equal(value, second.mean.state_dict()[name]), name


def test_a_run_is_not_resumed_under_another_seed(examples, tmp_path):
    begun(Schedule(seed=1, steps=1), tmp_path, Plan(batch=2)).save()
    with pytest.raises(BadRequest, match="'seed': 1"):
        begun(Schedule(seed=2, steps=1), tmp_path, Plan(batch=2)).begin(resume=True)


@pytest.mark.parametrize("plan", [{}, {"minutes": 1, "steps": 1}, {"minutes": -1}, {"steps": 0}])
def test_schedules_that_make_no_sense_are_refused(plan):
    with pytest.raises(BadRequest):
        Schedule(seed=0, **plan)


def test_a_batch_of_one_picture_is_refused():
    with pytest.raises(BadRequest):
        Plan(batch=1)


def test_the_second_look_resumes_where_it_was(examples, tmp_path):
    few, schedule = Few(examples), Schedule(seed=7, steps=4)

    def look(run, count):
        for step in islice(train_closer.steps(run, [few], 2), count):
            run.advance(step.loss, shape=step.shape)

    whole = train_closer.begun(schedule, tmp_path / "whole", batch=2)
    look(whole, 4)
    first = train_closer.begun(schedule, tmp_path / "cut", batch=2)
    look(first, 2)
    first.save()
    second = train_closer.begun(schedule, tmp_path / "cut", batch=2)
    second.begin(resume=True)
    look(second, 2)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, second.net.state_dict()[name]), name


def test_a_second_look_may_begin_with_an_earlier_one_of_its_shape(tmp_path):
    torch.manual_seed(2)
    before = CloserLook()
    Detector(DetectorNet(), before).save(tmp_path / "before.safetensors", {})
    Detector(DetectorNet()).save(tmp_path / "without.safetensors", {})
    schedule = Schedule(seed=7, steps=1)
    run = train_closer.begun(schedule, tmp_path / "run", batch=2, begin=tmp_path / "before.safetensors")
    kept = Detector.load(tmp_path / "before.safetensors").closer.state_dict()
    assert all(torch.equal(kept[name], value) for name, value in run.net.state_dict().items() if name in kept)
    with pytest.raises(BadRequest, match="no second look of this shape"):
        train_closer.begun(schedule, tmp_path / "other", batch=2, begin=tmp_path / "without.safetensors")


def test_batches_of_a_second_look_come_from_folders_in_turn_and_in_any_size(examples, tmp_path):
    larger = Few([example(sample(3, k, Recipe(width=144, height=96))) for k in range(4)])
    run = train_closer.begun(Schedule(seed=7, steps=2), tmp_path, batch=2)
    taken = list(islice(train_closer.steps(run, [Few(examples), larger], 2), 2))
    sizes = [step.loss.keywords["batch"].pictures.shape[3] for step in taken]
    assert sizes == [96, 144]
    assert all(torch.isfinite(step.loss(run.net)) for step in taken)


def test_the_same_thing_in_a_picture_of_another_size_gives_the_same_crop_to_a_second_look(examples):
    """What is learned from pictures of one size serves those of others."""
    seen = []
    for k in (1, 2):
        batch = batch_of([replace(examples[0], pixels=examples[0].pixels.repeat(k, 0).repeat(k, 1))])
        batch = replace(batch, centers=batch.centers * k, boxes=batch.boxes * k)
        net = CloserLook(CloserConfig(width=96))
        net.register_forward_pre_hook(lambda _, given: seen.append(given))
        train_closer.loss_of(net, batch, None)
    (small, place), (large, other) = seen
    assert torch.allclose(place, other, atol=1e-5)
    assert (small - large).abs().mean() < 0.03


def test_rendering_into_shards_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("sightline.tools.mllm.detector.shards._PER_SHARD", 2)
    recipe = Recipe(width=64, height=48)
    render_examples(tmp_path / "cut", 5, 4, recipe, told=lambda count: False)
    assert len(Examples(tmp_path / "cut")) == 2
    render_examples(tmp_path / "cut", 5, 4, recipe)
    render_examples(tmp_path / "whole", 5, 4, recipe)
    cut, whole = Examples(tmp_path / "cut"), Examples(tmp_path / "whole")
    assert len(cut) == len(whole) == 4
    for k in range(4):
        assert np.array_equal(cut[k].pixels, whole[k].pixels)
        assert np.array_equal(cut[k].boxes, whole[k].boxes)
    with pytest.raises(BadRequest, match="another seed"):
        render_examples(tmp_path / "cut", 6, 4, recipe)
    with pytest.raises(BadRequest, match="no rendered examples"):
        Examples(tmp_path)


@pytest.mark.slow
def test_the_training_command_leaves_weights_figures_and_a_curve(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sightline.tools.mllm.detector.shards._PER_SHARD", 4)
    out = tmp_path / "run"
    command = ["--steps", "3", "--images", "4", "--held-out", "2", "--batch", "2", "--seed", "3", "--out", str(out)]
    assert main(command) == 0
    curve = json.loads((out / "curve.json").read_text())
    assert curve[-1]["step"] == 3
    assert 0 <= curve[-1]["held_out"]["all_four"] <= 1
    assert json.loads((out / "figures.json").read_text())["steps"] == 3
    assert json.loads((out / "losses.json").read_text())[-1]["step"] == 3
    assert (out / "detector.safetensors").stat().st_size < 12e6
    assert main(command) == 2
    assert "--resume" in capsys.readouterr().err
