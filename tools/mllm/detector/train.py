"""Trains the detector on rendered scenes.

    python -m sightline.tools.mllm.detector.train --minutes M --seed S --out DIR [--resume]

Renders the examples first (in shards, kept), then trains for the given minutes with a cosine learning rate, an average
of the weights for evaluation, and a checkpoint every minute. On a CPU the minutes are processor time per thread, so
that waiting for others costs nothing. `--steps` instead of `--minutes` makes a run repeatable. A resumed run sees the
batches that an uninterrupted one would have seen. One process; bf16 where the processor has it. Nothing here reads
scenes that others made: `--check` only judges.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ...errors import BadRequest, SightlineError
from ..scenes.clevr import KnownScene, read_pixels, read_scenes
from ..scenes.stream import Recipe, sample
from .detector import Detector
from .evaluate import evaluate, known
from .feed import training_batch
from .loss import Losses, losses
from .model import DetectorNet
from .shards import Examples, render_examples

__all__ = ["Plan", "Run", "main"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A training run."""

    seed: int
    minutes: float | None = None  # of training, rendering not counted; per thread on a CPU
    steps: int | None = None  # instead of minutes
    images: int = 6000  # rendered examples
    held_out: int = 100  # rendered scenes for evaluation, of another seed, in the published look
    batch: int = 16
    rate: float = 2e-3
    decay: float = 0.05
    warm_up: int = 100  # steps
    average: float = 0.998  # of the weights
    evaluate_minutes: float = 5.0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise BadRequest("Say how long to train: either --minutes or --steps.")
        if (self.minutes or 1) <= 0 or (self.steps or 1) <= 0 or self.batch < 2 or self.images < 1:
            raise BadRequest("Training needs positive minutes or steps, images, and batches of at least 2.")


