"""Measure a shipped planner: `python -m sightline.tools.mllm.planner.evaluate --json FILE`.

Exact match (the plan, or the program it renders to) on held-out questions, on nouns and on wordings never seen in
training; how well the score is calibrated and what declining costs; time for one question; with `--clevr`, the answers
that the programs give on the true scenes of a folder in that layout; with `--plain`, hand-written questions.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from .decode import Decoded, decode
from .happening import render_over_time
from .plan import OPERATORS, Kind, Node, build, show
from .planner import WEIGHTS, PlannerModel
from .questions.stream import Example, examples
from .render import render
from .tokens import tokenize
from .true_scenes import judge
from .weights import Shipped, load

SETS: dict[str, dict[str, Any]] = {
    "held_out_questions": {"split": "test"},
    "unseen_nouns": {"unseen_nouns": True},
    "unseen_wordings": {"unseen_wordings": True},
    "unseen_wordings_and_nouns": {"unseen_wordings": True, "unseen_nouns": True},
    "videos": {"split": "test", "root": Kind.HAPPENING},
    "videos_in_unseen_wordings": {"unseen_wordings": True, "root": Kind.HAPPENING},
}
SEED = 2027


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One planned question."""

    family: str
    question: str
    got: str
    wanted: str
    right: bool  # the same plan, or another that renders to the same program
    declined: bool  # below the threshold or a plan that declines
    score: float


def same_program(a: Node, b: Node, example: Example) -> bool:
    """Whether two plans denote the same: both decline, or both render to the same program."""
    if Kind.DECLINE in (OPERATORS[a.op].result, OPERATORS[b.op].result):
        return OPERATORS[a.op].result is OPERATORS[b.op].result
    written = render_over_time if example.root is Kind.HAPPENING else render
    return written(a, example.question, example.tokens) == written(b, example.question, example.tokens)


def outcome(shipped: Shipped, example: Example, *, beam: int = 1) -> Outcome:
    """Plan one example and compare."""
    best: Decoded = decode(shipped.net, shipped.vocabulary, example.tokens, beam=beam, root=example.root)[0]
    wanted = build(example.steps, example.root)
    words = [example.question[token.start : token.end] for token in example.tokens]
    score = shipped.calibration.score(best.log_probabilities)
    declines = OPERATORS[best.plan.op].result is Kind.DECLINE
    return Outcome(
        family=example.family,
        question=example.question,
        got=show(best.plan, words),
        wanted=show(wanted, words),
        right=best.plan == wanted or same_program(best.plan, wanted, example),
        declined=declines or score < shipped.calibration.threshold,
        score=score,
    )


