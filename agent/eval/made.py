"""Makes a set of questions about the project's own renders, in the flat CLEVR layout that `clevr.py` reads.

    python -m sightline.agent.eval.made --scenes 200 --out DIR

Questions come from the planner's grammar and have one certain answer on their scene; no answer may crowd out the rest.
Planner and models learn from the same grammar and the same renderer, so such a set serves to fit confidences and to
watch for setbacks; how good answers are, pictures and questions of other makers tell.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest, SightlineError
from ...tools.mllm.multimodal.asking import questions
from ...tools.mllm.multimodal.scene import of_sample
from ...tools.mllm.scenes.clevr import write_scenes
from ...tools.mllm.scenes.stream import Recipe, sample
from ...tools.mllm.scenes.truth import Sample
from ...tools.mllm.scenes.world import WORDS

__all__ = ["main", "make", "questions_about"]

_SEED = 60_221
_ANSWERS = frozenset(("yes", "no", *map(str, range(11)), *(word for words in WORDS.values() for word in words)))
_CROWD = 0.35  # most that one answer may be of all, once there are some
_TRIES = 40  # questions drawn for each that is kept


def make(folder: Path, *, scenes: int, each: int, seed: int = _SEED, plain_share: float = 0.5) -> int:
    """Write pictures, scenes and questions; returns how many questions.

    Raises:
        BadRequest: when the folder holds questions already, or the numbers make no sense.
    """
    if scenes < 1 or each < 1:
        raise BadRequest(f"a set needs scenes and questions about each, not {scenes} and {each}")
    if (folder / "questions.jsonl").exists():
        raise BadRequest(f"{folder} holds a set already: name another folder")
    rows: list[dict[str, Any]] = []
    told: Counter[str] = Counter()

    def remembered() -> Iterator[Sample]:
        for index in range(scenes):
            one = sample(seed, index, Recipe(plain_share=plain_share))
            rows.extend(questions_about(one, each, told))
            yield one

    write_scenes(folder, remembered())
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return len(rows)


def questions_about(one: Sample, count: int, told: Counter[str]) -> list[dict[str, Any]]:
    """Rows of questions about a sample, at most `count`; `told` counts the answers of all samples so far."""
    rng = random.Random(f"{one.seed}:{one.index}")
    rows, seen = [], set()
    for question in islice(questions(rng, of_sample(one)), count * _TRIES):
        answer = question.reasoned.answer.strip().lower()
        crowded = told[answer] > 10 and told[answer] > _CROWD * told.total()
        if answer not in _ANSWERS or question.text in seen or crowded:
            continue
        seen.add(question.text)
        told[answer] += 1
        image = f"scene_{one.index:06d}.png"
        rows.append({"image": image, "question": question.text, "answer": answer, "family": question.family})
        if len(rows) == count:
            break
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sightline.agent.eval.made", description=__doc__)
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--each", type=int, default=10, help="questions about each scene")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--plain-share", type=float, default=0.5, help="of scenes in the published look")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        count = make(
            options.out,
            scenes=options.scenes,
            each=options.each,
            seed=options.seed,
            plain_share=options.plain_share,
        )
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{count} questions about {options.scenes} scenes in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
