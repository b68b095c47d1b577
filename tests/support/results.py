"""The answers in a batch's results, and where two runs of a batch came to others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

TIMES = {"seconds", "plan_seconds", "program_seconds", "expert_seconds"}
# What depends on who came first: where tokens were counted, and which calls found their answer in memory.
CHANCE = {"tokens_in", "tokens_out", "cached_calls"}


def answers(out: Path) -> list[dict[str, Any]]:
    """The rows of results without what differs from run to run."""
    rows = parquet.read_table(out).to_pylist()
    return [{key: value for key, value in row.items() if key not in TIMES | CHANCE} for row in rows]


def differing(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The pairs of rows that do not agree; a confidence may differ by what else a model saw at the same time."""
    return [pair for pair in zip(one, other, strict=True) if not _same(*pair)]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    sure = one["confidence"] == pytest.approx(other["confidence"], abs=1e-3)
    return sure and {**one, "confidence": None} == {**other, "confidence": None}
