"""Makes the detector's `trust.json`: true chances from fresh renders, and what tells this world from other pictures.

    python -m sightline.tools.mllm.detector.calibrate --foreign DIR [--foreign DIR ...]

Renders half in the published look and half varied, of a seed that nothing was trained on, say how often scores and
chances are right. The world is told from all other pictures by a logistic regression on `trust.evidence`; `--foreign`
names folders of pictures of anything else, searched through to the bottom, to which patterns made here are added. Half
of everything is kept out of the fit and judges it. Other pictures are more various than any folder, so the threshold
lies half-way from even odds to the least likely renders.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest, SightlineError
from ..scenes.stream import Recipe, sample
from .config import ATTRIBUTES
from .detector import WEIGHTS, Detector
from .evaluate import known, matched
from .trust import CANDIDATE, TRUST, Trust, evidence

__all__ = ["fit", "foreign_pictures", "logistic", "main", "patterns"]

_SEED = 31_415
_PATTERNS = 300
_NEAR_PX = 12.0  # in pictures 320 wide
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_LARGEST = 1600  # pixels of a foreign picture's longer side

Pixels = NDArray[np.uint8]


def logistic(x: NDArray[np.float64], y: NDArray[np.float64], *, ridge: float = 1e-2) -> NDArray[np.float64]:
    """Weights of a logistic regression of y, 0 or 1, on x (N, K), offset last; Newton's method, each class weighs half.

    `ridge` pulls the weights of columns of unit spread towards zero; it also bounds them where the classes part.
    """
    spread = x.std(0) + 1e-9
    middle = x.mean(0)
    z = np.column_stack([(x - middle) / spread, np.ones(len(x))])
    share = np.where(y == 1, 0.5 / max(y.sum(), 1), 0.5 / max((1 - y).sum(), 1))
    pull = np.diag([ridge] * x.shape[1] + [1e-9])
    weights = np.zeros(z.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        slope = z.T @ (share * (chance - y)) + pull @ weights
        curve = (z * (share * chance * (1 - chance))[:, None]).T @ z + pull
        step = np.linalg.solve(curve, slope)
        weights -= step / max(1.0, float(np.abs(step).max()) / 2)
        if float(np.abs(step).max()) < 1e-8:
            break
    inner = weights[:-1] / spread
    return np.append(inner, weights[-1] - inner @ middle)


def foreign_pictures(folders: Sequence[Path]) -> Iterator[tuple[str, Pixels]]:
    """Name and pixels of every readable picture below the folders that is at least 40 pixels wide and high."""
    from PIL import Image, UnidentifiedImageError

    for folder in folders:
        if not folder.is_dir():
            raise BadRequest(f"There is no folder {folder}; --foreign names folders of pictures of anything else.")
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES):
            try:
                with Image.open(path) as image:
                    picture = image.convert("RGB")
            except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
                continue
            picture.thumbnail((_LARGEST, _LARGEST))
            if min(picture.size) >= 40 and picture.height <= 4 * picture.width:
                yield path.name, np.asarray(picture)


def patterns(seed: int, count: int) -> Iterator[tuple[str, Pixels]]:
    """Pictures of nothing: noise, gradients, checkers, stripes, discs and blurred noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320].astype(float)
    for k in range(count):
        a, b = (rng.integers(0, 256, 3).astype(float) for _ in range(2))
        period, angle = float(rng.uniform(6, 90)), float(rng.uniform(0, np.pi))
        along = x * np.cos(angle) + y * np.sin(angle)
        kind = ("noise", "gradient", "checkers", "stripes", "discs", "clouds")[k % 6]
        if kind == "noise":
            mix = rng.uniform(0, 1, (240, 320))
        elif kind == "gradient":
            mix = (along - along.min()) / np.ptp(along)
        elif kind == "checkers":
            mix = ((x // period + y // period) % 2).astype(float)
        elif kind == "stripes":
            mix = ((along // period) % 2).astype(float)
        elif kind == "discs":
            mix = np.zeros((240, 320))
            for cx, cy, r in rng.uniform((0, 0, 5), (320, 240, 45), (6, 3)):
                mix[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = 1.0
        else:
            mix = np.abs(
                np.fft.ifft2(np.fft.fft2(rng.normal(size=(240, 320))) / (1 + np.hypot(*np.mgrid[0:240, 0:320])))
            )
            mix = (mix - mix.min()) / np.ptp(mix)
        yield kind, (a + mix[..., None] * (b - a)).astype(np.uint8)


def fit(
    detector: Detector, *, scenes: int, folders: Sequence[Path], seed: int = _SEED, patterned: int = _PATTERNS
) -> Trust:
    """The curves for a detector that reports candidates from `CANDIDATE` on."""
    own = [_look(detector, seed, k) for k in range(scenes)]
    scores = np.array([score for found in own for score, _ in found["candidates"]])
    there = np.array([float(right) for found in own for _, right in found["candidates"]])
    odds = np.log(scores / (1 - scores))[:, None]
    exists = _platt(odds[:, 0], there)
    temperatures = {
        name: _temperature([row[name] for found in own for row in found["attributes"]]) for name in ATTRIBUTES
    }
    inside = [
        (evidence(found["things"], *found["size"]), bool(k % 2)) for k, found in enumerate(own) if found["things"]
    ]
    missed = sum(not found["things"] for found in own)
    outside, empty = [], 0
    for number, (name, pixels) in enumerate(chain(foreign_pictures(folders), patterns(seed, patterned))):
        things = detector.detect(pixels)
        if things:
            told = evidence(things, pixels.shape[1], pixels.shape[0])
            # near copies share a name up to its digits ("left01.jpg", "left02.jpg") and must not be parted
            family = re.sub(r"\d+\.\w+$", "", name) if "." in name else f"{name}{number}"
            outside.append((told, zlib.crc32(family.encode()) % 2 == 1))
        else:
            empty += 1
    if not outside:
        raise BadRequest("The folders of --foreign hold no pictures in which the detector finds anything.")
    rows = [(told, 1.0, kept) for told, kept in inside] + [(told, 0.0, kept) for told, kept in outside]
    x = np.array([told for told, _, kept in rows if not kept])
    y = np.array([label for _, label, kept in rows if not kept])
    weights = logistic(x, y)
    threshold = _threshold([_odds(weights, told) for told, label, kept in rows if label == 1.0 and not kept])
    judged = [
        (_odds(weights, told) >= math.log(threshold / (1 - threshold)), label) for told, label, kept in rows if kept
    ]
    facts = {
        "seed": seed,
        "renders": scenes,
        "renders_without_things": missed,
        "foreign_pictures": len(outside) + empty,
        "of_these_patterns": patterned,
        "foreign_without_things": empty,
        "kept_out_renders_refused": _count(judged, 1.0, taken=False),
        "kept_out_foreign_taken": _count(judged, 0.0, taken=True),
    }
    return Trust(
        exists=exists,
        temperatures=temperatures,
        weights=tuple(float(w) for w in weights[:-1]),
        offset=float(weights[-1]),
        threshold=threshold,
        facts=facts,
    )


def _odds(weights: NDArray[np.float64], told: Sequence[float]) -> float:
    """Log-odds of this world."""
    return float(np.append(told, 1.0) @ weights)


def _threshold(own: Sequence[float]) -> float:
    """The chance half-way from even odds to the least likely renders, by their log-odds."""
    return 1 / (1 + math.exp(-max(0.0, float(np.quantile(own, 0.005)) / 2)))


def _look(detector: Detector, seed: int, index: int) -> dict[str, Any]:
    one = sample(seed, index, Recipe(plain_share=0.5))
    things = detector.detect(one.pixels)
    truth = known(one)
    height, width = one.pixels.shape[:2]
    match = matched(things, truth.things, _NEAR_PX * width / 320)
    right = {f for f in match if f is not None}
    attributes = [
        {name: (things[f].chances[name], thing.attributes[name]) for name in ATTRIBUTES}
        for thing, f in zip(truth.things, match, strict=True)
        if f is not None
    ]
    candidates = [(min(max(t.score, 1e-4), 1 - 1e-4), f in right) for f, t in enumerate(things)]
    return {"things": things, "size": (width, height), "candidates": candidates, "attributes": attributes}


def _platt(odds: NDArray[np.float64], there: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset that make log-odds true; a tiny pull keeps them finite where nothing is ever wrong."""
    slope, offset = 1.0, 0.0
    z = np.column_stack([odds, np.ones(len(odds))])
    weights = np.array([slope, offset])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        gradient = z.T @ (chance - there) + 1e-2 * (weights - (1.0, 0.0))
        curve = (z * (chance * (1 - chance))[:, None]).T @ z + 1e-2 * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        weights = weights - step / max(1.0, float(np.abs(step).max()) / 2)
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(weights[0]), float(weights[1])


def _temperature(rows: Sequence[tuple[Any, str]]) -> float:
    """The temperature that makes an attribute's true values likeliest."""
    if not rows:
        return 1.0
    logs = np.log(np.maximum(np.array([list(chances.values()) for chances, _ in rows]), 1e-12))
    true = np.array([list(chances).index(word) for chances, word in rows])

    def cost(temperature: float) -> float:
        scaled = logs / temperature
        return float(np.mean(np.log(np.exp(scaled).sum(1)) - scaled[np.arange(len(true)), true]))

    return float(min(np.geomspace(0.4, 4.0, 93), key=cost))


def _count(judged: Sequence[tuple[bool, float]], label: float, *, taken: bool) -> str:
    of = [is_taken for is_taken, other in judged if other == label]
    return f"{sum(is_taken == taken for is_taken in of)} of {len(of)}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.detector.calibrate", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--foreign", type=Path, action="append", required=True, help="a folder of other pictures")
    parser.add_argument("--scenes", type=int, default=600, help="renders to calibrate on")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--out", type=Path, default=TRUST)
    options = parser.parse_args(arguments)
    try:
        detector = Detector.load(options.weights, threshold=CANDIDATE)
        trust = fit(detector, scenes=options.scenes, folders=options.foreign, seed=options.seed)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    trust.save(options.out)
    print(json.dumps(dict(trust.facts), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
