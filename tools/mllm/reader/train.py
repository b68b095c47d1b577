"""Trains the reader.

    python -m sightline.tools.mllm.reader.train --minutes M --seed S --out DIR [--prints DIR] [--resume]

`--prints` is a folder of rendered crops (`renders.py`), which may still grow; without it everything is sketched. A run
that begins with the weights of another (`--begin`) leaves out the easy texts of the first steps. Leaves
`reader.safetensors` in the run's folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..training.command import carried_out, schedule_of, trainer
from ..training.practice import Rhythm, Step, Tell, practise
from ..training.run import Run, Schedule
from .feed import Batch, Prints, training_batch
from .model import ReaderNet, loss_of
from .reader import PrintReader
from .renders import Rendered
from .sketches import sketch

__all__ = ["begun", "main", "steps", "train"]

_ALIGNED = (0.05, 0.6)  # weight of CTC at the beginning and the end
_GROW_STEPS = 50  # between looks for new rendered crops
_HELD_SEED = 1_000_003  # of the sketches that judge where nothing is rendered


def begun(schedule: Schedule, folder: Path, *, begin: Path | None = None) -> Run[ReaderNet]:
    """A run at its first step, with random weights or those of the reader `begin`.

    Raises: ExpertUnavailable when that is no reader.
    """
    torch.manual_seed(schedule.seed)
    net = ReaderNet() if begin is None else PrintReader.load(begin).net
    facts = {"part": "reader", "knows": begin is not None}
    return Run(net.to(memory_format=torch.channels_last), schedule, folder, facts=facts)


def steps(run: Run[ReaderNet], prints: Prints | None, size: int, rendered_share: float) -> Iterator[Step[ReaderNet]]:
    """The run's steps from where it stands."""
    low, high = _ALIGNED
    knows = run.facts["knows"]
    for number in count(run.step):
        if prints is not None and number % _GROW_STEPS == 0:
            prints.grow()
        batch = training_batch(prints, run.schedule.seed, number, size, rendered_share=rendered_share, knows=knows)
        aligned = high if knows else low + (high - low) * min(run.done, 1.0)
        yield Step(partial(_lost, batch=batch.to(run.device), aligned=aligned), size, size)


def train(
    schedule: Schedule,
    folder: Path,
    prints: Path | None = None,
    *,
    batch: int = 16,
    rendered_share: float = 0.4,
    begin: Path | None = None,
    resume: bool = False,
    tell: Tell | None = None,
) -> Run[ReaderNet]:
    """Train to the end; leaves the averaged weights as `reader.safetensors`."""
    run = begun(schedule, folder, begin=begin)
    run.begin(resume=resume)
    rendered = None if prints is None else Prints(prints)
    practise(
        run,
        steps(run, rendered, batch, rendered_share),
        judge=partial(_judged, run, rendered),
        examples="crops",
        rhythm=Rhythm(judge_s=60.0, save_s=60.0),
        tell=tell,
    )
    facts = {
        "seed": schedule.seed,
        "minutes": round(run.seconds / 60, 2),
        "steps": run.step,
        "batch": batch,
        "rendered_crops": 0 if rendered is None else len(rendered),
        "last": run.curve[-1] if run.curve else None,
    }
    PrintReader(run.mean, facts=facts).save(folder / "reader.safetensors")
    return run


def _lost(net: ReaderNet, *, batch: Batch, aligned: float) -> Tensor:
    row = net(batch.crops.float() * batch.tint)
    return loss_of(row, batch.columns, batch.numbers, batch.lengths, aligned=aligned)


@torch.inference_mode()
def _judged(run: Run[ReaderNet], prints: Prints | None) -> dict[str, float]:
    held = None if prints is None else prints.held
    if held is None:
        made = [sketch(_HELD_SEED, k) for k in range(128)]
        held = Rendered(np.stack([one.pixels for one in made]), tuple(one.text for one in made))
    reader = PrintReader(run.mean)
    read = [one.text for one in reader.read_crops(held.pixels)]
    printed = [(a, b) for a, b in zip(held.texts, read, strict=True) if a]
    bare = [b for a, b in zip(held.texts, read, strict=True) if not a]
    return {
        "right": round(sum(a == b for a, b in printed) / max(len(printed), 1), 4),
        "false": round(sum(map(bool, bare)) / max(len(bare), 1), 4),
    }


def main(arguments: Sequence[str] | None = None, *, tell: Tell | None = None) -> int:
    """The command line."""
    parser = trainer(
        "sightline.tools.mllm.reader.train",
        __doc__,
        minutes="of training; processor time per thread",
        batch=16,
        batch_of="crops",
    )
    parser.add_argument("--prints", type=Path, default=None, help="folder of rendered crops")
    parser.add_argument("--begin", type=Path, default=None, help="a reader whose weights to begin with")
    parser.add_argument("--rendered-share", type=float, default=0.4, help="of a batch, where crops are rendered")

    def work(options: argparse.Namespace) -> None:
        train(
            schedule_of(options, rate=2e-3, clip=5.0),
            options.out,
            options.prints,
            batch=options.batch,
            rendered_share=options.rendered_share,
            begin=options.begin,
            resume=options.resume,
            tell=tell,
        )

    return carried_out(parser, arguments, work)


if __name__ == "__main__":
    sys.exit(main())
