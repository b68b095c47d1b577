"""Experts that know the truth about clips that they were told, in the places of the detector and the recogniser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...tools.errors import OutsideWorld
from ...tools.experts import Profile, load_profile, register
from ...tools.experts.base import Expert, ExpertRequest
from ...tools.experts.table_top import TableTop
from ...tools.media import open_video
from ...tools.mllm.detector.config import ATTRIBUTES
from ...tools.mllm.detector.found import Found
from ...tools.mllm.detector.scene import TableScene
from ...tools.results_in_time import Speech, SpeechSegment
from .moving_truth import ClipTruth

__all__ = ["learn", "oracle_profile"]

_NAME = "moving-oracle"
_HEARS = "moving-listener"
_SURE = 0.99
_scenes: dict[str, TableScene] = {}  # by the name of a frame
_said: dict[str, Speech] = {}  # by the video's id


def learn(path: Path, truth: ClipTruth) -> None:
    """Tell the experts what is seen in each frame of a video file, and what is said when."""
    video = open_video(path)
    media = video.id
    video.close()
    _said[media] = Speech(
        segments=[
            SpeechSegment(text=one.text, start_s=one.start_s, end_s=one.end_s, confidence=_SURE)
            for one in truth.sayings
        ]
    )
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
    surveys = False
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


@register
class MovingListener(Expert):
    """The speech of clips as it was written."""

    name = _HEARS
    capabilities = ("transcribe",)
    thread_safe = True
    limits = "Knows only the clips that it was told; for judging what stands behind a recogniser."

    def serve(self, request: ExpertRequest) -> Speech:
        assert request.footage is not None
        said = _said.get(request.footage.ref.media)
        if said is None:
            raise OutsideWorld("this video was not told")
        return said.within(request.footage.ref)


def oracle_profile() -> Profile:
    """The embedded profile with the truth in the places of the detector and the recogniser."""
    experts: dict[str, Any] = dict(load_profile("embedded").experts)
    for capability in TableTop.capabilities:
        others = [name for name in experts.get(capability, ()) if name != TableTop.name]
        experts[capability] = (_NAME, *others)
    experts["transcribe"] = (_HEARS,)
    return Profile(name="moving-oracle", experts=experts)
