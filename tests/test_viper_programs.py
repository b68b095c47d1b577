"""Programs in the published ViperGPT idiom run unchanged, in process and through the sandbox, with known results."""

from __future__ import annotations

import inspect
import json
import math
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.stub_world import WorldRuntime

from sightline.sandbox import Sandbox
from sightline.tools import api

PROGRAMS = Path(__file__).parent / "programs"
WORLDS = json.loads((Path(__file__).parent / "support" / "worlds.json").read_text())
EXPECTED = json.loads((PROGRAMS / "expected.json").read_text())
API_NAMES = {
    name: getattr(api, name)
    for name in (
        "ImagePatch",
        "VideoSegment",
        "best_image_match",
        "bool_to_yesno",
        "coerce_to_numeric",
        "distance",
        "llm_query",
    )
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def in_process(source: str, row: dict[str, Any], runtime: WorldRuntime) -> Any:
    names: dict[str, Any] = {**API_NAMES, "np": np, "math": math, "statistics": statistics}
    reference = runtime.reference(row["world"])
    with api.use_runtime(runtime):
        exec(compile(source, "program", "exec"), names)
        visual: Any = api.VideoSegment(reference) if isinstance(reference, api.VideoRef) else api.ImagePatch(reference)
        given = {**API_NAMES, "image": visual, "video": visual, **row.get("inputs", {})}
        command = names["execute_command"]
        return command(**{name: given[name] for name in inspect.signature(command).parameters})


def through_the_sandbox(source: str, row: dict[str, Any], runtime: WorldRuntime, sandbox: Sandbox) -> Any:
    reference = runtime.reference(row["world"])
    kind = "video" if isinstance(reference, api.VideoRef) else "image"
    result = sandbox.run(source, inputs={kind: reference, **row.get("inputs", {})}, runtime=runtime)
    assert result.error is None, result.error
    return result.value


def plain(value: Any) -> Any:
    """The result in the form in which it is written down: a patch as its box."""
    if isinstance(value, api.ImagePatch):
        return {"box": [value.left, value.lower, value.right, value.upper]}
    if isinstance(value, list) and value and all(isinstance(item, api.ImagePatch) for item in value):
        return {"boxes": [plain(item)["box"] for item in value]}
    return value


def test_every_program_has_an_expected_result_and_every_result_a_program() -> None:
    assert {path.name for path in PROGRAMS.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_program_gives_its_expected_result_in_process(name: str) -> None:
    row, source = EXPECTED[name], (PROGRAMS / name).read_text()
    value = plain(in_process(source, row, WorldRuntime(WORLDS)))
    assert value == row["expect"]
    assert type(value) is type(row["expect"])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_program_gives_the_same_result_and_asks_the_same_calls_through_the_sandbox(
    name: str, sandbox: Sandbox
) -> None:
    row, source = EXPECTED[name], (PROGRAMS / name).read_text()
    confined, direct = WorldRuntime(WORLDS), WorldRuntime(WORLDS)
    value = plain(through_the_sandbox(source, row, confined, sandbox))
    in_process(source, row, direct)
    assert value == row["expect"]
    assert type(value) is type(row["expect"])
    assert confined.calls == direct.calls
