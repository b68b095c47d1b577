"""Judges questions about what happens over time, on clips of the project's own worlds whose truth is known.

    python -m sightline.agent.eval.moving --clips 40 --each 15 --seed 5 --json FILE [--true-detections]

Clips are filmed, captions laid over them, sentences spoken by espeak-ng, written as H.264 and AAC and asked about
through the whole agent: the native planner's program runs in the sandbox against the embedded experts. With
`--true-detections` the detector and the recogniser of speech are replaced by the truth, which judges planner, programs
and tracker alone. Families are those of the planner's grammar and two more (`moving_questions.py`); a question whose
answer is too close to call is not asked. Rows are kept clip by clip, and a run with the same `--rows` goes on where the
last one ended.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ...prompts.request import PlanRequest
from ...tools.errors import BadRequest, SightlineError
from ...tools.experts import ExpertPool, load_profile
from ..agent import Agent
from ..planners.base import Plan as Planned
from ..planners.native import NativePlanner
from ..settings import Settings
from .moving_clips import RECIPE, filmed
from .moving_oracle import learn, oracle_profile
from .moving_questions import FAMILIES, questions

__all__ = ["Judging", "figures", "judge", "main"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judging:
    """What is judged: `each` questions about each of `clips` clips, and which parts are told the truth."""

    seed: int = 5
    clips: int = 40
    each: int = len(FAMILIES)
    true_detections: bool = False
    true_plans: bool = False


class _Told:
    """A planner that is told the program."""

    name = "told"
    repairs = False
    program = ""

    def plan(self, request: PlanRequest) -> Planned:
        return Planned(program=self.program, planner=self.name)


def judge(judging: Judging, *, rows: Path | None = None) -> dict[str, Any]:
    """Figures by family, with every wrong answer.

    Args:
        rows: a file of JSON lines, one per clip; clips that are in it are not judged again.

    Raises: BadRequest when espeak-ng is missing, or the rows are of another judging.
    """
    done = _read(rows, judging)
    missing = [index for index in range(judging.clips) if index not in done]
    for index, answers in _answered(judging, missing):
        done[index] = answers
        if rows is not None:
            _keep(rows, judging, index, answers)
    return figures(judging, done)


def figures(judging: Judging, done: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """The figures of answers by clip."""
    right: dict[str, list[bool]] = defaultdict(list)
    asked_of: dict[str, set[int]] = defaultdict(set)
    for index, answers in done.items():
        for answer in answers:
            right[answer["family"]].append(answer["right"])
            asked_of[answer["family"]].add(index)
    every = [one for some in right.values() for one in some]
    return {
        **asdict(judging),
        "questions": len(every),
        "accuracy": round(sum(every) / max(1, len(every)), 4),
        "families": {
            family: {"accuracy": round(sum(some) / len(some), 4), "n": len(some), "clips": len(asked_of[family])}
            for family, some in sorted(right.items())
        },
        "wrong": [
            {"clip": index, **{key: value for key, value in answer.items() if key != "right"}}
            for index, answers in sorted(done.items())
            for answer in answers
            if not answer["right"]
        ],
    }


def _answered(judging: Judging, indices: Sequence[int]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Each clip's questions with what was answered."""
    if not indices:
        return
    profile = oracle_profile() if judging.true_detections else load_profile("embedded")
    settings = Settings(video_samples=round(RECIPE.fps * RECIPE.seconds), video_memory=False)
    planner = _Told() if judging.true_plans else NativePlanner()
    with (
        tempfile.TemporaryDirectory() as name,
        Agent(planner=planner, pool=ExpertPool(profile), settings=settings) as agent,
    ):
        for index in indices:
            made = filmed(judging.seed, index)
            path = Path(name) / f"clip_{index:06d}.mp4"
            made.write(path)
            if judging.true_detections:
                learn(path, made.truth)
            answers = []
            rng = random.Random(f"moving:{judging.seed}:{index}")
            for question in islice(questions(made.truth, rng), judging.each):
                if isinstance(planner, _Told):
                    planner.program = question.program
                answer = agent.ask(question.text, path)
                answers.append(
                    {
                        "family": question.family,
                        "right": bool(answer) and question.true.accepts(answer.text),
                        "question": question.text,
                        "expected": question.true.value,
                        "given": answer.text or answer.reason,
                        "program": answer.program,
                    }
                )
            path.unlink()
            yield index, answers


def _read(rows: Path | None, judging: Judging) -> dict[int, list[dict[str, Any]]]:
    """The clips that an earlier run has judged."""
    if rows is None or not rows.exists():
        return {}
    done: dict[int, list[dict[str, Any]]] = {}
    for line in rows.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
            index, answers, made_by = row["clip"], row["answers"], row["judging"]
        except (ValueError, KeyError, TypeError):
            continue  # the run was ended while it wrote this line
        if {**made_by, "clips": 0} != {**asdict(judging), "clips": 0}:
            raise BadRequest(f"{rows} holds rows of another judging: take another file, or the same options.")
        if index < judging.clips:
            done[index] = answers
    return done


def _keep(rows: Path, judging: Judging, index: int, answers: list[dict[str, Any]]) -> None:
    rows.parent.mkdir(parents=True, exist_ok=True)
    with rows.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"clip": index, "judging": asdict(judging), "answers": answers}) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.agent.eval.moving", description=__doc__)
    usual = Judging()
    parser.add_argument("--clips", type=int, default=usual.clips)
    parser.add_argument("--each", type=int, default=usual.each, help="questions about each clip")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--true-detections", action="store_true", help="the truth of each frame, and of what is said")
    parser.add_argument(
        "--true-plans", action="store_true", help="the plan that a question was made from for a planner"
    )
    parser.add_argument("--rows", type=Path, help="keep each clip's answers here, and go on from those that are there")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    judging = Judging(
        seed=options.seed,
        clips=options.clips,
        each=options.each,
        true_detections=options.true_detections,
        true_plans=options.true_plans,
    )
    try:
        report = judge(judging, rows=options.rows)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({key: value for key, value in report.items() if key != "wrong"}, indent=1))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
