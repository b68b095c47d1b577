"""Judges questions about what happens over time, on clips of the project's own worlds whose truth is known.

    python -m sightline.agent.eval.moving --clips 40 --each 12 --seed 5 --json FILE [--true-detections]

Clips are filmed, captions laid over them, written as H.264 and asked about through the whole agent: the native
planner's program runs in the sandbox against the embedded experts. With `--true-detections` the detector is replaced by
the truth about each frame, which judges planner, program and tracker alone. Families are those of the planner's
grammar; a question whose answer is too close to call is not asked.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ...prompts.request import PlanRequest
from ...tools.errors import SightlineError
from ...tools.experts import ExpertPool, load_profile
from ...tools.mllm.clips.clip import Clip, ClipRecipe, clip
from ...tools.mllm.clips.files import write_mp4
from ...tools.mllm.multimodal.asking import Beholder
from ...tools.mllm.multimodal.reasoning import Unanswerable
from ...tools.mllm.planner.happening import render_over_time
from ...tools.mllm.planner.plan import Kind, build
from ...tools.mllm.planner.questions import temporal
from ...tools.mllm.planner.questions.nouns import WORDS_TO_READ
from ...tools.mllm.planner.questions.polite import polite
from ...tools.mllm.planner.questions.stream import steps_of
from ...tools.mllm.planner.questions.typed import typed
from ...tools.mllm.planner.questions.wording import Plan
from ...tools.mllm.scenes.placement import Rules
from ...tools.mllm.scenes.stream import Recipe
from ..agent import Agent
from ..planners.base import Plan as Planned
from ..planners.native import NativePlanner
from ..settings import Settings
from .moving_oracle import learn, oracle_profile
from .moving_truth import Caption, ClipTruth, True_

__all__ = ["Question", "filmed", "judge", "main", "questions"]

# The published look, so that what is judged is time and not the strangeness of pictures.
RECIPE = ClipRecipe(
    scene=Recipe(width=320, height=240, rules=Rules(fewest=2, most=5), plain_share=1.0),
    fps=8,
    seconds=6.0,
    busiest=3,
    moving_camera_share=0.0,
)
_TRIES = 400  # questions drawn for each that is asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a clip with its true answer."""

    text: str
    family: str
    plan: Plan
    true: True_
    program: str  # of the plan that it was made from


class _Told:
    """A planner that is told the program."""

    name = "told"
    repairs = False
    program = ""

    def plan(self, request: PlanRequest) -> Planned:
        return Planned(program=self.program, planner=self.name)


def filmed(seed: int, index: int) -> tuple[Clip, ClipTruth, np.ndarray[Any, Any]]:
    """A clip, its truth, and its frames (T, H, W, 3) with up to three captions laid over them."""
    made = clip(seed, index, RECIPE)
    rng = random.Random(f"captions:{seed}:{index}")
    captions, start = [], 0.5
    for word in rng.sample(sorted(WORDS_TO_READ), rng.choice((0, 2, 2, 3))):
        end = start + rng.choice((1.0, 1.25, 1.5))
        captions.append(Caption(word.upper(), start, end))
        start = end + 0.5
    frames = made.frames.copy()
    for one in captions:
        _lay_over(frames[round(one.start_s * made.fps) : round(one.end_s * made.fps)], one.text)
    return made, ClipTruth(made, captions), frames


def _lay_over(frames: np.ndarray[Any, Any], text: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    for frame in frames:
        image = Image.fromarray(frame)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, frame.shape[1], 34), fill=(250, 250, 250))
        draw.text((12, 4), text, fill=(0, 0, 0), font=ImageFont.load_default(24))
        frame[...] = np.asarray(image)


def questions(truth: ClipTruth, rng: random.Random) -> Iterator[Question]:
    """Questions with a certain answer, each family in turn, as people type them; ends when no family has more."""
    makers = [maker for _, maker in temporal.FAMILIES]
    told: set[str] = set()
    while True:
        asked_any = False
        for maker in rng.sample(makers, len(makers)):
            for _ in range(_TRIES // 10):
                asked = maker(
                    Beholder(
                        rng, truth.scene(rng.randrange(truth.frames)), [one.text.lower() for one in truth.captions]
                    )
                )
                try:
                    true = truth.answer(asked.plan)
                except Unanswerable:
                    continue
                line = typed(rng, polite(rng, asked))
                if line is None or not line.tokens or line.question in told:
                    continue
                said = line.question.lower()
                if not all(leaf.text.lower() in said for leaf in line.spans):
                    continue  # a slip of the finger in a name makes it another name
                told.add(line.question)
                asked_any = True
                root = build(steps_of(asked.plan, line.spans), Kind.HAPPENING)
                program = render_over_time(root, line.question, line.tokens)
                yield Question(text=line.question, family=maker.__name__, plan=asked.plan, true=true, program=program)
                break
        if not asked_any:
            return


def judge(*, seed: int, clips: int, each: int, true_detections: bool, true_plans: bool) -> dict[str, Any]:
    """Figures by family, with every wrong answer."""
    right: dict[str, list[bool]] = defaultdict(list)
    asked_of: dict[str, set[int]] = defaultdict(set)
    wrong = []
    pool = ExpertPool(oracle_profile() if true_detections else load_profile("embedded"))
    settings = Settings(video_samples=round(RECIPE.fps * RECIPE.seconds), video_memory=False)
    with (
        tempfile.TemporaryDirectory() as name,
        Agent(planner=_Told() if true_plans else NativePlanner(), pool=pool, settings=settings) as agent,
    ):
        for index in range(clips):
            made, truth, frames = filmed(seed, index)
            path = Path(name) / f"clip_{index:06d}.mp4"
            write_mp4(path, frames, made.fps)
            if true_detections:
                learn(path, truth)
            for question in islice(questions(truth, random.Random(f"moving:{seed}:{index}")), each):
                if isinstance(agent.planner, _Told):
                    agent.planner.program = question.program
                answer = agent.ask(question.text, path)
                fine = bool(answer) and question.true.accepts(answer.text)
                right[question.family].append(fine)
                asked_of[question.family].add(index)
                if not fine:
                    wrong.append(
                        {
                            "clip": index,
                            "question": question.text,
                            "family": question.family,
                            "expected": question.true.value,
                            "given": answer.text or answer.reason,
                            "program": answer.program,
                        }
                    )
    every = [one for some in right.values() for one in some]
    return {
        "true_detections": true_detections,
        "true_plans": true_plans,
        "clips": clips,
        "questions": len(every),
        "accuracy": round(sum(every) / max(1, len(every)), 4),
        "families": {
            family: {"accuracy": round(sum(some) / len(some), 4), "n": len(some), "clips": len(asked_of[family])}
            for family, some in sorted(right.items())
        },
        "wrong": wrong,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.agent.eval.moving", description=__doc__)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--each", type=int, default=26, help="questions about each clip")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--true-detections", action="store_true", help="the truth of each frame for a detector")
    parser.add_argument(
        "--true-plans", action="store_true", help="the plan that a question was made from for a planner"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    try:
        figures = judge(
            seed=options.seed,
            clips=options.clips,
            each=options.each,
            true_detections=options.true_detections,
            true_plans=options.true_plans,
        )
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({key: value for key, value in figures.items() if key != "wrong"}, indent=1))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
