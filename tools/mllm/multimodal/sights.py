"""What the encoder saw of rendered pictures, kept on disk with the truth about them.

Pictures are looked at once, in shards that a killed run can add to; every question about them is asked of what was
seen. There are three kinds: stills, stills with print on things, and clips of a few frames. A picture in which the
encoder found other things than there are teaches nothing and is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import BadRequest
from ..detector.detector import Detector
from ..detector.shards import Examples
from ..detector.targets import Example
from .renders import Made, filmed, printed, truth_of
from .scene import Scene, Seen
from .vision import Grid, Looked, VisionEncoder

__all__ = ["Sight", "Sights", "look_at_clips", "look_at_examples", "look_at_prints"]

_PER_SHARD = 200
_NEAR_PX = 14.0  # in pictures 320 wide


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as it was seen, and the truth: its things in the same order."""

    seen: Scene  # places as the encoder gave them
    features: torch.Tensor  # (tokens, C)
    truth: Scene
    letters: tuple[torch.Tensor, ...] = ()  # per thing the features (letters, C) of what was read there


Told = Callable[[int], None]


def look_at_examples(
    encoder: VisionEncoder,
    examples: Examples,
    folder: Path,
    count: int,
    *,
    told: Told | None = None,
    workers: int = 0,
) -> None:
    """Look at the first `count` examples, going on where an earlier run stopped; `workers` processes share the work.

    Raises: BadRequest when the folder was begun with other weights.
    """
    _look(encoder, folder, min(count, len(examples)), {}, partial(_still, examples), told, workers)


def look_at_prints(
    encoder: VisionEncoder, folder: Path, seed: int, count: int, *, told: Told | None = None, workers: int = 0
) -> None:
    """Render `count` pictures in which things carry print, and look at them, as `look_at_examples` does."""
    _look(encoder, folder, count, {"prints": seed}, partial(printed, seed), told, workers)


def look_at_clips(
    encoder: VisionEncoder, folder: Path, seed: int, count: int, *, told: Told | None = None, workers: int = 0
) -> None:
    """Film `count` clips of three frames, and look at them, as `look_at_examples` does."""
    _look(encoder, folder, count, {"clips": seed}, partial(filmed, seed), told, workers)


def _still(examples: Examples, number: int) -> Made:
    return [(examples[number], {})]


def _look(
    encoder: VisionEncoder,
    folder: Path,
    count: int,
    about: Mapping[str, int],
    made: Callable[[int], Made],
    told: Told | None,
    workers: int,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    facts = json.dumps({"encoder": type(encoder).__name__, "weights": _digest(encoder), **about})
    card = folder / "encoder.json"
    if card.exists() and card.read_text() != facts:
        raise BadRequest(f"{folder} holds what another encoder saw; look into a new folder.")
    card.write_text(facts)
    starts = range(0, count, _PER_SHARD)
    shards = {
        folder / f"{number:05d}.pt": range(start, min(start + _PER_SHARD, count)) for number, start in enumerate(starts)
    }
    lacking = {path: numbers for path, numbers in shards.items() if not path.exists()}
    look = partial(_look_at, encoder, made)
    tell = told or (lambda count: None)
    if workers < 1:
        for path, numbers in lacking.items():
            tell(look(path, numbers))
        return
    # spawned, since a fork of a process that has run threads may hang
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_alone) as pool:
        for end in pool.map(look, lacking.keys(), lacking.values()):
            tell(end)


def _alone() -> None:
    torch.set_num_threads(1)  # the others have work too


