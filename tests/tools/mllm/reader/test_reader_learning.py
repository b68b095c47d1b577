"""Training of the reader: it learns, it stops and goes on, and leaves weights that load."""

from __future__ import annotations

import json

import pytest
import torch

from sightline.tools.mllm.reader.evaluate import distance, evaluate
from sightline.tools.mllm.reader.feed import training_batch
from sightline.tools.mllm.reader.model import ReaderNet, loss_of
from sightline.tools.mllm.reader.reader import PrintReader
from sightline.tools.mllm.reader.train import begun, main
from sightline.tools.mllm.training.run import Schedule


def test_a_net_learns_a_batch_by_heart() -> None:
    torch.manual_seed(1)
    net = ReaderNet()
    batch = training_batch(None, 2, 0, 4, rendered_share=0.0)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(16):
        row = net(batch.crops.float() * batch.tint)
        loss = loss_of(row, batch.columns, batch.numbers, batch.lengths, aligned=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2


def test_a_run_stops_goes_on_and_leaves_weights_that_load(tmp_path) -> None:
    start = ["--seed", "1", "--out", str(tmp_path), "--batch", "2"]
    assert main([*start, "--steps", "2"]) == 0
    assert main([*start, "--steps", "3"]) == 2  # a run is not overwritten unasked
    assert main([*start, "--steps", "4", "--resume"]) == 0
    reader = PrintReader.load(tmp_path / "reader.safetensors")
    assert reader.facts["steps"] == 4
    assert json.loads((tmp_path / "figures.json").read_text())["steps"] == 4


def test_a_run_may_begin_with_the_weights_of_another_and_then_learns_no_easy_texts(tmp_path) -> None:
    assert main(["--seed", "1", "--out", str(tmp_path / "one"), "--batch", "2", "--steps", "1"]) == 0
    one = tmp_path / "one" / "reader.safetensors"
    run = begun(Schedule(seed=5, steps=2), tmp_path / "two", begin=one)
    for name, value in PrintReader.load(one).net.state_dict().items():
        assert torch.equal(value, run.net.state_dict()[name]), name
    easy, usual = (training_batch(None, 2, 0, 16, rendered_share=0.0, knows=knows) for knows in (False, True))
    assert easy.lengths.float().mean() < usual.lengths.float().mean()
    assert main(["--seed", "1", "--out", str(tmp_path / "three"), "--steps", "1", "--begin", str(tmp_path / "no")]) == 2


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("", "", 0), ("sun", "sun", 0), ("sun", "son", 1), ("", "ab", 2), ("cat", "at", 1), ("ab", "ba", 2)],
)
def test_distance_counts_the_characters_to_change(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == edits == distance(b, a)


def test_a_judgement_counts_every_thing_once() -> None:
    figures = evaluate(PrintReader(ReaderNet(), least=0.9), seed=4, scenes=2)
    labels = sum(figures[kind]["labels"] for kind in ("word", "number", "unseen word"))
    assert labels == sum(one["labels"] for one in figures["by_letter_height_px"].values()) > 0
    assert figures["false_readings"]["bare"]["things"] > 0
    assert figures["false_readings"]["bare patterned"]["things"] > 0
    # it is not trained and must be very sure: it reads nothing
    assert all(figures[kind]["right"] == 0 for kind in ("word", "number", "unseen word"))
    assert figures["false_readings"]["bare"]["read"] == 0
    unread = [one["unread"] for one in figures["by_least"].values()]
    assert unread == sorted(unread)  # the surer it must be, the less it reads
