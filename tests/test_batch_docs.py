"""docs/batch.md has the columns of the results, and its figures are those that the benchmark wrote."""

from __future__ import annotations

import json
from pathlib import Path

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
    text = words("batch.md")
    figures = json.loads((ROOT / "benchmarks" / "results" / "batch.json").read_text())
    best = min(figures["batch"], key=lambda found: found["seconds"])
    for key, name in (
        ("expert_passes", "runs of the expert"),
        ("decoded_frames", "frames decoded"),
        ("planning_calls", "queries planned"),
    ):
        assert f"| {name} | {figures['loop'][key]:,} | {best[key]:,} | {figures['ratios'][key]:.1f} |" in text
    assert f"| seconds | {figures['loop']['seconds']:.1f} | {best['seconds']:.1f} |" in text
    assert f"takes {figures['engine']['engine_ms']:.1f} ms a row" in text
    few, many = figures["memory"]
    assert f"peaked at {many['keeper_mb']:.0f} MB instead of {few['keeper_mb']:.0f} MB" in text
