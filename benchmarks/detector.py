"""The table-top detector: milliseconds per picture, places on the ground, and how well it tells its world from others.

    python benchmarks/detector.py --foreign DIR --json FILE

Renders are fresh ones of a seed that served nothing else. `--foreign` names folders of pictures of anything else; the
pictures of scikit-image, OpenCV's documentation and a desktop's backgrounds are good ones. Noise, stripes and other
patterns are made here. A CLEVR folder (`--clevr`) says how many published pictures are refused.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.tools.mllm.detector.calibrate import foreign_pictures, patterns
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.evaluate import evaluate, known, matched
from sightline.tools.mllm.detector.trust import CANDIDATE, Trust
from sightline.tools.mllm.scenes.clevr import KnownScene, read_pixels, read_scenes
from sightline.tools.mllm.scenes.stream import Recipe, sample

SEED = 271_828
Pixels = NDArray[np.uint8]


def speed(detector: Detector, pictures: list[Pixels], runs: int) -> dict[str, float]:
    """Milliseconds for one picture alone and in batches of 16, on one thread."""

    def median_ms(work: Callable[[], Any]) -> float:
        work()
        spent = []
        for _ in range(runs):
            began = time.perf_counter()
            work()
            spent.append((time.perf_counter() - began) * 1000)
        return statistics.median(spent)

    sixteen = (pictures * 16)[:16]
    return {
        "single_ms": round(median_ms(lambda: detector.detect(pictures[0])), 2),
        "batch_of_16_ms_each": round(median_ms(lambda: detector.detect_all(sixteen)) / 16, 2),
        "threads": torch.get_num_threads(),
        "runs": runs,
    }


def order(detector: Detector, scenes: list[tuple[KnownScene, Pixels]]) -> dict[str, Any]:
    """Share of pairs of things whose left-right and front-behind order on the ground is right."""
    right = pairs = 0
    for scene, pixels in scenes:
        found = detector.detect(pixels)
        match = matched(found, scene.things, 12.0 * pixels.shape[1] / 320)
        there = [(k, found[f]) for k, f in enumerate(match) if f is not None]
        for axis, direction in ((0, "right"), (1, "behind")):
            along = [
                sum(a * b for a, b in zip(scene.directions[direction], thing.position, strict=False))
                for thing in scene.things
            ]
            for (i, mine), (j, theirs) in combinations(there, 2):
                right += (mine.ground[axis] < theirs.ground[axis]) == (along[i] < along[j])
                pairs += 1
    return {"pairs": pairs, "right": round(right / max(pairs, 1), 5)}


def taken(detector: Detector, trust: Trust, pictures: Iterator[tuple[str, Pixels]]) -> dict[str, Any]:
    """How many of the pictures are taken to be of the table-top world, and which."""
    names, count = [], 0
    for name, pixels in pictures:
        count += 1
        if trust.is_world(detector.detect(pixels), pixels.shape[1], pixels.shape[0]):
            names.append(name)
    return {"pictures": count, "taken": len(names), "names": sorted(names)[:20]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--scenes", type=int, default=200, help="renders of each look")
    parser.add_argument("--runs", type=int, default=20, help="timed runs")
    parser.add_argument(
        "--foreign", type=Path, action="append", default=[], help="a folder of pictures of anything else"
    )
    parser.add_argument("--clevr", type=Path, help="a folder in the CLEVR layout")
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    detector = Detector.load()
    load_s = time.perf_counter() - began
    eager, trust = Detector(detector.net, threshold=CANDIDATE), Trust.load()
    looks = {
        look: [sample(SEED, k, Recipe(plain_share=share)) for k in range(options.scenes)]
        for look, share in (("plain", 1.0), ("varied", 0.0))
    }
    sets: dict[str, list[tuple[KnownScene, Pixels]]] = {
        look: [(known(one), one.pixels) for one in samples] for look, samples in looks.items()
    }
    if options.clevr:
        sets["clevr"] = [(scene, read_pixels(scene)) for scene in read_scenes(options.clevr)]
    figures: dict[str, Any] = {
        "machine": {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()},
        "weights": detector.facts,
        "load_s": round(load_s, 3),
        "speed": speed(detector, [pixels for _, pixels in sets["plain"][:8]], options.runs),
        "found": {},
        "order": {name: order(detector, scenes) for name, scenes in sets.items()},
        "refused": {},
        "foreign": {"patterns": taken(eager, trust, patterns(SEED, 180))},
    }
    for name, scenes in sets.items():
        result = evaluate(detector, scenes)
        result["errors"] = len(result["errors"])
        figures["found"][name] = {k: round(v, 4) if isinstance(v, float) else v for k, v in result.items()}
        own = taken(eager, trust, ((scene.image.name, pixels) for scene, pixels in scenes))
        figures["refused"][name] = {"pictures": own["pictures"], "refused": own["pictures"] - own["taken"]}
    for folder in options.foreign:
        figures["foreign"][folder.name] = taken(eager, trust, foreign_pictures([folder]))
    text = json.dumps(figures, indent=1)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
