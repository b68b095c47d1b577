"""Train the planner: `python -m sightline.tools.mllm.planner.train --minutes 60 --seed 7 --out runs/planner`.

One thread by default, bf16 where the processor has it.  `--minutes` is turned into a number of steps by a short
measurement and written to the run's config; `--steps` repeats a run exactly.  A run folder holds config.json,
vocabulary.json, curve.jsonl and the last checkpoint; `--resume` goes on from there with the same data order.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from .batches import Vocabulary, training
from .model import Lessons, PlannerConfig, PlannerNet
from .plan import Kind
from .questions.stream import Example, examples
from .weights import begin_with, load

POOL = 16  # batches that are sorted by length together, so that little is padded
LEAST = 12  # how often a word of the sample must occur to get a vector of its own
SAVE_EVERY, CHECK_EVERY, SAY_EVERY = 250, 1000, 100  # steps
MEASURED_STEPS = 24
CHECKS: dict[str, dict[str, Any]] = {
    "dev": {"split": "dev"},
    "unseen_nouns": {"unseen_nouns": True},
    "unseen_wordings": {"unseen_wordings": True},
    "videos": {"split": "dev", "root": Kind.HAPPENING},
}


@dataclass(kw_only=True, slots=True)
class RunConfig:
    """What makes a run what it is; written to its folder."""

    seed: int
    steps: int | None  # None until measured
    batch: int = 128  # questions per step
    peak: float = 1e-3  # highest learning rate
    net: dict[str, int] = field(default_factory=dict)  # sizes that differ from PlannerConfig's own, and the words
    vocabulary_sample: int = 120_000  # questions that are counted for the vocabulary
    checked: int = 600  # held-out questions per check


def rate(step: int, steps: int, *, peak: float) -> float:
    """Learning rate: linear warm-up, then a cosine down to a fiftieth of the peak."""
    warmup = min(300, steps // 10 + 1)
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def batches(seed: int, size: int, vocabulary: Vocabulary, *, skip: int = 0) -> Iterator[Lessons]:
    """Training batches of one seed; `skip` leaves out the first ones, which a resumed run has seen."""
    stream = examples(seed, split="train", root=None)
    number = 0
    while True:
        pool: list[Example] = list(islice(stream, size * POOL))
        pool.sort(key=lambda example: len(example.tokens) + len(example.steps))
        groups = [pool[i : i + size] for i in range(0, len(pool), size)]
        random.Random(f"{seed}:{number}").shuffle(groups)
        for group in groups:
            if number >= skip:
                yield training(group, vocabulary, random.Random(f"drop:{seed}:{number}"))
            number += 1


class Run:
    """A training run in its folder.

    Args:
        folder: where it writes.
        config: what to train; with `resume` the folder's own config counts, but for a given number of steps.
        resume: go on from the folder's checkpoint.
        begin: shipped weights to begin with, which may know fewer words and operators.
    """

    def __init__(self, folder: Path, config: RunConfig, *, resume: bool = False, begin: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        saved = folder / "config.json"
        if resume and saved.exists():
            self.config = RunConfig(**json.loads(saved.read_text()))
            self.config.steps = config.steps or self.config.steps
            self.vocabulary = Vocabulary.load(folder / "vocabulary.json")
        else:
            self.config = config
            sample = islice(examples(config.seed + 1, root=None), config.vocabulary_sample)
            self.vocabulary = Vocabulary.gather(sample, least=LEAST)
            if begin is not None:
                known = load(begin).vocabulary.words
                self.vocabulary = Vocabulary([*known, *(w for w in self.vocabulary.words if w not in set(known))])
            self.vocabulary.save(folder / "vocabulary.json")
            config.net = asdict(PlannerConfig(**(config.net | {"words": len(self.vocabulary)})))
            (folder / "curve.jsonl").unlink(missing_ok=True)
        torch.manual_seed(self.config.seed)
        self.net = PlannerNet(PlannerConfig(**self.config.net))
        if begin is not None:
            begin_with(self.net, begin, self.vocabulary)
        self.half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.config.peak, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.step = 0
        if resume and (folder / "checkpoint.pt").exists():
            state = torch.load(folder / "checkpoint.pt", weights_only=True)
            self.net.load_state_dict(state["net"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    def learn(self, batch: Lessons, steps: int) -> float:
        """One step; returns its loss per question."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.step, steps, peak=self.config.peak)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            total, _ = self.net.losses(batch)
        loss = total.mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def measure(self, minutes: float) -> int:
        """How many steps fit into so many minutes; leaves the run as it was."""
        fresh = {name: value.clone() for name, value in self.net.state_dict().items()}
        began = time.perf_counter()
        for batch in islice(batches(self.config.seed + 2, self.config.batch, self.vocabulary), MEASURED_STEPS):
            self.learn(batch, 10_000)
        each = (time.perf_counter() - began) / MEASURED_STEPS
        self.net.load_state_dict(fresh)
        self.optimizer.state.clear()
        return max(1, int(minutes * 60 / each))

    def train(self, *, until: int | None = None) -> None:
        """Train to the end, or until a step."""
        steps = self.config.steps
        if steps is None:
            raise ValueError("a run needs a number of steps")
        (self.folder / "config.json").write_text(json.dumps(asdict(self.config), indent=1))
        last = steps if until is None else min(until, steps)
        held = {name: list(islice(examples(11, **chosen), self.config.checked)) for name, chosen in CHECKS.items()}
        began, first, recent = time.perf_counter(), self.step, 0.0
        for batch in batches(self.config.seed, self.config.batch, self.vocabulary, skip=self.step):
            if self.step >= last:
                break
            recent += self.learn(batch, steps)
            self.step += 1
            end = self.step == last
            if self.step % SAVE_EVERY == 0 or end:
                self.save()
            if self.step % SAY_EVERY == 0 or end:
                spent = time.perf_counter() - began
                done = self.step - first
                line: dict[str, Any] = {
                    "step": self.step,
                    "loss": round(recent / ((self.step - 1) % SAY_EVERY + 1), 4),
                    "seconds": round(spent, 1),
                    "per_second": round(done * self.config.batch / spent, 1),
                }
                recent = 0.0
                if self.step % CHECK_EVERY == 0 or end:
                    for name, sample in held.items():
                        line[f"{name}_right"] = self.forced(sample)
                with (self.folder / "curve.jsonl").open("a") as curve:
                    curve.write(json.dumps(line) + "\n")
                print(json.dumps(line), f"{(last - self.step) * spent / done / 60:.1f} minutes to go", flush=True)

    @torch.no_grad()
    def forced(self, sample: list[Example]) -> float:
        """Share of plans that are right step by step, given the right steps before."""
        self.net.eval()
        right = 0
        for start in range(0, len(sample), 100):
            _, correct = self.net.losses(training(sample[start : start + 100], self.vocabulary, None))
            right += int(correct.sum())
        self.net.train()
        return round(right / max(1, len(sample)), 4)

    def save(self) -> None:
        """Write the checkpoint so that a kill at any moment leaves a whole one."""
        fresh = self.folder / "checkpoint.new"
        state = {"net": self.net.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}
        torch.save(state, fresh)
        fresh.replace(self.folder / "checkpoint.pt")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the native planner.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, help="exact number of steps, instead of minutes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=128, help="questions per step")
    parser.add_argument("--peak", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--begin", type=Path, help="shipped weights to begin with, instead of random ones")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    config = RunConfig(seed=options.seed, steps=options.steps, batch=options.batch, peak=options.peak)
    run = Run(options.out, config, resume=options.resume, begin=options.begin)
    if run.config.steps is None:
        run.config.steps = run.measure(options.minutes)
    millions = sum(p.numel() for p in run.net.parameters()) / 1e6
    print(f"{millions:.2f}M parameters, {len(run.vocabulary)} words, {run.config.steps} steps", flush=True)
    run.train()


if __name__ == "__main__":
    main()
