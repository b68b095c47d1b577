"""Judges a multimodal model on rendered scenes and questions that it never saw.

    python -m sightline.tools.mllm.multimodal.evaluate --scenes 100 --seed 9001 --json FILE [--weights FILE]
        [--kind still|printed|pictures|clip] [--outright]

The pictures are rendered afresh, stills in the published look; the questions are of every family. An answer counts when
its words are the true ones; a box when it overlaps the true one by half (IoU). What people's data sets say is judged by
`sightline eval`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import BadRequest, SightlineError
from ..scenes.stream import Recipe, sample
from .config import WEIGHTS
from .lessons import Mixture, items
from .mllm import MultimodalModel, Reply
from .places import Box, read_box
from .reading import joined
from .renders import Made, filmed, printed, truth_of
from .scene import of_sample
from .tasks import Item
from .worlds import Kind, Shown

__all__ = ["judge", "main"]

_TOGETHER = 24  # questions per batch


def judge(
    model: MultimodalModel,
    seed: int,
    scenes: int,
    *,
    kind: Kind = "still",
    per_scene: int = 12,
    think: bool = True,
) -> dict[str, Any]:
    """Accuracy, overall and by family, and tokens a second, over rendered scenes of a seed."""
    right: dict[str, list[bool]] = defaultdict(list)
    wrong: list[dict[str, str]] = []
    chances: list[tuple[float, bool]] = []
    started, tokens = time.perf_counter(), 0
    for number, (pictures, shown) in enumerate(islice(_shown(kind, seed), scenes)):
        asked = items(random.Random(f"judge:{seed}:{number}"), shown, per_scene, Mixture(direct=0.0))
        height, width = pictures[0].shape[:2]
        for thinking in (True, False):
            some = [item for item in asked if (item.thoughts is not None and think) == thinking]
            for start in range(0, len(some), _TOGETHER):
                part = some[start : start + _TOGETHER]
                replies = model.answer_all([(pictures, item.question) for item in part], think=thinking)
                for item, reply in zip(part, replies, strict=True):
                    fine = _fits(item, reply, shown, width, height)
                    right[item.kind].append(fine)
                    chances.append((reply.chance, fine))
                    tokens += len(model.text.encode(f"{reply.thoughts} {reply.text}"))
                    if not fine:
                        wrong.append(
                            {
                                "question": item.question,
                                "true": f"{item.thoughts or ''} => {item.answer}",
                                "said": f"{reply.thoughts} => {reply.text}",
                            }
                        )
    seconds = time.perf_counter() - started
    every = [fine for family in right.values() for fine in family]
    return {
        "scenes": scenes,
        "questions": len(every),
        "accuracy": round(sum(every) / len(every), 4),
        "families": {name: [round(sum(some) / len(some), 4), len(some)] for name, some in sorted(right.items())},
        "mean_chance": round(sum(chance for chance, _ in chances) / len(chances), 4),
        "tokens_per_second": round(tokens / seconds, 1),
        "wrong": wrong,
    }


def _shown(kind: Kind, seed: int) -> Iterator[tuple[list[NDArray[np.uint8]], Shown]]:
    """Endless pictures of a kind, with what they show."""
    if kind in ("printed", "clip"):
        make = printed if kind == "printed" else filmed
        yield from (_as_shown(kind, made) for number in count() if (made := make(seed, number)))
        return
    many = 1 if kind == "still" else 2
    for start in count(step=many):
        samples = [sample(seed, start + k, Recipe(plain_share=1.0)) for k in range(many)]
        scenes = tuple(map(of_sample, samples))
        yield [one.pixels for one in samples], Shown(kind, scenes, ())


def _as_shown(kind: Kind, made: Made) -> tuple[list[NDArray[np.uint8]], Shown]:
    scenes = tuple(truth_of(one, texts) for one, texts in made)
    return [one.pixels for one, _ in made], Shown(kind, scenes, ())


def _fits(item: Item, reply: Reply, shown: Shown, width: int, height: int) -> bool:
    if item.kind == "box":
        true = read_box(item.answer)
        assert true is not None
        wanted = (true[0] * width, true[1] * height, true[2] * width, true[3] * height)
        return len(reply.boxes) == 1 and _overlap(reply.boxes[0], wanted) >= 0.5
    words = [word for word in joined(item.answer, shown.scenes).split() if not word.startswith("<")]
    return reply.text.lower() == " ".join(words).replace(" ,", ",").lower()


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    joined = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / joined if joined > 0 else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.multimodal.evaluate", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=9001, help="of the scenes; never one that was trained with")
    parser.add_argument("--kind", choices=get_args(Kind), default="still", help="what the questions are about")
    parser.add_argument("--outright", action="store_true", help="answers without thoughts")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        if options.scenes < 1:
            raise BadRequest(f"Judging needs scenes, not {options.scenes}.")
        model = MultimodalModel.load(options.weights, tokenizer=options.weights.parent / "tokenizer.json")
        figures = judge(model, options.seed, options.scenes, kind=options.kind, think=not options.outright)
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
