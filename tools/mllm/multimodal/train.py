"""Trains the multimodal model in stages, each in a folder of its own under the run's.

    python -m sightline.tools.mllm.multimodal.train --stage S --minutes M --seed N --out DIR [--resume]

`language` learns to reason in words about layouts that nobody rendered; the encoder is not there yet. `align` learns
the projections from what the encoder saw, the rest held fast. `instruct` learns everything on pictures and layouts
mixed. `prefer` prefers right replies to plausible mistakes (DPO, https://arxiv.org/abs/2305.18290). Each stage begins
with the averaged weights of the one before and sees no picture and no question that others made.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from ...errors import BadRequest
from ..detector.closer import CloserConfig
from ..detector.config import NetConfig
from ..detector.detector import Detector
from ..detector.shards import Examples
from ..reader.reader import PrintReader
from ..training import practice
from ..training.command import carried_out, schedule_of, trainer
from ..training.practice import Tell, practise
from ..training.run import Run, Schedule
from ..training.team import Team
from .config import DecoderConfig, ModelConfig, VisionKind
from .lessons import Batch, Mixture, Pairs, batches, items, pairs
from .model import Lines, MultimodalLm, weight
from .sights import Sights, look_at_clips, look_at_examples, look_at_prints
from .text import Text, learn
from .vision import encoder_for
from .visual import Visual
from .worlds import Kind, Layouts, Pictures, World

__all__ = ["STAGES", "Course", "begun", "main", "train"]

STAGES = ("language", "align", "instruct", "prefer")
_RATES = {"language": 2e-3, "align": 2e-3, "instruct": 1e-3, "prefer": 1e-5}
_JUDGING = 1536  # held-out questions
_RENDERED = 5_000  # added to a run's seed: the seed of what it renders itself
_HELD_OUT = 991  # seed of the questions that judge; never one to train with
_POINTING = 1.0  # weight of telling the named things from the others, beside saying the words
_BETA = 0.1  # of DPO
_KEEP = 1.0  # weight of saying the right reply, beside preferring it: without it both replies become unlikely


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
    prints: int = 0  # pictures in which things carry print, which the stage renders itself
    clips: int = 0  # clips that it films
    begin: Path | None = None  # weights to begin with, instead of those of the stage before
    fresh: bool = False  # begin with random weights, as if there were no stage before
    sights: Path | None = None  # where what was looked at is kept; None: in the run's folder
    layouts: float = 0.25  # share of `instruct` steps about layouts, so that the language is not forgotten
    workers: int = 0  # processes that make pictures and lessons


def train(course: Course, *, resume: bool = False, tell: Tell | None = None) -> Run[MultimodalLm]:
    """Run a stage to its end; leaves a checkpoint, curves, figures and `model.pt` (averaged weights) in its folder."""
    run, steps, held = begun(course, resume=resume)
    practise(run, steps, judge=partial(_judged, run, held), examples="replies", tell=tell)
    if run.team.leads:
        torch.save(run.mean.state_dict(), run.folder / "model.pt")
    run.team.wait()
    return run


def begun(course: Course, *, resume: bool = False) -> tuple[Run[MultimodalLm], Iterator[Step], list[Batch]]:
    """A stage's run where it stands, its steps from there on, and batches that judge it."""
    if course.stage not in STAGES:
        raise BadRequest(f"A stage is one of {', '.join(STAGES)}, not {course.stage!r}.")
    team = Team(course.schedule.device)
    if team.leads:
        _learn_text(course.out)
    team.wait()
    text = Text.load(course.out / "tokenizer.json")
    net = _net(course, text)
    if course.stage == "align":
        for name, parameter in net.named_parameters():
            parameter.requires_grad = name.startswith(("connector.project", "connector.glyph"))
    facts = {"stage": course.stage, "config": json.loads(json.dumps(net.config.plain())), "batch": course.batch}
    run = Run(net, course.schedule, course.out / course.stage, facts=facts, team=team)
    run.begin(resume=resume)
    steps, held = _practice(course, text, run)
    return run, steps, held


