"""Trains the detector on rendered scenes.

    python -m sightline.tools.mllm.detector.train --minutes M --seed S --out DIR [--resume]

Renders the examples first (in shards, kept) unless it is given some, then trains for the given minutes with a cosine
learning rate, an average of the weights for evaluation, and a checkpoint every minute. On a CPU the minutes are
processor time per thread, so that waiting for others costs nothing. `--steps` instead of `--minutes` makes a run
repeatable. A resumed run sees the batches that an uninterrupted one would have seen. bf16 where the device has it. With
several processes each takes a share of every batch and normalises it by itself. Nothing here reads scenes that others
made: `--check` only judges.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import BadRequest
from ..scenes.clevr import KnownScene, read_pixels, read_scenes
from ..scenes.stream import Recipe, sample
from ..training.command import carried_out, schedule_of, trainer
from ..training.practice import Rhythm, Step, Tell, practise
from ..training.run import Run, Schedule
from ..training.team import Team
from .detector import Detector
from .evaluate import evaluate, known
from .feed import batch_in_turn
from .loss import Batch, losses
from .model import DetectorNet
from .shards import Examples, render_examples

__all__ = ["Plan", "begun", "main", "steps", "train"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a training run works with, beside its schedule."""

    images: int = 6000  # rendered examples
    held_out: int = 100  # rendered scenes for evaluation, of another seed, in the published look
    batch: int = 16

    def __post_init__(self) -> None:
        if self.batch < 2 or self.images < 1:
            raise BadRequest("Training needs images, and batches of at least 2.")


def begun(
    schedule: Schedule, folder: Path, plan: Plan, team: Team | None = None, *, begin: Path | None = None
) -> Run[DetectorNet]:
    """A run at its first step, with random weights or with those of the detector `begin`.

    Raises: ExpertUnavailable when that is no detector.
    """
    torch.manual_seed(schedule.seed)
    net = DetectorNet() if begin is None else Detector.load(begin).net
    net = net.to(memory_format=torch.channels_last)
    return Run(net, schedule, folder, facts={"part": "detector", "batch": plan.batch}, team=team)


def steps(run: Run[DetectorNet], folders: Sequence[Examples], size: int) -> Iterator[Step[DetectorNet]]:
    """The run's steps from where it stands; batches come from the folders in turn."""
    seed, team = run.schedule.seed, run.team
    share = team.share(size)
    for number in count(run.step):
        whole = batch_in_turn(folders, seed, number, size)
        batch = whole.part(share).to(run.device)
        # what the whole batch's loss is a mean over is its things: a share of them weighs as much
        weight = team.size * len(batch.owner) / max(len(whole.owner), 1)
        wander = torch.Generator().manual_seed(seed * 1_000_003 + number + 7_919 * team.rank)
        yield Step(partial(_lost, batch=batch, wander=wander, weight=weight), len(batch.owner) // 4, size)


def _lost(net: DetectorNet, *, batch: Batch, wander: torch.Generator, weight: float) -> Tensor:
    return losses(net, batch, wander).total * weight


def train(
    schedule: Schedule,
    folder: Path,
    plan: Plan,
    *,
    examples: Sequence[Path] = (),
    begin: Path | None = None,
    resume: bool = False,
    check: Path | None = None,
    tell: Tell | None = None,
) -> Run[DetectorNet]:
    """Train, evaluate on the way, and leave `detector.safetensors` in the folder.

    Args:
        examples: folders to learn from; none: examples are rendered into the run's folder.
        begin: a detector whose weights to begin with.
    """
    run = begun(schedule, folder, plan, begin=begin)
    run.begin(resume=resume)
    if not examples:
        examples = [folder / "examples"]
        if run.team.leads:
            render_examples(examples[0], schedule.seed, plan.images, told=_tell_rendering)
        run.team.wait()
    held = [
        sample(schedule.seed + 1, k, Recipe(plain_share=1.0)) for k in range(plan.held_out if run.team.leads else 0)
    ]
    tests = {"held_out": [(known(one), one.pixels) for one in held]}
    if check is not None:
        tests["check"] = [(scene, read_pixels(scene)) for scene in read_scenes(check)]
    figures = practise(
        run,
        steps(run, [Examples(each) for each in examples], plan.batch),
        judge=partial(_judged, run, tests),
        examples="pictures",
        rhythm=Rhythm(judge_s=300.0, save_s=60.0),
        tell=tell,
    )
    if run.team.leads:
        seen = run.step * plan.batch
        facts = {"seed": schedule.seed, "steps": run.step, "pictures_seen": seen, "minutes": run.seconds / 60}
        Detector(run.mean).save(folder / "detector.safetensors", {**facts, "figures": figures["last"]})
    return run


def _judged(run: Run[DetectorNet], tests: dict[str, list[tuple[KnownScene, Any]]]) -> dict[str, Any]:
    figures = {}
    for name, scenes in tests.items():
        result = evaluate(Detector(run.mean), scenes)
        result["errors"] = len(result["errors"])
        figures[name] = {key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}
    return figures


def _tell_rendering(number: int) -> bool:
    print(f"rendered {number}", file=sys.stderr, flush=True)
    return True


def main(arguments: Sequence[str] | None = None, *, tell: Tell | None = None) -> int:
    """The command line."""
    parser = trainer(
        "sightline.tools.mllm.detector.train",
        __doc__,
        minutes="of work, rendering not counted",
        batch=16,
        batch_of="pictures",
        resume="go on with the run in OUT, or begin it",
    )
    parser.add_argument(
        "--examples", type=Path, nargs="+", default=(), help="folders of rendered examples, instead of new ones"
    )
    parser.add_argument("--begin", type=Path, default=None, help="a detector whose weights to begin with")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--images", type=int, default=6000, help="rendered examples to train on")
    parser.add_argument("--held-out", type=int, default=100, help="rendered scenes, of another seed, to judge on")
    parser.add_argument(
        "--check", type=Path, default=None, help="a folder in the CLEVR layout to judge on along the way"
    )

    def work(options: argparse.Namespace) -> None:
        schedule = schedule_of(options, rate=options.rate, clip=20.0)
        plan = Plan(images=options.images, held_out=options.held_out, batch=options.batch)
        train(
            schedule,
            options.out,
            plan,
            examples=options.examples,
            begin=options.begin,
            resume=options.resume,
            check=options.check,
            tell=tell,
        )

    return carried_out(parser, arguments, work)


if __name__ == "__main__":
    sys.exit(main())
