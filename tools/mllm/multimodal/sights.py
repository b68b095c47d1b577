"""What the encoder saw of rendered examples, kept on disk with the truth about them.

Pictures are looked at once, in shards that a killed run can add to; every question about them is asked of what was
seen. A picture in which the encoder found other things than there are teaches nothing and is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import BadRequest
from ..detector.detector import Detector
from ..detector.found import Found
from ..detector.shards import Examples
from ..detector.targets import Example
from ..scenes.world import WORDS
from .scene import Scene, Seen
from .vision import Grid, Objects, VisionEncoder, seen_in

__all__ = ["Sight", "Sights", "look_at_examples", "truth_of"]

_PER_SHARD = 200
_NEAR_PX = 12.0  # in pictures 320 wide


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as it was seen, and the truth: its things in the same order."""

    seen: Scene  # places as the encoder gave them
    features: torch.Tensor  # (tokens, C)
    truth: Scene


def truth_of(one: Example) -> Scene:
    """The truth of a rendered example."""
    height, width = one.pixels.shape[:2]
    scale = np.array([width, height, width, height], np.float32)
    return Scene.of(
        Seen(
            attributes={key: WORDS[key][one.attributes[k, n]] for n, key in enumerate(WORDS)},
            box=tuple(float(edge) for edge in one.boxes[k] / scale),  # type: ignore[arg-type]  # four of them
            ground=(float(one.ground[k, 0]), float(one.ground[k, 1])),
            depth=float(one.depth[k]),
        )
        for k in range(one.count)
    )


def look_at_examples(
    encoder: VisionEncoder, examples: Examples, folder: Path, count: int, *, told: Callable[[int], None] | None = None
) -> None:
    """Look at the first `count` examples, going on where an earlier run stopped.

    Raises: BadRequest when the folder was begun with other weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = json.dumps({"encoder": type(encoder).__name__, "weights": _digest(encoder)})
    card = folder / "encoder.json"
    if card.exists() and card.read_text() != facts:
        raise BadRequest(f"{folder} holds what another encoder saw; look into a new folder.")
    card.write_text(facts)
    for shard in range(-(-min(count, len(examples)) // _PER_SHARD)):
        path = folder / f"{shard:05d}.pt"
        if path.exists():
            continue
        some = [examples[k] for k in range(shard * _PER_SHARD, min((shard + 1) * _PER_SHARD, len(examples)))]
        kept = []
        for start in range(0, len(some), 16):
            part = some[start : start + 16]
            kept += [sight for sight in _sights(encoder, part) if sight is not None]
        torch.save([_packed(sight) for sight in kept], folder / "unfinished.pt")
        os.replace(folder / "unfinished.pt", path)
        if told is not None:
            told((shard + 1) * _PER_SHARD)


class Sights:
    """The kept sights of a folder, in memory."""

    def __init__(self, packed: Sequence[dict[str, Any]]) -> None:
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

    def __getitem__(self, number: int) -> Sight:
        return _unpacked(self._packed[number])


def _sights(encoder: VisionEncoder, examples: Sequence[Example]) -> list[Sight | None]:
    pixels = [one.pixels for one in examples]
    if isinstance(encoder, Objects):
        found = encoder.detector.detect_all(pixels)
        return [_matched(things, one) for things, one in zip(found, examples, strict=True)]
    assert isinstance(encoder, Grid)
    looked = encoder.look(pixels)
    return [Sight(Scene(()), one.features, truth_of(example)) for one, example in zip(looked, examples, strict=True)]


def _matched(found: Sequence[Found], one: Example) -> Sight | None:
    """What was found, where it is one to one what there is and stands in the same order."""
    if len(found) != one.count:
        return None
    height, width = one.pixels.shape[:2]
    truth = truth_of(one)
    order = np.argsort(one.ground[: one.count, 0], kind="stable")
    things = sorted(found, key=lambda thing: thing.ground[0])
    for thing, k in zip(things, order, strict=True):
        if np.hypot(*(np.array(thing.center) - one.centers[k])) > _NEAR_PX * width / 320:
            return None
    looked = seen_in(found, width, height)
    return Sight(looked.scene, looked.features, truth)


def _packed(sight: Sight) -> dict[str, Any]:
    return {
        "features": sight.features.half(),
        "seen": [(one.box, one.ground, one.depth) for one in sight.seen.things],
        "truth": [(dict(one.attributes), one.box, one.ground, one.depth) for one in sight.truth.things],
    }


def _unpacked(packed: dict[str, Any]) -> Sight:
    truth = Scene(tuple(Seen(attributes=a, box=b, ground=g, depth=d) for a, b, g, d in packed["truth"]))
    # the encoder's words for a thing play no part in training: only its places and features do
    seen = Scene(tuple(Seen(attributes={}, box=b, ground=g, depth=d) for b, g, d in packed["seen"]))
    return Sight(seen, packed["features"].float(), truth)


def _digest(encoder: VisionEncoder) -> str:
    """Of all that decides what the encoder sees."""
    digest = hashlib.sha256()
    if isinstance(encoder, Grid):
        digest.update(repr((encoder.rows, encoder.columns)).encode())
    detector: Detector = encoder.detector  # type: ignore[attr-defined]  # both kinds have one
    for net in (detector.net, *([detector.closer] if detector.closer is not None else [])):
        for tensor in net.state_dict().values():
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
