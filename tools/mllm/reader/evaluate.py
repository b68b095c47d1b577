"""Judges the reader on fresh renders that it never saw.

    python -m sightline.tools.mllm.reader.evaluate --json benchmarks/results/reader.json

Three kinds of scenes: the world's own print (its closed list of words, and numbers), words that it never learned on in
looks of every sort, and things without print on patterned tables. Boxes are the true ones. Only legible labels count
for what is right; what is said of the others is reported beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...errors import SightlineError
from ..scenes.lettering import PRINTED_WORDS
from ..scenes.stream import Recipe, sample
from ..scenes.truth import Sample
from .reader import WEIGHTS, Print, PrintReader
from .renders import printed_scene

__all__ = ["UNSEEN_WORDS", "distance", "evaluate", "main"]

UNSEEN_WORDS: Final[tuple[str, ...]] = tuple(
    word
    for line in (
        "zebra camel otter badger eagle robin parrot turtle beetle wasp olive onion carrot potato mango banana almond",
        "vanilla pasta sauce kettle basket ladder bucket candle mirror pillow blanket curtain garage tunnel harbor",
        "castle palace temple museum library theater office station airport tractor canoe anchor saddle helmet jacket",
        "glove scarf velvet copper bronze marble diamond pearl violin trumpet guitar opera poem magic dragon",
    )
    for word in line.split()
)
_PRINTED = Recipe(plain_share=0.5, print_share=1.0, pattern_share=0.2, lamp_share=0.2)
_BARE = Recipe(plain_share=0.2, pattern_share=1.0, lamp_share=0.3, backdrop_share=0.3, extra_shape_share=0.2)
_HEIGHTS = (6, 8, 10, 14)  # px, of the lowest letter
_LEASTS = (0.0, 0.5, 0.6, 0.7, 0.8)  # chances below which a text may count as not read
_LEAST_SEEN_PX = 40.0  # of a thing without print that counts


@dataclass(frozen=True, slots=True)
class _Reading:
    kind: str  # word, number, unseen word, illegible, bare, bare patterned
    truth: str
    said: str
    height: float = 0.0  # px
    sure: float = 1.0  # mean chance of what is said

    def least(self, chance: float) -> _Reading:
        """The same by a reader that wants to be so sure."""
        return self if self.sure >= chance else replace(self, said="", sure=1.0)


def distance(a: str, b: str) -> int:
    """Characters to insert, delete or replace to make b of a (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (x != y))
    return row[-1]


def evaluate(reader: PrintReader, *, seed: int, scenes: int) -> dict[str, Any]:
    """Figures over so many scenes of each kind: shares from 0 to 1, and every wrong reading."""
    everything = PrintReader(reader.net, least=0.0)
    unsieved: list[_Reading] = []
    seconds = 0.0
    for index in range(scenes):
        for one, bare in (
            (sample(seed, index, _PRINTED), "bare"),
            (printed_scene(seed + 1, index, _unseen), "bare"),
            (sample(seed + 2, index, _BARE), "bare patterned"),
        ):
            started = time.process_time()
            said = everything.read(one.pixels, one.boxes)
            seconds += time.process_time() - started
            unsieved.extend(_readings(one, said, bare))
    readings = [one.least(reader.least) for one in unsieved]
    return {
        "seed": seed,
        "scenes_of_each_kind": scenes,
        "least": reader.least,
        **{kind: _figures([one for one in readings if one.kind == kind]) for kind in _KINDS},
        "by_letter_height_px": _by_height([one for one in readings if one.kind in _KINDS]),
        "false_readings": {kind: _false([one for one in readings if one.kind == kind]) for kind in _BARES},
        "by_least": {str(least): _summary([one.least(least) for one in unsieved]) for least in _LEASTS},
        "illegible": _illegible([one for one in readings if one.kind == "illegible"]),
        "milliseconds_per_picture": round(1000 * seconds / (3 * max(scenes, 1)), 2),
        "errors": [
            {"kind": one.kind, "truth": one.truth, "said": one.said, "height_px": round(one.height, 1)}
            for one in readings
            if one.kind != "illegible" and one.said != one.truth
        ],
    }


_KINDS = ("word", "number", "unseen word")
_BARES = ("bare", "bare patterned")


def _unseen(rng: np.random.Generator, longest: int) -> str:
    able = [word for word in UNSEEN_WORDS if len(word) <= longest]
    text = able[rng.integers(len(able))]
    return (text.upper(), text, text.capitalize())[rng.integers(3)]


def _readings(one: Sample, said: Sequence[Print], bare: str) -> list[_Reading]:
    labels = {label.thing: label for label in one.labels}
    found = []
    for k, found_print in enumerate(said):
        label, text = labels.get(k), found_print.text
        sure = float(np.mean(found_print.chances)) if text else 1.0
        if label is None:
            if one.picture.samples[k] >= _LEAST_SEEN_PX * one.picture.samples_per_pixel:
                found.append(_Reading(bare, "", text, sure=sure))
            continue
        truth = label.text.lower()
        kind = "number" if truth.isdigit() else "word" if truth in PRINTED_WORDS else "unseen word"
        found.append(_Reading(kind if label.legible else "illegible", truth, text, label.letter_px[1], sure))
    return found


def _figures(readings: Sequence[_Reading]) -> dict[str, Any]:
    characters = sum(len(one.truth) for one in readings)
    return {
        "labels": len(readings),
        "right": _share(one.said == one.truth for one in readings),
        "unread": _share(not one.said for one in readings),
        "character_error_rate": round(sum(distance(one.truth, one.said) for one in readings) / max(characters, 1), 4),
    }


def _by_height(readings: Sequence[_Reading]) -> dict[str, Any]:
    figures = {}
    for low, high in zip(_HEIGHTS, (*_HEIGHTS[1:], float("inf")), strict=True):
        name = f"{low} to {high}" if np.isfinite(high) else f"{low} and more"
        figures[name] = _figures([one for one in readings if low <= one.height < high])
    return figures


def _summary(readings: Sequence[_Reading]) -> dict[str, Any]:
    legible = [one for one in readings if one.kind in _KINDS]
    return {
        "right": _share(one.said == one.truth for one in legible),
        "unread": _share(not one.said for one in legible),
        "false": _share(bool(one.said) for one in readings if one.kind in _BARES),
    }


def _false(readings: Sequence[_Reading]) -> dict[str, Any]:
    return {"things": len(readings), "read": _share(bool(one.said) for one in readings)}


def _illegible(readings: Sequence[_Reading]) -> dict[str, Any]:
    return {
        "labels": len(readings),
        "unread": _share(not one.said for one in readings),
        "right": _share(one.said == one.truth for one in readings),
    }


def _share(true: Any) -> float:
    values = [bool(one) for one in true]
    return round(sum(values) / max(len(values), 1), 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.reader.evaluate", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=9_000, help="of the scenes; the two after it are used too")
    parser.add_argument("--scenes", type=int, default=150, help="of each kind")
    parser.add_argument("--json", type=Path, default=None, help="write the figures and errors there")
    options = parser.parse_args(arguments)
    try:
        reader = PrintReader.load(options.weights)
        figures = {"weights": reader.facts, **evaluate(reader, seed=options.seed, scenes=options.scenes)}
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps({key: value for key, value in figures.items() if key != "errors"}, indent=1))
    for entry in figures["errors"]:
        print(json.dumps(entry))
    return 0


if __name__ == "__main__":
    sys.exit(main())
