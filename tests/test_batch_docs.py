"""docs/batch.md has the columns of the results, and its figures are those that the benchmark wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import batch_sizes

from sightline.agent.batch.schema import FIELDS
from sightline.agent.eval.datasets import data_set_names

ROOT = Path(__file__).parents[1]


def words(name: str) -> str:
    return " ".join((ROOT / "docs" / name).read_text(encoding="utf-8").split())


def test_every_column_of_the_results_is_documented() -> None:
    text = words("batch.md")
    for name, (kind, meaning) in FIELDS.items():
        assert f"| `{name}` | {kind} | {meaning} |" in text


def test_every_data_set_is_documented() -> None:
    text = words("evaluation.md")
    assert all(f"`{name}`" in text for name in data_set_names())


def test_the_figures_are_the_measured_ones() -> None:
    found = batch_sizes.sizes(*(batch_sizes.read(name) for name in ("batch", "detector", "ask")))
    assert batch_sizes.read("batch_sizes") == found
    text = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    assert batch_sizes.page(text, batch_sizes.told(batch_sizes.read("batch"), found)) == text
    assert "| queries planned |" in text


def test_sizes_of_a_job_are_worked_out_by_hand() -> None:
    batch = {"rows": 10, "batch": [{"seconds": 2.0, "results_bytes": 700}], "engine": {"engine_ms": 0.9}}
    found = batch_sizes.sizes(
        batch, {"speed": {"batch_of_16_ms_each": 60.0}}, {"prompt": {"median_prompt_tokens": 2000}}
    )
    assert found["rows"] == 100_000_000
    assert found["runs_of_an_expert"] == 90_000_000
    assert found["detector_seconds_a_video_hour"] == pytest.approx(0.06 * 3600)  # a frame each second
    assert found["prompt_tokens"] == 200_000
    assert found["result_gigabytes"] == pytest.approx(7.0)
    assert found["engine_hours"] == pytest.approx(25.0)
