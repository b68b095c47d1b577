"""One training run on one or several processes: each takes a share of every batch, gradients are averaged.

Processes are started by torchrun, `accelerate launch` or `sightline train --processes`, which all say so in the
environment; accelerate (https://github.com/huggingface/accelerate) then sets up the devices and wraps the network for
distributed data parallelism. Alone, nothing of it is imported. Networks of this project are small: every process holds
a whole one, so a launch that asks for sharded parameters (FSDP, DeepSpeed) is refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ...errors import BadRequest, MissingDependency

__all__ = ["Team"]


class Team:
    """The processes of a run, as one of them sees it.

    Args:
        device: what was asked for; with several processes on accelerators each takes one of its own.

    Raises: BadRequest for a device that is not there or a launch that shards parameters; MissingDependency without
        accelerate, where there are several processes.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.size, self.rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
        self._accelerator: Any = None
        if self.size > 1:
            self._accelerator = _accelerator(device)
            self.size, self.rank = self._accelerator.num_processes, self._accelerator.process_index
            self.device = torch.device(self._accelerator.device)
        else:
            self.device = _device(device)

    @property
    def leads(self) -> bool:
        """Whether this process writes, judges and tells for all."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Which of `count` rows of a batch this process takes.

        Raises: BadRequest when there is not a row for each process.
        """
        if count < self.size:
            raise BadRequest(f"A batch of {count} cannot be shared by {self.size} processes; make it larger.")
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def joined(self, module: nn.Module) -> nn.Module:
        """A module whose gradients are averaged over the team."""
        if self._accelerator is None:
            return module
        joined: nn.Module = self._accelerator.prepare(module)
        return joined

    def mean(self, values: Sequence[float]) -> list[float]:
        """The mean of each number over the team; the same on every process."""
        if self._accelerator is None:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        return [float(one) / self.size for one in self._accelerator.reduce(total, "sum").tolist()]

    def wait(self) -> None:
        """Until every process is here."""
        if self._accelerator is not None:
            self._accelerator.wait_for_everyone()

    def part(self) -> None:
        """Leave the team at the end of all work."""
        if self._accelerator is not None:
            self._accelerator.end_training()


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadRequest(f"There is no device {name!r} here: {str(error).splitlines()[0]}") from error
    return device


def _accelerator(device: str) -> Any:
    try:
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs
    except ImportError as error:
        raise MissingDependency("Training with several processes", "accelerate", extra="train") from error
    for name in ("FSDP", "DEEPSPEED", "MEGATRON_LM"):
        if os.environ.get(f"ACCELERATE_USE_{name}", "false").lower() in ("true", "1"):
            raise BadRequest(f"These networks fit into every process whole; launch without {name}.")
    # steps differ in which parts of a network they use
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(cpu=device == "cpu", kwargs_handlers=[unused])
