"""An expert that knows the truth about each frame of clips that it was told, in the place of the detector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...tools.errors import OutsideWorld
from ...tools.experts import Profile, load_profile, register
from ...tools.experts.base import ExpertRequest
from ...tools.experts.table_top import TableTop
from ...tools.media import open_video
from ...tools.mllm.detector.config import ATTRIBUTES
from ...tools.mllm.detector.found import Found
from ...tools.mllm.detector.scene import TableScene
from .moving_truth import ClipTruth

__all__ = ["learn", "oracle_profile"]

_NAME = "moving-oracle"
_SURE = 0.99
_scenes: dict[str, TableScene] = {}  # by the name of a frame


def learn(path: Path, truth: ClipTruth) -> None:
    """Tell the expert what is seen in each frame of a video file."""
    video = open_video(path)
    media = video.id
    video.close()
    for frame in range(truth.frames):
        _scenes[f"{media}#{frame}"] = TableScene(things=tuple(_found(truth, frame)))


def _found(truth: ClipTruth, frame: int) -> list[Found]:
    sample = truth.clip.at(frame)
    axes = sample.camera.directions()
    found = []
    for k, thing in enumerate(sample.things):
        if not truth.seen[frame, k]:
            continue
        offset = np.subtract(thing.center, sample.camera.position)
        x1, y1, x2, y2 = (float(edge) for edge in truth.boxes[frame, k])
        found.append(
            Found(
                box=(x1, y1, x2, y2),
                score=_SURE,
                center=(float(sample.centers[k, 0]), float(sample.centers[k, 1])),
                ground=(float(offset @ axes["right"]), float(offset @ axes["behind"])),
                depth=float(sample.centers[k, 2]),
                chances={name: _chances(words, getattr(thing, name)) for name, words in ATTRIBUTES.items()},
            )
        )
    return found


def _chances(words: Any, true: str) -> dict[str, float]:
    return {word: _SURE if word == true else (1 - _SURE) / (len(words) - 1) for word in words}


@register
class MovingOracle(TableTop):
    """The table-top expert over the truth of frames instead of a detector."""

    name = _NAME
    limits = "Knows only the clips that it was told; for judging what stands behind a detector."

    @classmethod
    def missing(cls) -> str | None:
        return None

    def load(self) -> None:
        pass

    def _scene(self, request: ExpertRequest) -> TableScene:
        assert request.whole is not None
        scene = _scenes.get(request.whole.id)
        if scene is None:
            raise OutsideWorld("this frame was not told")
        return scene


def oracle_profile() -> Profile:
    """The embedded profile with the truth in the detector's place."""
    experts: dict[str, Any] = dict(load_profile("embedded").experts)
    for capability in TableTop.capabilities:
        others = [name for name in experts.get(capability, ()) if name != TableTop.name]
        experts[capability] = (_NAME, *others)
    return Profile(name="moving-oracle", experts=experts)
