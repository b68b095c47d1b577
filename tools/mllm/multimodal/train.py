"""Trains the multimodal model in stages, each in a folder of its own under the run's.

    python -m sightline.tools.mllm.multimodal.train --stage S --minutes M --seed N --out DIR [--resume]

`language` learns to reason in words about layouts that nobody rendered; the encoder is not there yet. `align` learns
the projection from what the encoder saw, the rest held fast. `instruct` learns everything on pictures and layouts
mixed. `prefer` prefers right replies to plausible mistakes (DPO, https://arxiv.org/abs/2305.18290). Each stage begins
with the averaged weights of the one before and sees no picture and no question that others made.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...errors import BadRequest, SightlineError
from ..detector.closer import CloserConfig
from ..detector.config import NetConfig
from ..detector.detector import Detector
from ..detector.shards import Examples
from ..scenes.stream import Recipe
from ..training.run import Run, Schedule
from .config import DecoderConfig, ModelConfig, VisionKind
from .lessons import Batch, Layouts, Mixture, Pairs, Pictures, World, batches, items, pairs
from .model import MultimodalLm
from .scene import drawn
from .sights import Sights, look_at_examples
from .text import Text, learn
from .vision import encoder_for

__all__ = ["STAGES", "Course", "main", "train"]

STAGES = ("language", "align", "instruct", "prefer")
_RATES = {"language": 2e-3, "align": 2e-3, "instruct": 1e-3, "prefer": 5e-5}
_HELD_OUT = 991  # seed of the questions that judge; never one to train with
_BETA = 0.1  # of DPO
_KEEP = 0.2  # weight of saying the right reply, beside preferring it


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """What a stage works with."""

    stage: str
    out: Path
    schedule: Schedule
    vision: VisionKind = "objects"
    decoder: DecoderConfig | None = None  # None: the usual sizes
    mixture: Mixture = Mixture()  # noqa: RUF009  # frozen
    batch: int = 64
    examples: Path | None = None  # rendered examples, for the stages with pictures
    detector: Path | None = None  # its weights; None: the shipped ones
    pictures: int = 8000
    layouts: float = 0.25  # share of `instruct` steps about layouts, so that the language is not forgotten


def train(course: Course, *, resume: bool = False) -> Run[MultimodalLm]:
    """Run a stage to its end; leaves a checkpoint, a curve and `model.pt` (averaged weights) in its folder."""
    if course.stage not in STAGES:
        raise BadRequest(f"A stage is one of {', '.join(STAGES)}, not {course.stage!r}.")
    text = _text(course.out)
    net = _begun(course, text)
    if course.stage == "align":
        for name, parameter in net.named_parameters():
            parameter.requires_grad = name.startswith("connector.project")
    facts = {"stage": course.stage, "config": json.loads(json.dumps(net.config.plain())), "batch": course.batch}
    run = Run(net, course.schedule, course.out / course.stage, facts=facts)
    if (run.folder / "checkpoint.pt").exists():
        if not resume:
            raise BadRequest(f"{run.folder} holds a run already; go on with --resume or choose another folder.")
        run.resume()
    steps, held = _practice(course, net, text, run.step)
    _learn(run, steps, held)
    torch.save(run.mean.state_dict(), run.folder / "model.pt")
    return run


Step = Callable[[MultimodalLm], Tensor]


def _practice(course: Course, net: MultimodalLm, text: Text, start: int) -> tuple[Iterator[Step], list[Batch]]:
    """The stage's steps from `start` on, and batches that judge it."""
    seed, size, mixture = course.schedule.seed, course.batch, course.mixture
    layouts = Layouts()
    if course.stage == "language":
        held = list(islice(batches(layouts, _HELD_OUT, text, size=size, mixture=mixture), 24))
        return map(_saying, batches(layouts, seed, text, size=size, mixture=mixture, start=start)), held
    seen, judged = _worlds(course, net.config)
    held = list(islice(batches(judged, _HELD_OUT, text, size=size, mixture=mixture), 24))
    if course.stage == "prefer":
        reference = MultimodalLm(net.config)
        reference.load_state_dict(_weights(course.out / "instruct" / "model.pt"))
        reference.eval().to(course.schedule.device)
        return (_preferring(pair, reference) for pair in pairs(seen, seed, text, size=size // 2, start=start)), held
    if course.stage == "align":
        return map(_saying, batches(seen, seed, text, size=size, mixture=mixture, start=start)), held
    return _mixed(course, seen, layouts, text, start), held


def _mixed(course: Course, seen: World, layouts: World, text: Text, start: int) -> Iterator[Step]:
    """Steps about pictures and about layouts, drawn by the step's number."""
    seed, size, mixture = course.schedule.seed, course.batch, course.mixture

    def about_layouts(step: int) -> bool:
        return random.Random(f"mix:{seed}:{step}").random() < course.layouts

    before = sum(about_layouts(step) for step in range(start))
    drawn_ = batches(layouts, seed, text, size=size, mixture=mixture, start=before)
    rendered = batches(seen, seed, text, size=size, mixture=mixture, start=start - before)
    step = start
    while True:
        yield _saying(next(drawn_ if about_layouts(step) else rendered))
        step += 1


def _saying(batch: Batch) -> Step:
    def step(net: MultimodalLm) -> Tensor:
        device = net.decoder.words.weight.device
        return net(batch.visual.to(device), batch.lines.to(device)).loss  # type: ignore[no-any-return]

    return step


def _preferring(pair: Pairs, reference: MultimodalLm) -> Step:
    def step(net: MultimodalLm) -> Tensor:
        device = net.decoder.words.weight.device
        visual, right, wrong = pair.visual.to(device), pair.right.to(device), pair.wrong.to(device)
        said, mistaken = net(visual, right), net(visual, wrong)
        with torch.no_grad():
            before = reference(visual, right).chances - reference(visual, wrong).chances
        margin = said.chances - mistaken.chances - before
        return -F.logsigmoid(_BETA * margin).mean() + _KEEP * said.loss  # type: ignore[no-any-return]

    return step


def _learn(run: Run[MultimodalLm], steps: Iterator[Step], held: list[Batch]) -> None:
    saved, judged, recent = time.perf_counter(), run.seconds, []
    while run.done < 1:
        recent.append(run.advance(next(steps)))
        if run.step % 50 == 0:
            achieved, peak = run.tflops()
            print(
                f"step {run.step}  loss {np.mean(recent):.4f}  {run.step / run.seconds:.2f} steps/s  "
                f"{achieved:.4f} of {peak:.4f} TFLOPS  {run.left_s / 60:.1f} min left",
                file=sys.stderr,
                flush=True,
            )
            recent = []
        if run.seconds - judged > 240:
            _judge(run, held)
            judged = run.seconds
        if time.perf_counter() - saved > 90:
            run.save()
            saved = time.perf_counter()
    _judge(run, held)
    run.save()


@torch.inference_mode()
def _judge(run: Run[MultimodalLm], held: list[Batch]) -> None:
    """How many held-out replies the averaged weights would give word for word."""
    net = run.mean.eval()
    device = net.decoder.words.weight.device
    said = [net(batch.visual.to(device), batch.lines.to(device)) for batch in held]
    right = torch.cat([one.right for one in said]).float().mean()
    loss = torch.stack([one.loss for one in said]).mean()
    entry: dict[str, Any] = {
        "step": run.step,
        "minutes": round(run.seconds / 60, 2),
        "replies_right": round(float(right), 4),
        "held_out_loss": round(float(loss), 4),
    }
    run.curve.append(entry)
    print(json.dumps(entry), flush=True)


def _text(out: Path) -> Text:
    """The run's tokenizer, learned when it is first needed."""
    path = out / "tokenizer.json"
    if not path.exists():
        learn(_corpus()).save(path)
    return Text.load(path)


def _corpus(scenes: int = 400) -> Iterator[str]:
    for number in range(scenes):
        scene = drawn(np.random.default_rng((77, number)), Recipe())
        for item in items(random.Random(f"corpus:{number}"), scene, 12, Mixture(tasks=0.1)):
            yield from (item.question, item.thoughts or "", item.answer)


def _begun(course: Course, text: Text) -> MultimodalLm:
    """A model as the stage finds it."""
    torch.manual_seed(course.schedule.seed)
    decoder = replace(course.decoder or DecoderConfig(), words=text.size)
    features = {"objects": NetConfig().hidden + CloserConfig().hidden, "grid": NetConfig().coarse}[course.vision]
    net = MultimodalLm(ModelConfig(vision=course.vision, features=features, decoder=decoder))
    number = STAGES.index(course.stage)
    if number:
        earlier = course.out / STAGES[number - 1] / "model.pt"
        net.load_state_dict(_weights(earlier))
    return net


def _weights(path: Path) -> dict[str, Tensor]:
    if not path.exists():
        raise BadRequest(f"There is no {path}; run the stage before first.")
    weights: dict[str, Tensor] = torch.load(path, weights_only=True)
    return weights


def _worlds(course: Course, config: ModelConfig) -> tuple[Pictures, Pictures]:
    """Pictures to learn from and pictures to be judged on."""
    if course.examples is None:
        raise BadRequest("This stage looks at pictures; say where rendered examples are (--examples DIR).")
    detector = Detector.load(course.detector) if course.detector is not None else Detector.load()
    encoder = encoder_for(config, detector)
    folder = course.out / f"sights-{config.vision}"
    look_at_examples(encoder, Examples(course.examples), folder, course.pictures, told=_tell)
    learn_from, judge_on = Sights.load(folder).split(0.95)
    return Pictures(learn_from, encoder), Pictures(judge_on, encoder)


def _tell(count: int) -> None:
    print(f"looked at {count} pictures", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.multimodal.train", description=__doc__)
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the run's folder, shared by its stages")
    parser.add_argument("--minutes", type=float, default=None, help="of training; processor time per thread on a CPU")
    parser.add_argument("--steps", type=int, default=None, help="instead of minutes, for a repeatable run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=None)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--vision", choices=("objects", "grid"), default="objects")
    parser.add_argument("--direct", type=float, default=Mixture().direct, help="share of answers without thoughts")
    parser.add_argument("--examples", type=Path, default=None, help="folder of rendered examples")
    parser.add_argument("--pictures", type=int, default=8000, help="of them to look at")
    parser.add_argument("--detector", type=Path, default=None, help="weights of the detector (default: shipped)")
    parser.add_argument("--layouts", type=float, default=0.25, help="share of instruct steps about layouts")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        schedule = Schedule(
            seed=options.seed,
            minutes=options.minutes,
            steps=options.steps,
            rate=options.rate or _RATES[options.stage],
            warm_up=150,
            device=options.device,
        )
        course = Course(
            stage=options.stage,
            out=options.out,
            schedule=schedule,
            vision=options.vision,
            mixture=Mixture(direct=options.direct),
            batch=options.batch,
            examples=options.examples,
            detector=options.detector,
            pictures=options.pictures,
            layouts=options.layouts,
        )
        train(course, resume=options.resume)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
