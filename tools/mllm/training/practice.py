"""The loop that every training shares: steps, judgements along the way, checkpoints, and telling how it goes.

A run's folder ends up with config.json, curve.json (judgements), losses.json, figures.json, curves.png (where
matplotlib is installed), and what the trainer itself leaves there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from ...errors import MissingDependency
from .plots import plot_run
from .run import Run
from .speed import clock

__all__ = ["Progress", "Rhythm", "Step", "Tell", "plainly", "practise"]

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Step(Generic[Net]):
    """One step of a training."""

    loss: Callable[[Net], Tensor]  # as `Run.advance` wants it
    shape: Hashable  # what its cost depends on
    seen: int  # examples in the whole batch


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """How often something is done beside learning."""

    judge_s: float = 240.0  # seconds of training
    save_s: float = 90.0  # seconds of wall time
    keep_steps: int = 50  # between entries of losses.json


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How a run stands."""

    step: int
    done: float  # 0 to 1
    loss: float  # a mean over the last steps
    per_second: float  # examples, their making included
    examples: str  # what they are: pictures, questions
    left_s: float
    tflops: float  # achieved, 10^12 operations a second
    peak_tflops: float
    judged: dict[str, Any] | None  # the last judgement

    def __str__(self) -> str:
        return (
            f"step {self.step}  loss {self.loss:.4f}  {self.per_second:.1f} {self.examples}/s  "
            f"{self.tflops:.4f} of {self.peak_tflops:.4f} TFLOPS  {self.left_s / 60:.1f} min left"
        )


Tell = Callable[[Progress], None]


def plainly(every_s: float = 15.0) -> Tell:
    """Tells in lines on standard error, now and then and at the end."""
    last = -every_s

    def tell(progress: Progress) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last >= every_s or progress.done >= 1:
            print(progress, file=sys.stderr, flush=True)
            last = now

    return tell


def practise(
    run: Run[Net],
    steps: Iterator[Step[Net]],
    *,
    judge: Callable[[], dict[str, Any]],
    examples: str = "examples",
    rhythm: Rhythm | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Learn to the end of the run; returns its figures, which figures.json keeps.

    Args:
        steps: from `run.step` on.
        judge: how good the averaged weights are, as plain data; only the first process of a team is asked.
        tell: hears of every step.
    """
    rhythm = rhythm or Rhythm()
    tell = tell or plainly()
    saved, judged = run.waited, run.seconds
    seen, working = 0, 0.0
    recent: float | None = None
    since: list[float] = []
    _, peak = run.tflops()
    while run.done < 1:
        started = clock(run.device)
        step = next(steps)
        value = run.advance(step.loss, shape=step.shape)
        working += clock(run.device) - started
        seen += step.seen
        since.append(value)
        recent = value if recent is None else 0.95 * recent + 0.05 * value
        if run.team.leads:
            tell(_progress(run, recent, seen / max(working, 1e-9), examples, peak))
        if len(since) == rhythm.keep_steps or run.done >= 1:
            mean = sum(since) / len(since)
            run.losses.append({"step": run.step, "minutes": round(run.seconds / 60, 3), "loss": round(mean, 5)})
            since = []
        if run.done < 1 and run.seconds - judged > rhythm.judge_s:
            _judge(run, judge)
            judged = run.seconds
        if run.done < 1 and run.waited - saved > rhythm.save_s:
            run.save()
            saved = run.waited
    _judge(run, judge)
    run.save()
    figures = _figures(run, seen / max(working, 1e-9) if working else None, run.seconds, examples)
    if run.team.leads:
        (run.folder / "figures.json").write_text(json.dumps(figures, indent=1), "utf-8")
        try:
            plot_run(run.folder)
        except MissingDependency as error:
            print(f"No plots: {error}", file=sys.stderr, flush=True)
    run.team.wait()
    return figures


def _progress(run: Run[Any], loss: float, per_second: float, examples: str, peak: float) -> Progress:
    return Progress(
        step=run.step,
        done=min(run.done, 1.0),
        loss=loss,
        per_second=per_second,
        examples=examples,
        left_s=run.left_s,
        tflops=run.flops / max(run.seconds, 1e-9) / 1e12,
        peak_tflops=peak,
        judged=run.curve[-1] if run.curve else None,
    )


def _judge(run: Run[Any], judge: Callable[[], dict[str, Any]]) -> None:
    if run.team.leads:
        run.curve.append({"step": run.step, "minutes": round(run.seconds / 60, 2), **judge()})
        print(json.dumps(run.curve[-1]), flush=True)
    run.team.wait()


def _figures(run: Run[Any], per_second: float | None, seconds: float, examples: str) -> dict[str, Any]:
    achieved, peak = run.tflops()
    return {
        "steps": run.step,
        "minutes": round(seconds / 60, 3),
        "processes": run.team.size,
        "device": str(run.device),
        f"{examples}_per_second": None if per_second is None else round(per_second, 2),
        "tflops": round(achieved, 5),
        "peak_tflops": round(peak, 5),
        "share_of_peak": round(achieved / peak, 4),
        "last": run.curve[-1] if run.curve else None,
    }
