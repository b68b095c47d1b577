"""A training run in its folder: weights, their average, optimiser, step and curve, saved and taken up again together.

What is learned is the caller's business: it hands steps whose loss depends on seed and number alone, so that a resumed
run sees what an uninterrupted one would have seen. With several processes (`team`) every one of them holds a whole
run; the first writes.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ...errors import BadRequest
from .speed import FlopCount, clock, has_bf16, peak_tflops
from .team import Team

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
        if (self.minutes if self.minutes is not None else 1) <= 0 or (self.steps if self.steps is not None else 1) <= 0:
            raise BadRequest("Training needs positive minutes or steps.")


class Run(Generic[Net]):
    """One run.

    Args:
        net: what learns; only its parameters that require gradients do.
        facts: plain data that a resumed run must share, such as sizes and stage.
        team: the processes that share each batch; alone when omitted.
    """

    def __init__(
        self, net: Net, schedule: Schedule, folder: Path, *, facts: Mapping[str, Any], team: Team | None = None
    ) -> None:
        self.schedule, self.folder, self.facts = schedule, folder, {"seed": schedule.seed, **facts}
        folder.mkdir(parents=True, exist_ok=True)
        self.team = team or Team(schedule.device)
        self.device = self.team.device
        self.net = net.to(self.device)
        self.mean = deepcopy(self.net)
        learning = [p for p in self.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in learning if p.ndim > 1], "weight_decay": schedule.decay},
                {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=schedule.rate,
            betas=(0.9, 0.98),
            fused=self.device.type == "cuda",  # networks of this project are so small that calls cost most
        )
        self.step, self.seconds, self.flops = 0, 0.0, 0.0
        self.waited = 0.0  # seconds of wall time in this process's life that steps took, the same for the whole team
        self.curve: list[dict[str, Any]] = []  # judgements along the way
        self.losses: list[dict[str, float]] = []  # means of the loss between them, to be plotted
        self._bf16 = has_bf16(self.device)
        self._stepping = self.team.joined(_Stepping(self.net))
        self._counted = FlopCount()

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
        return max(0.0, self.seconds * (1 / self.done - 1)) if self.done else math.inf

    def tflops(self) -> tuple[float, float]:
        """Achieved over the run, and the measured peak in matrix products of what it runs on; 10^12 a second."""
        return self.flops / max(self.seconds, 1e-9) / 1e12, peak_tflops(self.device) * self.team.size

    def advance(self, loss: Callable[[Net], Tensor], *, shape: Hashable = None) -> float:
        """One step: compute the loss, follow its gradient; returns the loss.

        Args:
            loss: of this process's share of the batch, so scaled that the mean over processes is the whole batch's.
            shape: what the step's cost depends on; steps of one shape cost the same.

        Raises: BadRequest when the loss is no number any more.
        """
        started, began = clock(self.device), time.perf_counter()
        schedule = self.schedule
        rate = schedule.rate * min(1, (self.step + 1) / schedule.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * min(self.done, 1)))
        self.net.train()
        self.optimiser.zero_grad(set_to_none=True)

        def there_and_back() -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
                lost: Tensor = self._stepping(loss)
            lost.backward()  # type: ignore[no-untyped-call]
            return lost.detach()

        lost, flops = self._counted.of(shape, there_and_back)
        nn.utils.clip_grad_norm_([p for p in self.net.parameters() if p.requires_grad], schedule.clip)
        self.optimiser.step()
        self.step += 1
        self._average()
        value = float(lost)
        # the team agrees on these, since they decide the rate, when to save and when to end
        value, seconds, waited, flops = self.team.mean(
            (value, clock(self.device) - started, time.perf_counter() - began, flops)
        )
        self.seconds += seconds
        self.waited += waited
        self.flops += flops * self.team.size
        if not math.isfinite(value):
            raise BadRequest(f"The loss is {value} at step {self.step}; try a lower rate.")
        return value

    def save(self) -> None:
        """Write everything that a resumed run needs, whole or not at all; the first process does, for all."""
        if not self.team.leads:
            return
        state = {
            "facts": self.facts,
            "schedule": asdict(self.schedule),
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "flops": self.flops,
            "curve": self.curve,
            "losses": self.losses,
        }
        torch.save(state, self.folder / "unfinished.pt")
        os.replace(self.folder / "unfinished.pt", self.folder / "checkpoint.pt")
        config = {"facts": self.facts, "schedule": asdict(self.schedule)}
        for name, data in (("curve", self.curve), ("losses", self.losses), ("config", config)):
            (self.folder / f"{name}.json").write_text(json.dumps(data, indent=1), "utf-8")

    def resume(self) -> bool:
        """Take up where `save` left off, if it did; the length of a run may change, its facts may not.

        Raises: BadRequest when the folder holds a run of other facts.
        """
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self.device)
        if state.get("facts") != self.facts:
            raise BadRequest(f"The run in {self.folder} was begun with {state.get('facts')}; resume it so.")
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.flops = state["step"], state["seconds"], state["flops"]
        self.curve, self.losses = state["curve"], state.get("losses", [])
        return True

    def begin(self, *, resume: bool) -> None:
        """Take up the run in the folder, or begin one where there is none.

        Raises: BadRequest when there is one and it was not said to resume.
        """
        if (self.folder / "checkpoint.pt").exists() and not resume:
            raise BadRequest(f"{self.folder} holds a run already; go on with --resume or choose another folder.")
        self.resume()

    def _average(self) -> None:
        keep = min(self.schedule.average, (1 + self.step) / (10 + self.step))
        both = list(zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True))
        means, news = zip(*(pair for pair in both if pair[0].is_floating_point()), strict=True)
        get_ema_multi_avg_fn(keep)(means, news, None)  # type: ignore[no-untyped-call]
        for mean, new in both:
            if not mean.is_floating_point():
                mean.copy_(new)


class _Stepping(nn.Module):
    """A network whose call is a whole loss, so that what wraps it (gradient averaging) sees every use of it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, loss: Callable[[Any], Tensor]) -> Tensor:
        return loss(self.net)
