"""Judges a detector on scenes whose truth is known.

    python -m sightline.tools.mllm.detector.evaluate --data DIR --json FILE

A true thing counts as found when a prediction's centre lies within a few pixels of its own; each prediction serves
one thing. The headline is the share of all true things that are found with all four attributes right.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import SightlineError
from ..scenes.camera import DIRECTIONS
from ..scenes.clevr import KnownScene, KnownThing, read_pixels, read_scenes
from ..scenes.truth import Sample
from .config import ATTRIBUTES
from .detector import WEIGHTS, Detector
from .found import Found

__all__ = ["evaluate", "known", "main", "matched"]

_NEAR_PX = 12.0  # in pictures 320 wide
_TOGETHER = 16  # pictures per batch


def matched(found: Sequence[Found], things: Sequence[KnownThing], near_px: float) -> list[int | None]:
    """For each true thing the index of its prediction or None; nearest pairs are settled first."""
    pairs = sorted(
        (distance, t, f)
        for t, thing in enumerate(things)
        for f, one in enumerate(found)
        if (distance := math.dist(one.center, thing.center_px)) <= near_px
    )
    answer: list[int | None] = [None] * len(things)
    used: set[int] = set()
    for _, t, f in pairs:
        if answer[t] is None and f not in used:
            answer[t] = f
            used.add(f)
    return answer


def known(sample: Sample) -> KnownScene:
    """A rendered sample as a known scene without a file."""
    things = tuple(
        KnownThing(
            attributes={name: getattr(thing, name) for name in ATTRIBUTES},
            center_px=(float(u), float(v)),
            depth=float(depth),
            position=thing.center,
        )
        for thing, (u, v, depth) in zip(sample.things, sample.centers, strict=True)
    )
    return KnownScene(
        image=Path(), things=things, relations=sample.relations, directions=dict(sample.camera.directions())
    )


def evaluate(detector: Detector, scenes: Iterable[tuple[KnownScene, NDArray[np.uint8]]]) -> dict[str, Any]:
    """Figures over scenes with their pictures: shares from 0 to 1, and the list of errors."""
    tally = _Tally()
    batch: list[tuple[KnownScene, NDArray[np.uint8]]] = []
    for pair in scenes:
        batch.append(pair)
        if len(batch) == _TOGETHER:
            tally.add(detector, batch)
            batch = []
    if batch:
        tally.add(detector, batch)
    return tally.figures()


class _Tally:
    def __init__(self) -> None:
        self.scenes = self.whole = self.things = self.found = self.predicted = self.all_right = 0
        self.right = dict.fromkeys(ATTRIBUTES, 0)
        self.pairs = self.pairs_right = 0
        self.depth_errors: list[float] = []
        self.errors: list[dict[str, Any]] = []
        self.seconds = 0.0

    def add(self, detector: Detector, batch: Sequence[tuple[KnownScene, NDArray[np.uint8]]]) -> None:
        started = time.perf_counter()
        answers = detector.detect_all([pixels for _, pixels in batch])
        self.seconds += time.perf_counter() - started
        for (scene, pixels), found in zip(batch, answers, strict=True):
            self._one(scene, found, pixels.shape[1])

    def _one(self, scene: KnownScene, found: Sequence[Found], width: int) -> None:
        match = matched(found, scene.things, _NEAR_PX * width / 320)
        faults = 0
        for thing, index in zip(scene.things, match, strict=True):
            one = None if index is None else found[index]
            wrong = [name for name in ATTRIBUTES if one is None or one.value(name) != thing.attributes[name]]
            if one is not None:
                self.found += 1
                self.depth_errors.append(abs(one.depth - thing.depth))
                for name in ATTRIBUTES:
                    self.right[name] += name not in wrong
            self.all_right += not wrong
            if wrong:
                faults += 1
                self._note(scene, "missed" if one is None else "wrong", thing=thing, one=one)
        for index in set(range(len(found))) - set(match):
            faults += 1
            self._note(scene, "extra", one=found[index])
        self._relations(scene, found, match)
        self.scenes += 1
        self.whole += not faults
        self.things += len(scene.things)
        self.predicted += len(found)

    def _note(self, scene: KnownScene, kind: str, *, thing: KnownThing | None = None, one: Found | None = None) -> None:
        self.errors.append(
            {
                "image": scene.image.name,
                "kind": kind,
                "truth": None if thing is None else " ".join(thing.attributes.values()),
                "said": None if one is None else " ".join(one.attributes.values()),
                "at": [round(c) for c in (thing.center_px if thing else one.center if one else ())],
                "score": None if one is None else round(one.score, 3),
            }
        )

    def _relations(self, scene: KnownScene, found: Sequence[Found], match: Sequence[int | None]) -> None:
        """Whether pairs of found things lie to each other as the truth has it."""
        axes = {"left": (-1, 0), "right": (1, 0), "front": (0, -1), "behind": (0, 1)}
        for name in DIRECTIONS:
            if name not in scene.relations:
                continue
            x, y = axes[name]
            for a, ia in enumerate(match):
                for b, ib in enumerate(match):
                    if a == b or ia is None or ib is None:
                        continue
                    dx, dy = (found[ib].ground[k] - found[ia].ground[k] for k in (0, 1))
                    self.pairs += 1
                    self.pairs_right += (dx * x + dy * y > 0) == (b in scene.relations[name][a])

    def figures(self) -> dict[str, Any]:
        found = max(self.found, 1)
        return {
            "scenes": self.scenes,
            "things": self.things,
            "recall": self.found / max(self.things, 1),
            "precision": self.found / max(self.predicted, 1),
            **{name: count / found for name, count in self.right.items()},
            "all_four": self.all_right / max(self.things, 1),
            "scenes_right": self.whole / max(self.scenes, 1),
            "relations": self.pairs_right / max(self.pairs, 1),
            "depth_error": float(np.mean(self.depth_errors)) if self.depth_errors else None,
            "milliseconds_per_picture": 1000 * self.seconds / max(self.scenes, 1),
            "errors": self.errors,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.detector.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder in the CLEVR layout")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--limit", type=int, default=None, help="only the first N scenes")
    parser.add_argument("--threshold", type=float, default=0.35, help="least score of a thing")
    parser.add_argument("--json", type=Path, default=None, help="write the figures and errors there")
    options = parser.parse_args(arguments)
    try:
        detector = Detector.load(options.weights)
        detector.threshold = options.threshold
        scenes = read_scenes(options.data, options.limit)
        figures = evaluate(detector, ((scene, read_pixels(scene)) for scene in scenes))
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1), "utf-8")
    print(json.dumps({key: value for key, value in figures.items() if key != "errors"}))
    for entry in figures["errors"]:
        print(json.dumps(entry))
    return 0


if __name__ == "__main__":
    sys.exit(main())
