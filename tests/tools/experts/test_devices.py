"""What models may take of each device, with GPUs as torch would tell of them."""

from __future__ import annotations

from typing import Any

import pytest

from sightline.tools.experts.devices import Devices

torch = pytest.importorskip("torch")

FREE = {"cuda:0": 20_000, "cuda:1": 40_000}


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two GPUs of 40,000 MiB, the first of them half in use; gives which of them were asked for free memory."""
    asked: list[str] = []

    def mem_get_info(gpu: str) -> tuple[int, int]:
        asked.append(gpu)
        return FREE[gpu] * 2**20, 40_000 * 2**20

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "mem_get_info", mem_get_info)
    return asked


def test_the_budget_of_a_gpu_is_a_share_of_what_others_leave_free(two_gpus: list[str]) -> None:
    devices = Devices()
    assert devices.budget_mb("cuda:0") == pytest.approx(17_000)
    assert devices.accelerators() == ["cuda:1", "cuda:0"]


def test_a_budget_that_is_told_stands_and_no_gpu_is_asked(two_gpus: list[str]) -> None:
    devices = Devices({"cuda": 5_000, "cuda:1": 8_000})
    assert (devices.budget_mb("cuda:0"), devices.budget_mb("cuda:1")) == (5_000, 8_000)
    assert two_gpus == []


def test_gpus_that_are_not_here_cannot_be_used(two_gpus: list[str]) -> None:
    devices = Devices({"cuda:7": 9_000})
    assert devices.accelerators() == ["cuda:1", "cuda:0"]
    assert devices.budget_mb("cuda:7") == 0
    assert "cuda:7" not in devices.known()


@pytest.mark.parametrize(("budgets", "usable"), [({"cuda": 0}, []), ({"cuda": 0, "cuda:1": 9_000}, ["cuda:1"])])
def test_gpus_with_no_budget_are_left_alone(two_gpus: list[str], budgets: dict[str, float], usable: list[str]) -> None:
    assert Devices(budgets).accelerators() == usable
    assert two_gpus == []


def test_a_gpu_that_does_not_answer_is_not_used(two_gpus: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def mem_get_info(gpu: str) -> Any:
        raise RuntimeError("CUDA-capable device(s) is/are busy or unavailable")

    monkeypatch.setattr(torch.cuda, "mem_get_info", mem_get_info)
    assert Devices().accelerators() == []
