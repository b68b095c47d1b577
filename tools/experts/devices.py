"""Where models can live: the memory of this machine and of the GPUs that torch finds, and how much of each may be used.

The GPUs are looked for when the first expert that can use one is placed, because looking imports torch. A budget is
told in MiB by device name; "cuda" stands for each GPU that has none of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

__all__ = ["CPU", "Devices"]

CPU = "cpu"
_SHARE_OF_CPU = 0.6  # of the machine's memory; programs, media and the rest of the machine live there too
_SHARE_OF_GPU = 0.85  # of the card's memory; the rest is room for what is computed
_UNKNOWN_MB = 4096


class Devices:
    """The devices of this process and their budgets in MiB.

    Args:
        budgets: device name -> MiB; what is not named gets a share of what is there. A GPU with 0 is not used.
    """

    def __init__(self, budgets: Mapping[str, float] | None = None) -> None:
        self._budgets = dict(budgets or {})
        self._budgets.setdefault(CPU, _SHARE_OF_CPU * _machine_mb())
        self._lock = threading.Lock()
        self._looked = False

    def budget_mb(self, device: str) -> float:
        """How much models may take there."""
        return self._budgets.get(device, 0.0)

    def known(self) -> dict[str, float]:
        """The budgets of all devices that were looked for so far."""
        return {name: budget for name, budget in self._budgets.items() if name != "cuda"}

    def accelerators(self) -> list[str]:
        """The devices other than this machine's memory, largest budget first."""
        with self._lock:
            if not self._looked:
                self._looked = True
                default = self._budgets.get("cuda")
                for name, total_mb in _gpus().items():
                    self._budgets.setdefault(name, _SHARE_OF_GPU * total_mb if default is None else default)
            return sorted(
                (name for name, budget in self.known().items() if name != CPU and budget > 0),
                key=lambda name: -self._budgets[name],
            )


def _machine_mb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (ValueError, OSError, AttributeError):
        return _UNKNOWN_MB


def _gpus() -> dict[str, float]:
    """Name -> memory in MiB of each GPU that torch can use."""
    try:
        import torch

        if not torch.cuda.is_available():
            return {}
        return {
            f"cuda:{n}": torch.cuda.get_device_properties(n).total_memory / 2**20
            for n in range(torch.cuda.device_count())
        }
    except Exception:  # a driver that does not fit is no reason not to run on the CPU
        return {}
