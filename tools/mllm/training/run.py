"""A training run in its folder: weights, their average, optimiser, step and curve, saved and taken up again together.

What is learned is the caller's business: it hands a function that computes the loss of a step, and batches that depend
on seed and step alone, so that a resumed run sees what an uninterrupted one would have seen. On a CPU time is processor
time per thread, so that waiting for other work costs nothing.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from ...errors import BadRequest
from .speed import has_bf16, peak_tflops, step_flops

__all__ = ["Run", "Schedule"]

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """How long and how fast a run learns."""

    seed: int
    minutes: float | None = None  # of training; per thread on a CPU
    steps: int | None = None  # instead of minutes, for a run that can be repeated exactly
    rate: float = 1.5e-3
    decay: float = 0.05
    warm_up: int = 100  # steps
    average: float = 0.998  # of the weights, for evaluation
    clip: float = 1.0  # of the gradient's norm
    device: str = "cpu"

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise BadRequest("Say how long to train: either minutes or steps.")
        if (self.minutes if self.minutes is not None else 1) <= 0 or (self.steps or 1) <= 0:
            raise BadRequest("Training needs positive minutes or steps.")


class Run(Generic[Net]):
    """One run.

    Args:
        net: what learns; only its parameters that require gradients do.
        facts: plain data that a resumed run must share, such as sizes and stage.
    """

    def __init__(self, net: Net, schedule: Schedule, folder: Path, *, facts: Mapping[str, Any]) -> None:
        self.schedule, self.folder, self.facts = schedule, folder, {"seed": schedule.seed, **facts}
        folder.mkdir(parents=True, exist_ok=True)
        self.net = net.to(schedule.device)
        self.mean = deepcopy(self.net)
        learning = [p for p in self.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in learning if p.ndim > 1], "weight_decay": schedule.decay},
                {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=schedule.rate,
            betas=(0.9, 0.98),
        )
        self.step, self.seconds, self.flops = 0, 0.0, 0.0
        self.curve: list[dict[str, Any]] = []
        self._bf16 = has_bf16(schedule.device)
        self._kind = schedule.device.split(":")[0]

    @property
    def done(self) -> float:
        """The share of the run that is over, 0 to 1 and a little more."""
        if self.schedule.steps is not None:
            return self.step / self.schedule.steps
        assert self.schedule.minutes is not None
        return self.seconds / (60 * self.schedule.minutes)

    @property
    def left_s(self) -> float:
        """Seconds of training still to go, guessed from those so far."""
        return self.seconds * (1 / self.done - 1) if self.done else math.inf

    def tflops(self) -> tuple[float, float]:
        """Achieved over the run, and the machine's measured peak in matrix products; 10^12 operations a second."""
        return self.flops / max(self.seconds, 1e-9) / 1e12, peak_tflops(self.schedule.device)

    def advance(self, loss: Callable[[Net], Tensor]) -> float:
        """One step: compute the loss, follow its gradient; returns the loss."""
        started = self._clock()
        schedule = self.schedule
        rate = schedule.rate * min(1, (self.step + 1) / schedule.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * min(self.done, 1)))
        self.net.train()

        def forward() -> Tensor:
            with torch.autocast(self._kind, torch.bfloat16, enabled=self._bf16):
                return loss(self.net)

        if self.step % 200 == 0:
            lost, self._per_step = step_flops(forward)
        else:
            lost = forward()
        self.optimiser.zero_grad(set_to_none=True)
        lost.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([p for p in self.net.parameters() if p.requires_grad], schedule.clip)
        self.optimiser.step()
        self.step += 1
        self.flops += self._per_step
        self._average()
        value = float(lost.detach())
        self.seconds += self._clock() - started
        if not math.isfinite(value):
            raise BadRequest(f"The loss is {value} at step {self.step}; try a lower rate.")
        return value

    def save(self) -> None:
        """Write everything that a resumed run needs, whole or not at all."""
        state = {
            "facts": self.facts,
            "schedule": asdict(self.schedule),
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "flops": self.flops,
            "per_step": self._per_step,
            "curve": self.curve,
        }
        torch.save(state, self.folder / "unfinished.pt")
        os.replace(self.folder / "unfinished.pt", self.folder / "checkpoint.pt")
        (self.folder / "curve.json").write_text(json.dumps(self.curve, indent=1), "utf-8")
        config = {"facts": self.facts, "schedule": asdict(self.schedule)}
        (self.folder / "config.json").write_text(json.dumps(config, indent=1), "utf-8")

    def resume(self) -> bool:
        """Take up where `save` left off, if it did; the length of a run may change, its facts may not."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self.schedule.device)
        if state["facts"] != self.facts:
            raise BadRequest(f"The run in {self.folder} was begun with {state['facts']}; resume it so.")
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]
        self.flops, self._per_step = state["flops"], state["per_step"]
        return True

    _per_step = 0.0

    def _clock(self) -> float:
        if self._kind == "cpu":
            return time.process_time() / torch.get_num_threads()
        torch.cuda.synchronize()
        return time.perf_counter()

    def _average(self) -> None:
        keep = min(self.schedule.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, new in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(new, 1 - keep)
                else:
                    mean.copy_(new)
