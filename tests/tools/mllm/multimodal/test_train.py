"""Training in stages: a killed stage is the uninterrupted one, and each begins where the one before ended."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.detector import shards
from sightline.tools.mllm.detector.shards import render_examples
from sightline.tools.mllm.multimodal import sights, train
from sightline.tools.mllm.multimodal.config import DecoderConfig
from sightline.tools.mllm.multimodal.lessons import Mixture
from sightline.tools.mllm.multimodal.train import STAGES, Course, begun, main
from sightline.tools.mllm.scenes.stream import Recipe
from sightline.tools.mllm.training import practice
from sightline.tools.mllm.training.run import Schedule

from . import tiny

STEPS = 6
SEED = 1  # with which pictures and layouts alternate before and after the third step
PICTURES = 12
DECODER = DecoderConfig(**tiny.SIZES)


class Killed(Exception):
    """In the place of a signal."""


@pytest.fixture(scope="module", autouse=True)
def quick():
    """One thread, few judgements, one small shard, no plots."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_JUDGING", 1)
        patch.setattr(sights, "_PER_SHARD", PICTURES)
        patch.setattr(shards, "_PER_SHARD", PICTURES)
        patch.setattr(practice, "plot_run", lambda folder: folder)
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def examples(tmp_path_factory, quick):
    folder = tmp_path_factory.mktemp("examples")
    render_examples(folder, 3, PICTURES, Recipe(width=64, height=48))
    return folder


def course(out, stage="language", **changes):
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "tokenizer.json").exists():
        tiny.text().save(out / "tokenizer.json")
    schedule = Schedule(seed=changes.pop("seed", SEED), steps=STEPS, warm_up=2, rate=3e-3)
    usual = {
        "decoder": DECODER,
        "batch": 4,
        "vision": "grid",
        "mixture": Mixture(per_scene=1),
        "pictures": PICTURES,
        "layouts": 0.5,
    }
    return Course(**{"stage": stage, "out": out, "schedule": schedule} | usual | changes)


def learn(one, **options):
    return train.train(one, tell=lambda progress: None, **options)


def killed_and_resumed(one, monkeypatch, at=4):
    """A stage killed before its checkpoint of step `at`, and gone on with."""
    every_step = practice.Rhythm(save_s=0.0)
    with monkeypatch.context() as patch:
        patch.setattr(practice, "Rhythm", lambda: every_step)

        def kill(progress):
            if progress.step == at:
                raise Killed

        with pytest.raises(Killed):
            train.train(one, tell=kill)
    assert begun(one, resume=True)[0].step == at - 1
    return learn(one, resume=True)


def agree(one, other):
    for state in ("net", "mean"):
        theirs = getattr(other, state).state_dict()
        for name, value in getattr(one, state).state_dict().items():
            assert torch.equal(value, theirs[name]), (state, name)


@pytest.fixture(scope="module")
def stages(examples, tmp_path_factory):
    """A run's folder in which every stage was learned, and the run of each."""
    out = tmp_path_factory.mktemp("run")
    return out, {stage: learn(course(out, stage, examples=examples)) for stage in STAGES}


def without(stage, out, copy):
    """A copy of a run's folder in which a stage is not begun yet."""
    shutil.copytree(out, copy)
    shutil.rmtree(copy / stage)
    return copy


def test_a_killed_stage_of_language_is_the_uninterrupted_one(tmp_path, monkeypatch):
    whole = learn(course(tmp_path / "whole"))
    cut = killed_and_resumed(course(tmp_path / "cut"), monkeypatch)
    agree(whole, cut)
    files = [torch.load(tmp_path / name / "language" / "model.pt") for name in ("whole", "cut")]
    assert all(torch.equal(files[0][name], files[1][name]) for name in files[0])
    assert [one["step"] for one in cut.curve] == [STEPS]
    assert cut.curve[0]["held_out_loss"] == whole.curve[0]["held_out_loss"]


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_killed_stage_with_pictures_is_the_uninterrupted_one(stage, stages, examples, tmp_path, monkeypatch):
    out, whole = stages
    again = course(without(stage, out, tmp_path / "cut"), stage, examples=examples)
    agree(whole[stage], killed_and_resumed(again, monkeypatch))


