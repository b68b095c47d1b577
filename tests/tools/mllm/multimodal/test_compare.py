"""Comparing ways to build the model: each learns as long as the others, from the same pictures, and is judged alike."""

import pytest
import torch

from sightline.tools.mllm.detector import shards
from sightline.tools.mllm.detector.shards import render_examples
from sightline.tools.mllm.multimodal import compare, sights, train
from sightline.tools.mllm.multimodal.config import DecoderConfig
from sightline.tools.mllm.scenes.stream import Recipe
from sightline.tools.mllm.training import practice

from . import tiny


@pytest.mark.slow
def test_all_four_models_learn_and_are_judged_alike(tmp_path, monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(train, "_JUDGING", 1)
    monkeypatch.setattr(sights, "_PER_SHARD", 12)
    monkeypatch.setattr(shards, "_PER_SHARD", 12)
    monkeypatch.setattr(practice, "plot_run", lambda folder: folder)
    for name in ("objects-thoughts", "objects-outright", "grid-thoughts", "grid-outright"):
        tiny.text().save(tmp_path / "out" / name / "tokenizer.json")
    render_examples(tmp_path / "examples", 3, 12, Recipe(plain_share=1.0))
    rows = compare.compare(
        tmp_path / "out",
        tmp_path / "examples",
        steps=3,
        pictures=12,
        scenes=1,
        decoder=DecoderConfig(**tiny.SIZES),
    )
    torch.set_num_threads(before)
    assert {(row["vision"], row["thoughts"]) for row in rows} == {
        (vision, thinks) for vision in ("objects", "grid") for thinks in (True, False)
    }
    assert {row["steps"] for row in rows} == {3}
    assert {row["questions"] for row in rows} == {12}
    assert [row["accuracy"] for row in rows] == sorted((row["accuracy"] for row in rows), reverse=True)
