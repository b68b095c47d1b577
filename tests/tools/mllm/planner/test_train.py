"""Training: a stopped and resumed run is the uninterrupted run, and a small one learns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sightline.tools.mllm.planner.train import Run, RunConfig, rate

TINY = {"width": 16, "heads": 2, "hidden": 16, "encoder_layers": 1, "decoder_layers": 1}


def tiny(steps: int) -> RunConfig:
    return RunConfig(seed=3, steps=steps, batch=4, net=dict(TINY), vocabulary_sample=300, checked=8)


def test_a_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole", tiny(6))
    whole.train()
    Run(tmp_path / "parts", tiny(6)).train(until=3)
    resumed = Run(tmp_path / "parts", tiny(6), resume=True)
    assert resumed.step == 3
    resumed.train()
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name


def test_a_run_writes_its_config_and_curve(tmp_path: Path) -> None:
    Run(tmp_path, tiny(2)).train()
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["steps"] == 2
    assert config["net"]["width"] == TINY["width"]
    last = json.loads((tmp_path / "curve.jsonl").read_text().splitlines()[-1])
    assert last["step"] == 2
    assert 0 <= last["dev_right"] <= 1


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    run = Run(tmp_path, tiny(40))
    from sightline.tools.mllm.planner.train import batches

    batch = next(batches(3, 4, run.vocabulary))
    losses = []
    for _ in range(40):
        losses.append(run.learn(batch, 40))
        run.step += 1
    assert losses[-1] < losses[0]


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [rate(step, 1000, peak=1.0) for step in range(1000)]
    top = rates.index(max(rates))
    assert 0 < top < 150
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0.02, abs=0.01)


def test_a_run_without_steps_is_refused(tmp_path: Path) -> None:
    config = tiny(1)
    config.steps = None
    with pytest.raises(ValueError, match="steps"):
        Run(tmp_path, config).train()
