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
_SHARE_OF_GPU = 0.85  # of what is free of the card's memory; the rest is room for what is computed
_EACH_GPU = "cuda"
_UNKNOWN_MB = 4096


class Devices:
    """The devices of this process and their budgets in MiB.

    Args:
        budgets: device name -> MiB; what is not named gets a share of what is there, of a GPU of what others leave
            free when it is looked at. A GPU with 0 is not used.
    """

    def __init__(self, budgets: Mapping[str, float] | None = None) -> None:
        self._budgets = dict(budgets or {})
        self._budgets.setdefault(CPU, _SHARE_OF_CPU * _machine_mb())
        self._lock = threading.Lock()
        self._looked = False

    def budget_mb(self, device: str) -> float:
        """How much models may take there; 0 where there is no such device."""
        if device != CPU:
            self._look()
        return self._budgets.get(device, 0.0)

    def known(self) -> dict[str, float]:
        """The budgets of all devices that were looked for so far."""
        return {name: budget for name, budget in self._budgets.items() if name != _EACH_GPU}

    def accelerators(self) -> list[str]:
        """The devices other than this machine's memory, largest budget first."""
        self._look()
        usable = [name for name, budget in self.known().items() if name != CPU and budget > 0]
        return sorted(usable, key=lambda name: -self._budgets[name])

    def _look(self) -> None:
        """Find the GPUs, once, unless none may be used."""
        with self._lock:
            if self._looked:
                return
            each = self._budgets.get(_EACH_GPU)
            named = any(budget > 0 for name, budget in self._budgets.items() if name.startswith(f"{_EACH_GPU}:"))
            found = [] if each == 0 and not named else _gpus()
            budgets = {
                name: budget
                for name, budget in self._budgets.items()
                if name in found or not name.startswith(f"{_EACH_GPU}:")
            }
            for name in found:
                if name not in budgets:
                    budgets[name] = _SHARE_OF_GPU * _free_mb(name) if each is None else each
            self._budgets = budgets  # at once, for those that read it meanwhile
            self._looked = True


def _machine_mb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (ValueError, OSError, AttributeError):
        return _UNKNOWN_MB


def _gpus() -> list[str]:
    """The GPUs that torch can use."""
    try:
        import torch

        return [f"cuda:{n}" for n in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    except Exception:  # a driver that does not fit is no reason not to run on the CPU
        return []


def _free_mb(gpu: str) -> float:
    """What other processes, and this one, leave free of a GPU; 0 where it does not answer."""
    try:
        import torch

        return float(torch.cuda.mem_get_info(gpu)[0]) / 2**20
    except Exception:  # in use by another process alone, say
        return 0.0
