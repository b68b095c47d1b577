from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sightline.sandbox import Limits, ProgramResult, Sandbox, SandboxSettings

from .stub import IMAGE, StubRuntime


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(limits=Limits(wall_s=20.0))) as running:
        yield running


@pytest.fixture
def run(sandbox: Sandbox) -> Callable[..., ProgramResult]:
    """Runs a program with one image and stub experts; what was asked stands in `runtime.asked` of a given runtime."""

    def run_program(source: str, runtime: Any = None, **options: Any) -> ProgramResult:
        inputs = options.pop("inputs", {"image": IMAGE})
        return sandbox.run(source, inputs=inputs, runtime=runtime or StubRuntime(), **options)

    return run_program