def calibration_error(outcomes: Sequence[Outcome], *, bins: int = 10) -> float:
    """Expected calibration error with equally full bins (https://arxiv.org/abs/1706.04599)."""
    ordered = sorted(outcomes, key=lambda o: o.score)
    error, size = 0.0, -(-len(ordered) // bins)
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        gap = abs(sum(o.score for o in part) - sum(o.right for o in part))
        error += gap / len(ordered)
    return error


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of one set of questions."""
    by_family: dict[str, list[bool]] = defaultdict(list)
    for one in outcomes:
        by_family[one.family].append(one.right)
    accepted = [one for one in outcomes if not one.declined or one.wanted.startswith("decline")]
    return {
        "n": len(outcomes),
        "exact_match": round(sum(o.right for o in outcomes) / len(outcomes), 4),
        "kept": round(len(accepted) / len(outcomes), 4),
        "exact_match_of_kept": round(sum(o.right for o in accepted) / max(1, len(accepted)), 4),
        "ece": round(calibration_error(outcomes), 4),
        "families": {name: round(sum(rights) / len(rights), 4) for name, rights in sorted(by_family.items())},
        "wrong": [{"question": o.question, "got": o.got, "wanted": o.wanted} for o in outcomes if not o.right][:40],
    }


def held_out(shipped: Shipped, name: str, *, count: int, beam: int = 1) -> tuple[dict[str, Any], list[Example]]:
    """Figures of one of the `SETS`, and the questions that they are of."""
    sample = list(islice(examples(SEED, **SETS[name]), count))
    return summary([outcome(shipped, example, beam=beam) for example in sample]), sample


def latency(shipped: Shipped, questions: Sequence[Example]) -> dict[str, float]:
    """Milliseconds to plan one question on one thread, rendering included."""
    spent = []
    for example in questions:
        start = time.perf_counter()
        best = decode(shipped.net, shipped.vocabulary, tokenize(example.question))[0]
        if OPERATORS[best.plan.op].result is not Kind.DECLINE:
            render(best.plan, example.question, example.tokens)
        spent.append(1000 * (time.perf_counter() - start))
    spent.sort()
    return {
        "median_ms": round(spent[len(spent) // 2], 2),
        "p95_ms": round(spent[int(len(spent) * 0.95)], 2),
        "n": len(spent),
    }


def table_top(folder: Path, weights: Path) -> dict[str, Any]:
    """Answers on a folder in the CLEVR layout, by family; a declined question counts as wrong."""
    model = PlannerModel.load(weights)
    judged = judge(folder, lambda question: model.plan(question).program)
    families: dict[str, Counter[bool]] = defaultdict(Counter)
    for one in judged:
        families[one.family][one.right] += 1
    return {
        "n": len(judged),
        "accuracy": round(sum(one.right for one in judged) / len(judged), 4),
        "families": {name: f"{count[True]}/{sum(count.values())}" for name, count in sorted(families.items())},
        "wrong": [{"question": o.question, "given": o.given, "answer": o.answer} for o in judged if not o.right],
    }


def plain(file: Path, shipped: Shipped) -> dict[str, Any]:
    """Hand-written questions with the plans they should get, from a Python file that defines `PLAIN`."""
    spec = importlib.util.spec_from_file_location("plain_questions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wrong, kept, kept_right = [], 0, 0
    for question, plans in module.PLAIN:
        tokens = tokenize(question)
        best = decode(shipped.net, shipped.vocabulary, tokens)[0]
        got = show(best.plan, [question[token.start : token.end] for token in tokens])
        score = shipped.calibration.score(best.log_probabilities)
        wanted = [plan.strip() for plan in plans.split(" | ")]
        right = got in wanted or (got.startswith("decline") and any(plan.startswith("decline") for plan in wanted))
        if score >= shipped.calibration.threshold:
            kept, kept_right = kept + 1, kept_right + right
        if not right:
            wrong.append({"question": question, "got": got, "wanted": plans, "score": round(score, 3)})
    total = len(module.PLAIN)
    return {"n": total, "right": total - len(wrong), "kept": kept, "right_of_kept": kept_right, "wrong": wrong}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure a shipped planner.")
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--count", type=int, default=2000, help="questions per set")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--clevr", type=Path, help="a folder with questions.jsonl and scenes.json")
    parser.add_argument("--plain", type=Path, help="a Python file that defines PLAIN, hand-written questions and plans")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    start = time.perf_counter()
    shipped = load(options.weights)
    figures: dict[str, Any] = {
        "model": shipped.name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.machine(),
        "threads": 1,
        "parameters": sum(p.numel() for p in shipped.net.parameters()),
        "bytes": options.weights.stat().st_size,
        "load_s": round(time.perf_counter() - start, 2),
        "training": json.loads(shipped.facts["training"]),
        "beam": options.beam,
        "seed": SEED,
        "threshold": shipped.calibration.threshold,
        "sets": {},
    }
    videos = PlannerModel(options.weights).plans_videos
    for name in SETS if videos else [name for name in SETS if not name.startswith("videos")]:
        figures["sets"][name], sample = held_out(shipped, name, count=options.count, beam=options.beam)
        print(
            name,
            {key: figures["sets"][name][key] for key in ("n", "exact_match", "kept", "exact_match_of_kept", "ece")},
            flush=True,
        )
        if name == "held_out_questions":
            figures["latency"] = latency(shipped, sample[:300])
            print("latency", figures["latency"], flush=True)
    if options.clevr:
        figures["table_top"] = table_top(options.clevr, options.weights)
        print("table-top", figures["table_top"]["accuracy"], figures["table_top"]["families"], flush=True)
    if options.plain:
        figures["plain"] = plain(options.plain, shipped)
        print("plain", {key: figures["plain"][key] for key in ("n", "right", "kept", "right_of_kept")}, flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