Step: TypeAlias = "practice.Step[MultimodalLm]"


def _practice(course: Course, text: Text, run: Run[MultimodalLm]) -> tuple[Iterator[Step], list[Batch]]:
    """The stage's steps from where the run stands, and batches that judge it."""
    seed, size, mixture, start = course.schedule.seed, course.batch, course.mixture, run.step
    layouts = Layouts()
    workers = course.workers
    saying = partial(_saying, team=run.team)
    if course.stage == "language":
        held = _held(course, layouts, text)
        drawn_ = batches(layouts, seed, text, size=size, mixture=mixture, start=start, workers=workers)
        return map(saying, drawn_), held
    seen, judged = _worlds(course, run.net.config, run.team)
    held = _held(course, judged, text)
    if course.stage == "prefer":
        reference = MultimodalLm(run.net.config)
        reference.load_state_dict(_weights(course.out / "instruct" / "model.pt"))
        reference.eval().requires_grad_(False).to(run.device)
        preferring = partial(_preferring, reference=reference, team=run.team)
        return map(preferring, pairs(seen, seed, text, size=size // 2, start=start, workers=workers)), held
    if course.stage == "align":
        looked = batches(seen, seed, text, size=size, mixture=mixture, start=start, workers=workers)
        return map(saying, looked), held
    return map(saying, _mixed(course, seen, layouts, text, start)), held


def _held(course: Course, world: World, text: Text) -> list[Batch]:
    made = batches(world, _HELD_OUT, text, size=course.batch, mixture=course.mixture)
    return list(islice(made, max(1, _JUDGING // course.batch)))


def _mixed(course: Course, seen: World, layouts: World, text: Text, start: int) -> Iterator[Batch]:
    """Batches about pictures and about layouts, drawn by the step's number."""
    seed, size, mixture = course.schedule.seed, course.batch, course.mixture

    def about_layouts(step: int) -> bool:
        return random.Random(f"mix:{seed}:{step}").random() < course.layouts

    before = sum(about_layouts(step) for step in range(start))
    few = round(course.workers * course.layouts)
    drawn_ = batches(layouts, seed, text, size=size, mixture=mixture, start=before, workers=few)
    rendered = batches(seen, seed, text, size=size, mixture=mixture, start=start - before, workers=course.workers - few)
    for step in count(start):
        yield next(drawn_ if about_layouts(step) else rendered)


def _saying(batch: Batch, *, team: Team) -> Step:
    size = len(batch.lines.tokens)
    visual, lines = batch.visual, batch.lines
    if team.size > 1:
        share = team.share(size)
        visual, lines = visual.rows(share), lines.rows(share)
    of_words = team.size * weight(lines) / weight(batch.lines)  # the whole batch's loss is a mean over its tokens
    pointing_weight = team.size * _things(visual, lines) / max(1, _things(batch.visual, batch.lines))

    def loss(net: MultimodalLm) -> Tensor:
        device = net.decoder.words.weight.device
        said = net(visual.to(device), lines.to(device))
        return said.loss * of_words + _POINTING * said.pointing * pointing_weight  # type: ignore[no-any-return]

    return practice.Step(loss, _shape(visual, lines), size)


def _preferring(pair: Pairs, *, reference: MultimodalLm, team: Team) -> Step:
    size = len(pair.right.tokens)
    share = team.share(size)
    seen, good, bad = pair.visual.rows(share), pair.right.rows(share), pair.wrong.rows(share)
    of_words = team.size * weight(good) / weight(pair.right)
    pairs_weight = team.size * len(good.tokens) / size

    def loss(net: MultimodalLm) -> Tensor:
        device = net.decoder.words.weight.device
        visual, right, wrong = seen.to(device), good.to(device), bad.to(device)
        said, mistaken = net(visual, right), net(visual, wrong)
        with torch.no_grad():
            before = reference(visual, right).chances - reference(visual, wrong).chances
        margin = said.chances - mistaken.chances - before
        preferred = -F.logsigmoid(_BETA * margin).mean() * pairs_weight
        return preferred + _KEEP * said.loss * of_words  # type: ignore[no-any-return]

    return practice.Step(loss, (_shape(seen, good), _shape(seen, bad)), size)


def _things(visual: Visual, lines: Lines) -> int:
    pointers = torch.cat([visual.pointers, visual.letters.pointers], 1)
    return int((pointers >= 0).sum(1)[lines.naming[:, 0]].sum())


def _shape(visual: Visual, lines: Lines) -> Hashable:
    """What a step costs follows from this, to a tenth or so; coarse, since counting a new shape takes long."""
    rows, length = lines.tokens.shape
    return (
        rows,
        visual.content.dtype,
        -(-(visual.there.shape[1] + length) // 16),
        int(lines.spoken[:, 1:].sum()) // (16 * rows),
    )


@torch.inference_mode()
def _judged(run: Run[MultimodalLm], held: list[Batch]) -> dict[str, Any]:
    """How many held-out replies the averaged weights would give word for word."""
    net = run.mean.eval()
    said = [net(batch.visual.to(run.device), batch.lines.to(run.device)) for batch in held]
    right = torch.cat([one.right for one in said]).float().mean()
    loss = torch.stack([one.loss for one in said]).mean()
    return {"replies_right": round(float(right), 4), "held_out_loss": round(float(loss), 4)}


def _learn_text(out: Path) -> None:
    """The run's tokenizer, learned when it is first needed."""
    path = out / "tokenizer.json"
    if not path.exists():
        learn(_corpus()).save(path)


def _corpus(scenes: int = 600) -> Iterator[str]:
    kinds: tuple[Kind, ...] = ("still", "still", "printed", "pictures", "clip")
    layouts, mixture = Layouts(), Mixture(tasks=0.1)
    for number in range(scenes):
        shown = layouts.draw(kinds[number % len(kinds)], 77, number, 0)
        for item in items(random.Random(f"corpus:{number}"), shown, 12, mixture):
            yield from (item.question, item.thoughts or "", item.answer)


def _net(course: Course, text: Text) -> MultimodalLm:
    """A model as the stage finds it."""
    torch.manual_seed(course.schedule.seed)
    decoder = replace(course.decoder or DecoderConfig(), words=text.size)
    features = {"objects": NetConfig().hidden + CloserConfig().hidden, "grid": NetConfig().coarse}[course.vision]
    net = MultimodalLm(ModelConfig(vision=course.vision, features=features, decoder=decoder))
    number = STAGES.index(course.stage)
    if course.begin is not None:
        _begin_with(net, course.begin)
    elif number and not course.fresh:
        earlier = course.out / STAGES[number - 1] / "model.pt"
        net.load_state_dict(_weights(earlier))
    return net


def _begin_with(net: MultimodalLm, path: Path) -> None:
    """Load weights that may lack parts of this model, but hold no others and none of other sizes."""
    weights = _weights(path)
    state = net.state_dict()
    foreign = [name for name, value in weights.items() if name not in state or state[name].shape != value.shape]
    if foreign or not weights:
        raise BadRequest(f"{path} does not fit this model: {', '.join(foreign[:3]) or 'it holds nothing'}.")
    net.load_state_dict(weights, strict=False)


def _weights(path: Path) -> dict[str, Tensor]:
    if not path.exists():
        raise BadRequest(f"There is no {path}; run the stage before first.")
    try:
        weights = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # of many kinds, for a file of anything else
        raise BadRequest(f"{path} does not hold weights: {error}.") from error
    if not isinstance(weights, dict):
        raise BadRequest(f"{path} does not hold weights but a {type(weights).__name__}.")
    return weights


def _worlds(course: Course, config: ModelConfig, team: Team) -> tuple[Pictures, Pictures]:
    """Pictures to learn from and pictures to be judged on."""
    if course.examples is None:
        raise BadRequest("This stage looks at pictures; say where rendered examples are (--examples DIR).")
    detector = Detector.load(course.detector) if course.detector is not None else Detector.load()
    encoder = encoder_for(config, detector, PrintReader.load() if course.prints else None)
    folder = course.sights or course.out / f"sights-{config.vision}"
    seed = _RENDERED + course.schedule.seed
    kinds = {"stills": True, "prints": course.prints > 0, "clips": course.clips > 0}
    if team.leads:
        # stills carry no print, so nobody reads in them
        still = encoder_for(config, detector)
        examples, workers = Examples(course.examples), course.workers
        look_at_examples(still, examples, folder / "stills", course.pictures, told=_tell, workers=workers)
        if kinds["prints"]:
            look_at_prints(encoder, folder / "prints", seed, course.prints, told=_tell, workers=workers)
        if kinds["clips"]:
            look_at_clips(still, folder / "clips", seed, course.clips, told=_tell, workers=workers)
    team.wait()
    halves = {kind: Sights.load(folder / kind).split(0.95) for kind, wanted in kinds.items() if wanted}

    def world(half: int) -> Pictures:
        parts = {kind: both[half] for kind, both in halves.items()}
        return Pictures(parts["stills"], encoder, prints=parts.get("prints"), clips=parts.get("clips"))

    return world(0), world(1)


def _tell(count: int) -> None:
    print(f"looked at {count} pictures", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None, *, tell: Tell | None = None) -> int:
    """The command line."""
    parser = trainer(
        "sightline.tools.mllm.multimodal.train",
        __doc__,
        minutes="of training; processor time per thread on a CPU",
        batch=64,
        batch_of="questions",
    )
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--rate", type=float, default=None)
    parser.add_argument("--vision", choices=("objects", "grid"), default="objects")
    parser.add_argument("--direct", type=float, default=Mixture().direct, help="share of answers without thoughts")
    parser.add_argument("--examples", type=Path, default=None, help="folder of rendered examples")
    parser.add_argument("--pictures", type=int, default=8000, help="of them to look at")
    parser.add_argument("--prints", type=int, default=0, help="pictures with print on things, rendered by the stage")
    parser.add_argument("--clips", type=int, default=0, help="clips of three frames, filmed by the stage")
    for name, what in (("printed", "things with print"), ("several", "several pictures"), ("moving", "clips")):
        parser.add_argument(f"--{name}", type=float, default=0.0, help=f"share of lessons about {what}")
    parser.add_argument("--detector", type=Path, default=None, help="weights of the detector (default: shipped)")
    parser.add_argument("--layouts", type=float, default=0.25, help="share of instruct steps about layouts")
    parser.add_argument("--width", type=int, default=DecoderConfig().width, help="of the language model, 32 a head")
    parser.add_argument("--layers", type=int, default=DecoderConfig().layers, help="of the language model")
    parser.add_argument("--workers", type=int, default=0, help="processes that make pictures and lessons")
    parser.add_argument("--begin", type=Path, default=None, help="weights to begin with, not those of the stage before")

    def work(options: argparse.Namespace) -> None:
        if options.workers:
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # each of them encodes alone
        schedule = schedule_of(options, rate=options.rate or _RATES[options.stage], warm_up=150)
        course = Course(
            stage=options.stage,
            out=options.out,
            schedule=schedule,
            vision=options.vision,
            decoder=DecoderConfig(
                width=options.width, layers=options.layers, heads=options.width // 32, hidden=4 * options.width
            ),
            mixture=Mixture(
                direct=options.direct, printed=options.printed, pictures=options.several, clips=options.moving
            ),
            batch=options.batch,
            examples=options.examples,
            detector=options.detector,
            pictures=options.pictures,
            prints=options.prints,
            clips=options.clips,
            begin=options.begin,
            layouts=options.layouts,
            workers=options.workers,
        )
        train(course, resume=options.resume, tell=tell)

    return carried_out(parser, arguments, work)


if __name__ == "__main__":
    sys.exit(main())
