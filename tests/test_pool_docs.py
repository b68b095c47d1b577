"""The figures in docs/pool.md are those that the benchmark wrote."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_gains_of_the_pool_are_the_measured_ones() -> None:
    text = (ROOT / "docs" / "pool.md").read_text(encoding="utf-8")
    figures = json.loads((ROOT / "benchmarks" / "results" / "pool.json").read_text(encoding="utf-8"))
    again = figures["remembering"]
    told = [figures["speculation"], figures["batching"]]
    told += [again[where][what] for where in ("memory", "disk") for what in ("walk", "crowd")]
    for each in told:
        times = f"{each['ratio']} ({each['ratio_least']} to {each['ratio_most']})"
        assert f"| {each['slow_s']:.2f} s | {each['quick_s']:.2f} s | {times} |" in text
    assert f"become {figures['speculation']['runs_of_the_expert']['on']};" in text
    assert f"{figures['batching']['mean_batch']} requests in a batch" in text
    assert f"Torch {figures['torch']}" in text
