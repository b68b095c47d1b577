"""How fast a machine multiplies, and how much of that a training step uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import cache
from typing import TypeVar

import torch

__all__ = ["FlopCount", "clock", "has_bf16", "peak_tflops"]

Result = TypeVar("Result")


def kind_of(device: str | torch.device) -> str:
    """cpu, cuda, mps, ..."""
    return str(device).split(":")[0]


def has_bf16(device: str | torch.device) -> bool:
    """Whether this device multiplies bf16 natively; on processors without it bf16 is emulated and far slower."""
    if kind_of(device) == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind_of(device) != "cpu":
        return False
    capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
    return bool(capable and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def clock(device: str | torch.device) -> float:
    """Seconds of work. On a CPU processor time per thread, so that waiting for other work costs nothing."""
    if kind_of(device) == "cpu":
        return time.process_time() / torch.get_num_threads()
    torch.accelerator.synchronize()
    return time.perf_counter()


def peak_tflops(device: str | torch.device) -> float:
    """Measured peak of matrix products in the type that training uses, 10^12 operations a second.

    Measured once for each number of threads, by the same clock as training, with as many threads as are in use.
    """
    return _peak(str(device), torch.get_num_threads())


@cache
def _peak(device: str, threads: int) -> float:
    dtype = torch.bfloat16 if has_bf16(device) else torch.float32
    best = 0.0
    for size in (512, 1024) if kind_of(device) == "cpu" else (4096, 8192):
        a = torch.randn(size, size, dtype=dtype, device=device)
        for _ in range(5):
            started = clock(device)
            for _ in range(4):
                a @ a
            best = max(best, 4 * 2 * size**3 / max(clock(device) - started, 1e-9))
    return best / 1e12


class FlopCount:
    """Floating-point operations of training steps, forward and backward as they really run.

    Counting slows a step down, so a step is counted when its shape is first seen, and remembered.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, float] = {}

    def of(self, shape: Hashable, step: Callable[[], Result]) -> tuple[Result, float]:
        """Run a step; its result and its operations."""
        if shape in self._known:
            return step(), self._known[shape]
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            result = step()
        self._known[shape] = float(counter.get_total_flops())
        return result, self._known[shape]
