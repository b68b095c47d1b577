"""The speeds in docs/scenes.md and docs/talks.md are those that the benchmark wrote."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = json.loads((ROOT / "benchmarks/results/renderer.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("size", sorted({tuple(row["size"]) for row in ROWS if "look" in row}))
def test_pictures_per_second_are_those_measured(size: tuple[int, int]) -> None:
    measured = [str(row["value"]) for row in ROWS if "look" in row and tuple(row["size"]) == size]
    expected = f"| {size[0]} x {size[1]} | {' | '.join(measured)} |"
    assert expected in (ROOT / "docs/scenes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", sorted({tuple(row["size"]) for row in ROWS if "camera" in row}))
def test_frames_per_second_are_those_measured(size: tuple[int, int]) -> None:
    measured = [str(row["value"]) for row in ROWS if "camera" in row and tuple(row["size"]) == size]
    expected = f"| {size[0]} x {size[1]} | {' | '.join(measured)} |"
    assert expected in (ROOT / "docs/scenes.md").read_text(encoding="utf-8")


def test_talks_per_second_are_those_measured() -> None:
    (row,) = (row for row in ROWS if row["metric"].startswith("talks"))
    assert f"{row['value']:.0f} talks per second" in (ROOT / "docs/talks.md").read_text(encoding="utf-8")
