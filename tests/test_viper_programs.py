"""Programs in the published ViperGPT idiom run unchanged, in process and through the sandbox, with known results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import plain, run_in_process
from tests.support.stub_world import WorldRuntime

from sightline.agent.check import check_program
from sightline.sandbox import Sandbox
from sightline.tools.api import VideoRef

PROGRAMS = Path(__file__).parent / "programs"
WORLDS = json.loads((Path(__file__).parent / "support" / "worlds.json").read_text())
EXPECTED = json.loads((PROGRAMS / "expected.json").read_text())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def test_every_program_has_an_expected_result_and_every_result_a_program() -> None:
    assert {path.name for path in PROGRAMS.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_program_gives_its_expected_result_in_process(name: str) -> None:
    row, source = EXPECTED[name], (PROGRAMS / name).read_text()
    value = plain(run_in_process(source, WorldRuntime(WORLDS), row["world"], row.get("inputs")))
    assert value == row["expect"]
    assert isinstance(value, bool) == isinstance(row["expect"], bool)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_check_before_running_has_nothing_against_a_program(name: str) -> None:
    kind = "video" if "frames" in WORLDS[EXPECTED[name]["world"]] else "image"
    assert check_program((PROGRAMS / name).read_text(), media_kind=kind).issues == ()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_program_gives_the_same_result_from_the_same_calls_through_the_sandbox(name: str, sandbox: Sandbox) -> None:
    row, source = EXPECTED[name], (PROGRAMS / name).read_text()
    confined, direct = WorldRuntime(WORLDS), WorldRuntime(WORLDS)
    reference = confined.reference(row["world"])
    kind = "video" if isinstance(reference, VideoRef) else "image"
    result = sandbox.run(source, inputs={kind: reference, **row.get("inputs", {})}, runtime=confined)
    run_in_process(source, direct, row["world"], row.get("inputs"))
    assert result.error is None
    assert plain(result.value) == row["expect"]
    assert isinstance(result.value, bool) == isinstance(row["expect"], bool)
    assert confined.calls == direct.calls