class Run:
    """One run in its folder: weights, average, optimiser, step and curve, saved and taken up again together."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        torch.manual_seed(plan.seed)
        memory = {"memory_format": torch.channels_last}
        self.net = DetectorNet().to(plan.device, **memory)  # type: ignore[call-overload]
        self.mean = DetectorNet().to(plan.device, **memory)  # type: ignore[call-overload]
        self.mean.load_state_dict(self.net.state_dict())
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        others = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": plan.decay}, {"params": others, "weight_decay": 0.0}],
            lr=plan.rate,
            betas=(0.9, 0.98),
        )
        self.step, self.seconds = 0, 0.0
        self.curve: list[dict[str, Any]] = []
        self._bf16 = plan.device != "cpu" or _has_bf16()

    @property
    def done(self) -> float:
        """The share of the run that is over."""
        if self.plan.steps is not None:
            return self.step / self.plan.steps
        assert self.plan.minutes is not None
        return self.seconds / (60 * self.plan.minutes)

    def advance(self, examples: Examples) -> Losses:
        """One step."""
        started = self._clock()
        plan = self.plan
        rate = plan.rate * min(1, (self.step + 1) / plan.warm_up) * 0.5 * (1 + math.cos(math.pi * min(self.done, 1)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = training_batch(examples, plan.seed, self.step, plan.batch)
        batch = type(batch)(**{name: getattr(batch, name).to(plan.device) for name in type(batch).__slots__})
        batch.pictures.data = batch.pictures.contiguous(memory_format=torch.channels_last)
        wander = torch.Generator().manual_seed(plan.seed * 1_000_003 + self.step)
        self.net.train()
        with torch.autocast(plan.device.split(":")[0], torch.bfloat16, enabled=self._bf16):
            lost = losses(self.net, batch, wander)
        self.optimiser.zero_grad(set_to_none=True)
        lost.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 20.0)
        self.optimiser.step()
        self.step += 1
        self._average()
        self.seconds += self._clock() - started
        return lost

    def _clock(self) -> float:
        if self.plan.device == "cpu":
            return time.process_time() / torch.get_num_threads()
        return time.perf_counter()

    def save(self) -> None:
        """Write everything that a resumed run needs, whole or not at all."""
        state = {
            "plan": asdict(self.plan),
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
        }
        torch.save(state, self.folder / "unfinished.pt")
        os.replace(self.folder / "unfinished.pt", self.folder / "checkpoint.pt")
        (self.folder / "curve.json").write_text(json.dumps(self.curve, indent=1), "utf-8")

    def load(self) -> None:
        """Take up where `save` left off; the length of the run may change, its seed and batch may not."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            raise BadRequest(f"There is no checkpoint in {self.folder} to resume.")
        state = torch.load(path, weights_only=True)
        for name in ("seed", "batch"):
            if state["plan"][name] != getattr(self.plan, name):
                raise BadRequest(f"The run in {self.folder} was begun with {name} {state['plan'][name]}; resume it so.")
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]

    def _average(self) -> None:
        keep = min(self.plan.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, new in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(new, 1 - keep)


def train(plan: Plan, folder: Path, *, examples: Path, resume: bool = False, check: Path | None = None) -> Run:
    """Render what is lacking, train, evaluate on the way, and leave `detector.safetensors` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(plan, folder)
    if resume and (folder / "checkpoint.pt").exists():
        run.load()
    elif (folder / "checkpoint.pt").exists():
        raise BadRequest(f"{folder} holds a run already; go on with --resume or choose another folder.")
    render_examples(examples, plan.seed, plan.images, told=_tell_rendering)
    pictures = Examples(examples)
    held = [sample(plan.seed + 1, k, Recipe(plain_share=1.0)) for k in range(plan.held_out)]
    tests = {"held_out": [(known(one), one.pixels) for one in held]}
    if check is not None:
        tests["check"] = [(scene, read_pixels(scene)) for scene in read_scenes(check)]
    saved, judged, recent = time.perf_counter(), run.seconds, []
    while run.done < 1:
        lost = run.advance(pictures)
        recent.append(lost.parts)
        if run.step % 50 == 0:
            _tell(run, recent)
            recent = []
        if time.perf_counter() - saved > 60:
            run.save()
            saved = time.perf_counter()
        if run.seconds - judged > 60 * plan.evaluate_minutes:
            _judge(run, tests)
            judged = run.seconds
    figures = _judge(run, tests)
    run.save()
    facts = {"seed": plan.seed, "steps": run.step, "pictures_seen": run.step * plan.batch, "minutes": run.seconds / 60}
    Detector(run.mean).save(folder / "detector.safetensors", {**facts, "figures": figures})
    return run


def _judge(run: Run, tests: dict[str, list[tuple[KnownScene, Any]]]) -> dict[str, Any]:
    figures = {}
    for name, scenes in tests.items():
        result = evaluate(Detector(run.mean), scenes)
        result["errors"] = len(result["errors"])
        figures[name] = {key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}
    entry = {
        "step": run.step,
        "pictures_seen": run.step * run.plan.batch,
        "minutes": round(run.seconds / 60, 2),
        **figures,
    }
    run.curve.append(entry)
    print(json.dumps(entry), flush=True)
    return figures


def _tell(run: Run, recent: list[dict[str, float]]) -> None:
    parts = {name: round(sum(one.get(name, 0.0) for one in recent) / len(recent), 4) for name in recent[0]}
    speed = run.step * run.plan.batch / run.seconds
    left = run.seconds * (1 / max(run.done, 1e-6) - 1) / 60
    print(f"step {run.step}  {parts}  {speed:.1f} pictures/s  {left:.1f} min left", file=sys.stderr, flush=True)


def _tell_rendering(count: int) -> bool:
    print(f"rendered {count}", file=sys.stderr, flush=True)
    return True


def _has_bf16() -> bool:
    """Whether this processor multiplies bf16 natively; elsewhere it is emulated and slower than float32."""
    return bool(torch.backends.cpu.get_cpu_capability() == "AVX512") and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.detector.train", description=__doc__)
    parser.add_argument("--minutes", type=float, default=None, help="of work, rendering not counted")
    parser.add_argument("--steps", type=int, default=None, help="instead of minutes, for a repeatable run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument(
        "--examples", type=Path, default=None, help="folder of rendered examples (default: OUT/examples)"
    )
    parser.add_argument("--images", type=int, default=6000, help="rendered examples to train on")
    parser.add_argument("--held-out", type=int, default=100, help="rendered scenes, of another seed, to judge on")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--check", type=Path, default=None, help="a folder in the CLEVR layout to judge on along the way"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in OUT, or begin it")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        plan = Plan(
            seed=options.seed,
            minutes=options.minutes,
            steps=options.steps,
            images=options.images,
            held_out=options.held_out,
            batch=options.batch,
            device=options.device,
        )
        examples = options.examples or options.out / "examples"
        train(plan, options.out, examples=examples, resume=options.resume, check=options.check)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
