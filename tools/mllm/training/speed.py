"""How fast a machine multiplies, and how much of that a training step uses."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

__all__ = ["has_bf16", "peak_tflops", "step_flops"]


def has_bf16(device: str) -> bool:
    """Whether this device multiplies bf16 natively; on processors without it bf16 is emulated and far slower."""
    if device.split(":")[0] == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu":
        return False
    capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
    return bool(capable and torch.ops.mkldnn._is_mkldnn_bf16_supported())


@cache
def peak_tflops(device: str) -> float:
    """Measured peak of matrix products in the type that training uses, 10^12 operations a second; all threads."""
    dtype = torch.bfloat16 if has_bf16(device) else torch.float32
    size = 1024 if device == "cpu" else 8192
    a = torch.randn(size, size, dtype=dtype, device=device)
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        product = a
        for _ in range(4):
            product = a @ a
        float(product[0, 0])  # waits for a device that works on its own
        best = max(best, 4 * 2 * size**3 / (time.perf_counter() - started))
    return best / 1e12


def step_flops(forward: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """Run a forward pass; its result, and the floating-point operations of it and its backward pass (twice as many)."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        result = forward()
    return result, 3.0 * counter.get_total_flops()
