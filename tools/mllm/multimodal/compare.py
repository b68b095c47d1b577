"""Compares ways to build the model at the same budget: tokens of things or of cells, with thoughts or outright.

    python -m sightline.tools.mllm.multimodal.compare --examples DIR --out DIR --minutes M --json FILE

Each model begins with random weights, learns for the same minutes from the same pictures and the same questions, and is
judged on the same rendered scenes. The minutes are few: the figures say which way learns faster, not how far it gets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from ...errors import SightlineError
from ..detector.detector import Detector
from ..training.practice import Tell
from ..training.run import Schedule
from .config import DecoderConfig, VisionKind
from .evaluate import judge
from .lessons import Mixture
from .mllm import MultimodalModel
from .text import Text
from .train import Course, train
from .vision import encoder_for

__all__ = ["compare", "main"]

_JUDGED_ON = 9_101  # seed of the scenes that judge


def compare(
    out: Path,
    examples: Path,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    pictures: int = 2000,
    scenes: int = 40,
    seed: int = 1,
    decoder: DecoderConfig | None = None,
    tell: Tell | None = None,
) -> list[dict[str, Any]]:
    """Train and judge one model each; returns a row per model, best first."""
    rows = []
    for vision in get_args(VisionKind):
        for thinks in (True, False):
            course = Course(
                stage="instruct",
                out=out / f"{vision}-{'thoughts' if thinks else 'outright'}",
                schedule=Schedule(seed=seed, minutes=minutes, steps=steps, rate=1e-3, warm_up=100),
                vision=vision,
                decoder=decoder,
                mixture=Mixture(direct=0.0 if thinks else 1.0),
                examples=examples,
                pictures=pictures,
                layouts=0.0,
                fresh=True,
                sights=out / f"sights-{vision}",
            )
            run = train(course, tell=tell)
            text = Text.load(course.out / "tokenizer.json")
            model = MultimodalModel(run.mean, text, encoder_for(run.net.config, Detector.load()))
            figures = judge(model, _JUDGED_ON, scenes, think=thinks)
            rows.append(
                {
                    "vision": vision,
                    "thoughts": thinks,
                    "minutes": round(run.seconds / 60, 2),
                    "steps": run.step,
                    "accuracy": figures["accuracy"],
                    "questions": figures["questions"],
                    "families": figures["families"],
                }
            )
    return sorted(rows, key=lambda row: -row["accuracy"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.multimodal.compare", description=__doc__)
    parser.add_argument("--examples", type=Path, required=True, help="folder of rendered examples")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10.0, help="of training, for each model")
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--scenes", type=int, default=40, help="to judge on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        rows = compare(
            options.out,
            options.examples,
            minutes=options.minutes,
            pictures=options.pictures,
            scenes=options.scenes,
            seed=options.seed,
        )
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    for row in rows:
        print(f"{row['vision']:8} {'thoughts' if row['thoughts'] else 'outright':9} {row['accuracy']:.1%}")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
