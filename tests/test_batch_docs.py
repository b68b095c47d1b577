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
