"""The figures on the page are those that the benchmark wrote."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def benchmark() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("sandbox_benchmark", ROOT / "benchmarks" / "sandbox.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_figures_of_the_file() -> None:
    report = json.loads((ROOT / "docs" / "figures" / "sandbox.json").read_text())
    assert benchmark().table(report) in (ROOT / "docs" / "sandbox.md").read_text()
