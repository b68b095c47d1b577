"""The figures in docs/planners.md are those that the benchmark wrote."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_figures_on_tokens_are_the_measured_ones() -> None:
    text = " ".join((ROOT / "docs" / "planners.md").read_text().split())
    figures = json.loads((ROOT / "benchmarks" / "results" / "token_estimate.json").read_text())
    ratios = figures["estimate_over_count"]

    def percent(kind: str, end: str) -> str:
        return f"{abs(ratios[kind][end] - 1) * 100:.1f}%"

    assert f"{figures['size']:,} pieces" in text
    assert (
        f"of {ratios['system']['n']} prompts was {percent('system', 'min')} to {percent('system', 'max')} above" in text
    )
    assert f"{percent('user', 'min')} below to {percent('user', 'max')} above" in text
    assert f"{percent('program', 'min')} below to {percent('program', 'max')} above" in text
