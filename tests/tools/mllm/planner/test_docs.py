"""The figures in docs/planner.md are those that the evaluate command wrote, for the weights that ship."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open

from sightline.tools.mllm.planner.planner import WEIGHTS

ROOT = Path(__file__).parents[4]
FIGURES = json.loads((ROOT / "benchmarks" / "results" / "planner.json").read_text())


def test_the_figures_are_of_the_weights_that_ship() -> None:
    with safe_open(WEIGHTS, framework="np") as file:
        assert file.metadata()["name"] == FIGURES["model"]


def test_the_page_says_what_was_measured() -> None:
    page = (ROOT / "docs" / "planner.md").read_text()
    for figures in FIGURES["sets"].values():
        row = f"| {figures['n']:,} | {figures['exact_match']:.2%} | {figures['kept']:.1%} |"
        assert row in page
    plain = FIGURES["plain"]
    assert f"{plain['n']} questions written by hand" in " ".join(page.split())
    assert f"{plain['right']} get a plan" in " ".join(page.split())