@pytest.mark.parametrize("before", range(len(STAGES) - 1))
def test_a_stage_begins_with_the_averaged_weights_of_the_one_before(before, stages, examples, tmp_path):
    out, runs = stages
    earlier, stage = STAGES[before : before + 2]
    left = torch.load(out / earlier / "model.pt")
    fresh, _, _ = begun(course(without(stage, out, tmp_path / "fresh"), stage, examples=examples))
    for name, value in fresh.net.state_dict().items():
        assert torch.equal(left[name], value), name
        assert torch.equal(left[name], runs[earlier].mean.state_dict()[name]), name


def test_alignment_learns_the_projection_alone(stages):
    out, runs = stages
    before = torch.load(out / "language" / "model.pt")
    moved = {name for name, value in runs["align"].net.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if name.startswith("connector.project")}
    instructed = runs["instruct"].net.state_dict()
    aligned = torch.load(out / "align" / "model.pt")
    moved = {name for name, value in instructed.items() if not torch.equal(value, aligned[name])}
    assert {name.split(".")[0] for name in moved} >= {"connector", "decoder", "pointing"}


def test_the_folder_of_a_stage_tells_what_happened(stages):
    out, _ = stages
    for stage in STAGES:
        facts = json.loads((out / stage / "config.json").read_text())["facts"]
        assert facts["stage"] == stage
        assert facts["seed"] == SEED
        assert facts["config"]["decoder"]["width"] == tiny.SIZES["width"]
        assert facts["config"]["decoder"]["words"] == tiny.text().size
        figures = json.loads((out / stage / "figures.json").read_text())
        assert figures["steps"] == STEPS
        assert 0 <= figures["last"]["replies_right"] <= 1
        assert figures["last"]["held_out_loss"] > 0
    assert (out / "sights-grid" / "stills" / "00000.pt").exists()


def test_the_loss_falls_while_language_is_learned(tmp_path):
    told = []
    schedule = Schedule(seed=1, steps=12, warm_up=2, rate=1e-2)
    train.train(replace(course(tmp_path, batch=8), schedule=schedule), tell=told.append)
    assert [one.step for one in told] == list(range(1, 13))
    assert told[-1].loss < 0.9 * told[0].loss  # a mean over the last steps


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_that_needs_the_one_before_says_so(stage, examples, tmp_path):
    with pytest.raises(BadRequest, match=r"run the stage before first"):
        begun(course(tmp_path, stage, examples=examples))


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_with_pictures_asks_for_them(stage, stages):
    out, _ = stages
    with pytest.raises(BadRequest, match="--examples"):
        begun(course(out, stage), resume=True)


def test_a_stage_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(BadRequest, match="language, align, instruct, prefer"):
        begun(course(tmp_path, "dream"))


def test_a_run_in_the_way_must_be_resumed_with_the_same_facts(tmp_path):
    learn(course(tmp_path))
    with pytest.raises(BadRequest, match="--resume"):
        begun(course(tmp_path))
    for changes in ({"seed": SEED + 1}, {"batch": 9}):
        with pytest.raises(BadRequest, match="begun with"):
            begun(course(tmp_path, **changes), resume=True)


def test_other_weights_can_be_begun_with(tmp_path):
    learn(course(tmp_path / "first"))
    weights = tmp_path / "first" / "language" / "model.pt"
    run, _, _ = begun(course(tmp_path / "second", begin=weights, seed=SEED + 1))
    for name, value in torch.load(weights).items():
        assert torch.equal(run.net.state_dict()[name], value), name


def test_foreign_weights_are_refused(tmp_path):
    torch.save({"layer.weight": torch.zeros(3)}, tmp_path / "foreign.pt")
    with pytest.raises(BadRequest, match=r"does not fit.*layer\.weight"):
        begun(course(tmp_path, begin=tmp_path / "foreign.pt"))
    with pytest.raises(BadRequest, match="There is no"):
        begun(course(tmp_path, begin=tmp_path / "nowhere.pt"))


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    tiny.text().save(tmp_path / "tokenizer.json")
    command = ["--stage", "align", "--out", str(tmp_path), "--steps", "6"]
    assert main(command) == 2
    assert "run the stage before first" in capsys.readouterr().err
    assert main([*command, "--minutes", "3"]) == 2
    assert "either minutes or steps" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--stage", "dream", "--out", str(tmp_path)])
