"""The benchmark of speaking runs, and both sides say as many tokens."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


def test_both_sides_say_what_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))  # its parts find each other there
    generation = importlib.import_module("benchmarks.generation")
    monkeypatch.setattr(generation, "ROUNDS", 1)
    row = generation.measure(2, 3)  # it asserts that neither says more or less
    assert row["times_as_fast"] == pytest.approx(row["ours"] / row["transformers"], rel=0.05)  # all are rounded