def _look_at(encoder: VisionEncoder, made: Callable[[int], Made], path: Path, numbers: range) -> int:
    """Make and keep one shard; returns where it ends."""
    kept = []
    for start in range(0, len(numbers), 16):
        part = [frames for number in numbers[start : start + 16] if (frames := made(number))]
        looked = iter(encoder.look([one.pixels for frames in part for one, _ in frames]))
        for frames in part:
            sights = [_matched(next(looked), one, texts) for one, texts in frames]
            whole = [_packed(sight) for sight in sights if sight is not None]
            if len(whole) == len(frames):
                kept.append(whole)
    unfinished = path.with_suffix(".unfinished")
    torch.save(kept, unfinished)
    os.replace(unfinished, path)
    return numbers.stop


class Sights:
    """The kept sights of a folder, in memory; each is one picture, or the frames of a clip in order of time."""

    def __init__(self, packed: Sequence[Sequence[dict[str, Any]]] = ()) -> None:
        self._packed = packed

    @classmethod
    def load(cls, folder: Path) -> Sights:
        """All of a folder.

        Raises: BadRequest when nothing was looked at yet.
        """
        paths = sorted(folder.glob("[0-9]*.pt"))
        if not paths:
            raise BadRequest(f"Nothing was looked at in {folder} yet.")
        return cls([one for path in paths for one in torch.load(path, weights_only=True)])

    def split(self, share: float) -> tuple[Sights, Sights]:
        """The first share of them, and the others, at least one.

        Raises: BadRequest when there are not two.
        """
        if len(self._packed) < 2:
            raise BadRequest("Two pictures are needed, to learn from one and judge on another; look at more.")
        cut = min(round(len(self._packed) * share), len(self._packed) - 1)
        return Sights(self._packed[:cut]), Sights(self._packed[cut:])

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, number: int) -> tuple[Sight, ...]:
        return tuple(map(_unpacked, self._packed[number]))


def _matched(looked: Looked, one: Example, texts: Mapping[int, str]) -> Sight | None:
    """What was found, where it is one to one what there is and stands in the same order."""
    truth = truth_of(one, texts)
    if not looked.scene.things and looked.features.shape[0]:  # cells of a grid
        return Sight(Scene(()), looked.features, truth)
    if len(looked.scene.things) != one.count:
        return None
    height, width = one.pixels.shape[:2]
    order = np.argsort(one.ground[: one.count, 0], kind="stable")
    for thing, k in zip(looked.scene.things, order, strict=True):
        x1, y1, x2, y2 = thing.box
        middle = np.array([(x1 + x2) / 2 * width, (y1 + y2) / 2 * height])
        if np.hypot(*(middle - one.boxes[k].reshape(2, 2).mean(0))) > _NEAR_PX * width / 320:
            return None
    return Sight(looked.scene, looked.features, truth, looked.letters)


def _packed(sight: Sight) -> dict[str, Any]:
    return {
        "features": sight.features.half(),
        "letters": [one.half() for one in sight.letters],
        "seen": [(one.box, one.ground, one.depth) for one in sight.seen.things],
        "truth": [(dict(one.attributes), one.box, one.ground, one.depth, one.text) for one in sight.truth.things],
    }


def _unpacked(packed: dict[str, Any]) -> Sight:
    truth = Scene(
        tuple(Seen(attributes=a, box=b, ground=g, depth=d, text=text) for a, b, g, d, text in packed["truth"])
    )
    # the encoder's words for a thing play no part in training: only its places and features do
    seen = Scene(tuple(Seen(attributes={}, box=b, ground=g, depth=d) for b, g, d in packed["seen"]))
    return Sight(seen, packed["features"].float(), truth, tuple(one.float() for one in packed["letters"]))


def _digest(encoder: VisionEncoder) -> str:
    """Of all that decides what the encoder sees."""
    digest = hashlib.sha256()
    if isinstance(encoder, Grid):
        digest.update(repr((encoder.rows, encoder.columns)).encode())
    detector: Detector = encoder.detector  # type: ignore[attr-defined]  # both kinds have one
    reader = getattr(encoder, "reader", None)
    for net in (detector.net, detector.closer, None if reader is None else reader.net):
        if net is None:
            continue
        for tensor in net.state_dict().values():
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
