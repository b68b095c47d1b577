"""Trains the second look on the examples that the detector was trained on.

    python -m sightline.tools.mllm.detector.train_closer --minutes M --seed S --out DIR --examples DIR [DIR ...]

Crops stand where a detector would put them: true centres and boxes, moved and scaled a little. Of several folders,
whose pictures may differ in size, batches are taken in turn. With `--detector FILE` the finished network joins those
weights in one file, `detector.safetensors` of the run's folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ...errors import BadRequest
from ..scenes.clevr import read_pixels, read_scenes
from ..training.command import carried_out, schedule_of, trainer
from ..training.practice import Rhythm, Step, Tell, practise
from ..training.run import Run, Schedule
from .closer import CloserConfig, CloserLook, crops
from .config import ATTRIBUTES, INPUT_WIDTH
from .detector import Detector
from .evaluate import evaluate
from .feed import batch_in_turn, batch_of
from .loss import Batch
from .shards import Examples

__all__ = ["begun", "main", "steps", "train"]

_WIDTH = 480  # pixels of the pictures that are looked at: as wide as the published ones
_WANDER_PX = 1.2  # standard deviation of where a detector sees a centre, in pictures INPUT_WIDTH wide
_SCALE = 0.06  # and of the logarithm of how large it sees a box
_HELD = 200  # examples that judge
_SMOOTH = 0.02  # of the labels: chances stay honest


def loss_of(net: CloserLook, batch: Batch, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Loss, and per thing whether all attributes are right (N,); without a generator the crops stand exactly."""
    pictures, width = batch.pictures, net.config.width
    scale_to = width / pictures.shape[3]
    if scale_to != 1:
        size = (round(pictures.shape[2] * scale_to), width)
        pictures = F.interpolate(pictures, size, mode="bilinear", antialias=True, align_corners=False)
    centers, boxes = batch.centers * scale_to, batch.boxes * scale_to
    if generator is not None:
        wander = _WANDER_PX * width / INPUT_WIDTH
        centers = centers + torch.randn(centers.shape, generator=generator).to(centers) * wander
        scale = torch.exp(torch.randn(len(boxes), 1, generator=generator).to(boxes) * _SCALE)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
        boxes = torch.cat([middle - half, middle + half], 1)
    seen, place = crops(pictures, batch.owner, centers, boxes, net.config.side)
    said = net(seen.contiguous(memory_format=torch.channels_last), place)
    lost = torch.stack(
        [
            F.cross_entropy(said.attributes[name], batch.attributes[:, k], label_smoothing=_SMOOTH)
            for k, name in enumerate(ATTRIBUTES)
        ]
    ).sum()
    right = torch.stack(
        [said.attributes[name].argmax(1) == batch.attributes[:, k] for k, name in enumerate(ATTRIBUTES)]
    ).all(0)
    return lost, right


def begun(schedule: Schedule, folder: Path, *, batch: int, begin: Path | None = None) -> Run[CloserLook]:
    """A run at its first step, with random weights or with those of the second look of the detector `begin`.

    Raises: BadRequest when that has none of this shape; ExpertUnavailable when it is no detector.
    """
    torch.manual_seed(schedule.seed)
    net = CloserLook(CloserConfig(width=_WIDTH))
    if begin is not None:
        before = Detector.load(begin).closer
        if before is None or replace(before.config, width=_WIDTH) != net.config:
            raise BadRequest(f"{begin} has no second look of this shape; begin without it.")
        net.load_state_dict(before.state_dict())
    net = net.to(memory_format=torch.channels_last)
    return Run(net, schedule, folder, facts={"part": "closer", "batch": batch})


def steps(run: Run[CloserLook], folders: Sequence[Examples], size: int) -> Iterator[Step[CloserLook]]:
    """The run's steps from where it stands; batches come from the folders in turn."""
    seed, team = run.schedule.seed, run.team
    share = team.share(size)
    for number in count(run.step):
        whole = batch_in_turn(folders, seed + 1, number, size)
        batch = whole.part(share).to(run.device)
        weight = team.size * len(batch.owner) / max(len(whole.owner), 1)
        wander = torch.Generator().manual_seed(seed * 1_000_003 + number + 7_919 * team.rank)
        yield Step(partial(_lost, batch=batch, generator=wander, weight=weight), len(batch.owner) // 4, size)


def train(
    schedule: Schedule,
    folder: Path,
    examples: Sequence[Path],
    *,
    batch: int = 24,
    begin: Path | None = None,
    resume: bool = False,
    tell: Tell | None = None,
) -> Run[CloserLook]:
    """Train to the end; judged along the way on the last 200 of the first folder, which are not learned from."""
    run = begun(schedule, folder, batch=batch, begin=begin)
    run.begin(resume=resume)
    learned, held = Examples(examples[0]).split(-_HELD)
    if not len(learned):
        raise BadRequest(f"{examples[0]} holds {len(held)} examples; render more than the {_HELD} that judge.")
    folders = [learned, *map(Examples, examples[1:])]
    held_batches = [
        batch_of([held[k] for k in range(n, min(n + 25, len(held)))]).to(run.device) for n in range(0, len(held), 25)
    ]
    practise(
        run,
        steps(run, folders, batch),
        judge=partial(_judged, run, held_batches),
        examples="pictures",
        rhythm=Rhythm(judge_s=120.0, save_s=60.0),
        tell=tell,
    )
    return run


def _lost(net: CloserLook, *, batch: Batch, generator: torch.Generator, weight: float) -> Tensor:
    return loss_of(net, batch, generator)[0] * weight


@torch.inference_mode()
def _judged(run: Run[CloserLook], held: Sequence[Batch]) -> dict[str, float]:
    net = run.mean.eval()
    right = torch.cat([loss_of(net, batch, None)[1] for batch in held]).float().mean()
    return {"all_four": round(float(right), 4)}


def main(arguments: Sequence[str] | None = None, *, tell: Tell | None = None) -> int:
    """The command line."""
    parser = trainer(
        "sightline.tools.mllm.detector.train_closer",
        __doc__,
        minutes="of training; processor time per thread",
        batch=24,
        batch_of="pictures",
    )
    parser.add_argument("--examples", type=Path, required=True, nargs="+", help="folders of rendered examples")
    parser.add_argument("--begin", type=Path, default=None, help="a detector whose second look to begin with")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--detector", type=Path, default=None, help="weights that the second look joins")
    parser.add_argument("--check", type=Path, default=None, help="a folder in the CLEVR layout to judge the pair on")

    def work(options: argparse.Namespace) -> None:
        schedule = schedule_of(options, rate=options.rate, clip=5.0)
        run = train(
            schedule,
            options.out,
            options.examples,
            batch=options.batch,
            begin=options.begin,
            resume=options.resume,
            tell=tell,
        )
        if options.detector is not None and run.team.leads:
            joined = Detector.load(options.detector)
            joined.closer = run.mean.eval()
            facts = {**joined.facts, "closer": {"seed": options.seed, "minutes": run.seconds / 60, "steps": run.step}}
            joined.save(options.out / "detector.safetensors", facts)
            if options.check is not None:
                figures = evaluate(joined, [(one, read_pixels(one)) for one in read_scenes(options.check)])
                print(json.dumps({**figures, "errors": figures["errors"]}, indent=1))

    return carried_out(parser, arguments, work)


if __name__ == "__main__":
    sys.exit(main())
