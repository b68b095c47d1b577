"""Shipping: what a finished run holds becomes one file that loads, with its history in the header."""

import json

import pytest
import torch

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.multimodal.mllm import MultimodalModel
from sightline.tools.mllm.multimodal.ship import main, ship
from sightline.tools.mllm.multimodal.train import STAGES
from sightline.tools.mllm.scenes.stream import Recipe, sample

from . import tiny


@pytest.fixture
def run(tmp_path):
    """A run's folder as training leaves it, with other weights in every stage."""
    folder = tmp_path / "run"
    tiny.text().save(folder / "tokenizer.json")
    for number, stage in enumerate(STAGES):
        net = tiny.model(number, features=448)
        (folder / stage).mkdir()
        torch.save(net.state_dict(), folder / stage / "model.pt")
        facts = {"stage": stage, "config": json.loads(json.dumps(net.config.plain()))}
        config = {"facts": facts, "schedule": {"seed": 40 + number}}
        (folder / stage / "config.json").write_text(json.dumps(config))
        curve = [{"step": 5, "minutes": 0.5}, {"step": 10 + number, "minutes": 1.5, "replies_right": 0.25 * number}]
        (folder / stage / "curve.json").write_text(json.dumps(curve))
    return folder


def loaded(path):
    return MultimodalModel.load(path, tokenizer=path.parent / "tokenizer.json")


@pytest.mark.parametrize("number", range(len(STAGES)))
def test_what_is_shipped_is_what_is_loaded(number, run, tmp_path):
    to = tmp_path / "weights" / "multimodal.safetensors"
    facts = ship(run, STAGES[number], to)
    model = loaded(to)
    assert model.facts == facts
    assert model.net.config == tiny.config(features=448)
    for name, value in torch.load(run / STAGES[number] / "model.pt").items():
        assert torch.allclose(model.net.state_dict()[name], value, atol=1e-3, rtol=1e-3), name
    assert model.text.encode("How many red cubes?") == tiny.text().encode("How many red cubes?")


def test_a_shipped_model_answers(run, tmp_path):
    ship(run, "prefer", tmp_path / "multimodal.safetensors")
    reply = loaded(tmp_path / "multimodal.safetensors").answer(
        sample(4, 1, Recipe(plain_share=1.0)).pixels, "How many?", think=False
    )
    assert 0 <= reply.chance <= 1


def test_the_header_tells_of_every_stage_that_led_there(run, tmp_path):
    facts = ship(run, "instruct", tmp_path / "multimodal.safetensors")
    words = set(facts.pop("words"))
    assert {"cube", "left"} <= words
    assert not facts.pop("reads")
    assert "written" not in words  # of print, which this one has not learned to read
    assert list(facts) == ["language", "align", "instruct"]
    assert [one["seed"] for one in facts.values()] == [40, 41, 42]
    assert [one["steps"] for one in facts.values()] == [10, 11, 12]
    assert facts["align"]["last"]["replies_right"] == 0.25
    assert facts["align"]["minutes"] == 1.5


def test_a_stage_that_is_not_finished_is_not_shipped(run, tmp_path):
    to = tmp_path / "multimodal.safetensors"
    (run / "language" / "curve.json").unlink()
    with pytest.raises(BadRequest, match="does not hold a finished stage"):
        ship(run, "prefer", to)
    (run / "prefer" / "model.pt").unlink()
    with pytest.raises(BadRequest, match="finish that stage first"):
        ship(run, "prefer", to)
    assert not to.exists()


def test_the_command_ships_or_says_what_is_missing(run, tmp_path, capsys):
    to = tmp_path / "multimodal.safetensors"
    assert main(["--run", str(run), "--to", str(to)]) == 0
    assert list(json.loads(capsys.readouterr().out)) == [*STAGES, "reads"]
    assert to.exists()
    assert (tmp_path / "tokenizer.json").exists()
    assert main(["--run", str(tmp_path / "nowhere"), "--to", str(to)]) == 2
    assert "finish that stage first" in capsys.readouterr().err
