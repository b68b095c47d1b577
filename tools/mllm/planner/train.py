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
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch

from .batches import Vocabulary, training
from .model import Lessons, PlannerConfig, PlannerNet
from .questions.stream import Example, examples

POOL = 16  # batches that are sorted by length together, so that little is padded
VOCABULARY_SAMPLE = 120_000
MEASURED_STEPS = 24
SAVE_EVERY, CHECK_EVERY = 250, 1000  # steps


def rate(step: int, steps: int, *, peak: float, warmup: int) -> float:
    """Learning rate: linear warm-up, then a cosine down to a fiftieth of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def batches(seed: int, size: int, vocabulary: Vocabulary, *, skip: int = 0) -> Iterator[Lessons]:
    """Training batches of one seed; `skip` leaves out the first ones, which a resumed run has seen."""
    stream = examples(seed, split="train")
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


@torch.no_grad()
def forced(net: PlannerNet, sample: list[Example], vocabulary: Vocabulary) -> tuple[float, float]:
    """Mean loss and share of plans that are right step by step, on examples that are not trained on."""
    net.eval()
    loss, right = 0.0, 0
    for start in range(0, len(sample), 100):
        part = sample[start : start + 100]
        total, correct = net.losses(training(part, vocabulary, None))
        loss += float(total.sum())
        right += int(correct.sum())
    net.train()
    return loss / len(sample), right / len(sample)


def save(folder: Path, net: PlannerNet, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Write the checkpoint so that a kill at any moment leaves a whole one."""
    fresh = folder / "checkpoint.new"
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, fresh)
    fresh.replace(folder / "checkpoint.pt")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the native planner.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, help="exact number of steps, instead of minutes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    saved = folder / "config.json"
    if options.resume and saved.exists():
        config = json.loads(saved.read_text())
        vocabulary = Vocabulary.load(folder / "vocabulary.json")
        if options.steps is not None:
            config["steps"] = options.steps
    else:
        vocabulary = Vocabulary.gather(islice(examples(options.seed + 1), VOCABULARY_SAMPLE), least=12)
        vocabulary.save(folder / "vocabulary.json")
        config = {
            "seed": options.seed,
            "batch": options.batch,
            "peak": options.peak,
            "steps": options.steps,
            "net": asdict(PlannerConfig(words=len(vocabulary))),
        }
        (folder / "curve.jsonl").unlink(missing_ok=True)
    net = PlannerNet(PlannerConfig(**config["net"]))
    half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    optimizer = torch.optim.AdamW(net.parameters(), lr=config["peak"], betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    step = 0
    if options.resume and (folder / "checkpoint.pt").exists():
        state = torch.load(folder / "checkpoint.pt", weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    checks = {
        "dev": list(islice(examples(11, split="dev"), 600)),
        "unseen_nouns": list(islice(examples(12, unseen_nouns=True), 600)),
        "unseen_wordings": list(islice(examples(13, unseen_wordings=True), 600)),
    }

    def learn(batch: Lessons, at: int, steps: int) -> float:
        for group in optimizer.param_groups:
            group["lr"] = rate(at, steps, peak=config["peak"], warmup=min(300, steps // 10 + 1))
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            total, _ = net.losses(batch)
        loss = total.mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach())

    if config["steps"] is None:
        start = torch.get_rng_state()
        fresh = {name: value.clone() for name, value in net.state_dict().items()}
        began = time.perf_counter()
        for batch in islice(batches(options.seed + 2, config["batch"], vocabulary), MEASURED_STEPS):
            learn(batch, 0, 10_000)
        each = (time.perf_counter() - began) / MEASURED_STEPS
        config["steps"] = int(options.minutes * 60 / each)
        net.load_state_dict(fresh)
        optimizer.state.clear()
        torch.set_rng_state(start)
    saved.write_text(json.dumps(config, indent=1))
    steps: int = config["steps"]
    millions = sum(p.numel() for p in net.parameters()) / 1e6
    print(f"{millions:.2f}M parameters, {len(vocabulary)} words, {steps} steps, bf16 {half}", flush=True)

    began, seen, recent = time.perf_counter(), 0, 0.0
    for batch in batches(config["seed"], config["batch"], vocabulary, skip=step):
        if step >= steps:
            break
        recent += learn(batch, step, steps)
        step += 1
        seen += config["batch"]
        if step % 100 == 0 or step == steps:
            spent = time.perf_counter() - began
            line = {
                "step": step,
                "loss": round(recent / 100, 4),
                "seconds": round(spent, 1),
                "per_second": round(seen / spent, 1),
            }
            recent = 0.0
            if step % SAVE_EVERY == 0 or step == steps:
                save(folder, net, optimizer, step)
            if step % CHECK_EVERY == 0 or step == steps:
                for name, sample in checks.items():
                    loss, right = forced(net, sample, vocabulary)
                    line |= {f"{name}_loss": round(loss, 4), f"{name}_right": round(right, 4)}
            with (folder / "curve.jsonl").open("a") as curve:
                curve.write(json.dumps(line) + "\n")
            print(
                json.dumps(line),
                f"eta {(steps - step) * spent / max(1, seen / config['batch']) / 60:.1f} min",
                flush=True,
            )


if __name__ == "__main__":
    main()
