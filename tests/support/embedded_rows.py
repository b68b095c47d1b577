"""A manifest for the embedded profile: short clips of table-top things, and questions about what happens in them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sightline.agent.eval.moving import RECIPE, questions
from sightline.agent.eval.moving_truth import ClipTruth
from sightline.tools.mllm.clips.clip import Clip, clip
from sightline.tools.mllm.clips.files import write_mp4

SHORT = replace(RECIPE, seconds=2.0)
_OF_ONE_CLIP = 12  # questions taken from the truth of one clip


def write_embedded_rows(folder: Path, *, videos: int, asked: int) -> Path:
    """Write so many clips and a manifest in which each of so many questions is asked of each clip."""
    for index in range(videos):
        made = clip(11, index, SHORT)
        write_mp4(folder / f"{index:02d}.mp4", made.frames, made.fps)
    path = folder / f"embedded-{videos}x{asked}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(islice(_texts(), asked)):
            for index in range(videos):
                row = {"media": f"{index:02d}.mp4", "query": text, "id": f"{index}-{number}"}
                file.write(json.dumps(row) + "\n")
    return path


def _texts() -> Iterator[str]:
    """Questions that have an answer for the clip that they were made for, each once."""
    told: set[str] = set()
    for index in range(10**6):
        made: Clip = clip(11, index, SHORT)
        for question in islice(questions(ClipTruth(made, []), random.Random(index)), _OF_ONE_CLIP):
            if question.text not in told:
                told.add(question.text)
                yield question.text
