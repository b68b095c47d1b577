"""A detector that knows the truth of rendered samples, and an expert over it, to test what stands behind a detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.tools.experts import Profile, register
from sightline.tools.experts.table_top import TableTop
from sightline.tools.mllm.detector.config import ATTRIBUTES
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.scene import SceneReader
from sightline.tools.mllm.detector.trust import Trust
from sightline.tools.mllm.scenes.truth import Sample

__all__ = ["ORACLE", "PROFILE", "TrueFinder", "truth"]

ORACLE = "table-top-oracle"


def truth(one: Sample, *, sure: float = 0.99) -> list[Found]:
    """What a perfect detector finds in a sample."""
    axes = one.camera.directions()
    found = []
    for k, thing in enumerate(one.things):
        offset = np.subtract(thing.center, one.camera.position)
        found.append(
            Found(
                box=tuple(float(edge) for edge in one.boxes[k]),  # type: ignore[arg-type]
                score=sure,
                center=(float(one.centers[k, 0]), float(one.centers[k, 1])),
                ground=(float(offset @ axes["right"]), float(offset @ axes["behind"])),
                depth=float(one.centers[k, 2]),
                chances={name: _chances(words, getattr(thing, name), sure) for name, words in ATTRIBUTES.items()},
            )
        )
    return found


def _chances(words: Sequence[str], true: str, sure: float) -> dict[str, float]:
    return {word: sure if word == true else (1 - sure) / (len(words) - 1) for word in words}


class TrueFinder:
    """Finds what is there in samples that it was told, and nothing in any other picture; counts its looks."""

    def __init__(self) -> None:
        self.known: dict[bytes, list[Found]] = {}
        self.looks = 0

    def learn(self, one: Sample) -> Sample:
        self.known[one.pixels.tobytes()] = truth(one)
        return one

    def detect(self, pixels: NDArray[np.uint8]) -> list[Found]:
        self.looks += 1
        return self.known.get(np.ascontiguousarray(pixels).tobytes(), [])


FINDER = TrueFinder()


@register
class TableTopOracle(TableTop):
    """The table-top expert over the truth of the samples that `FINDER` was told."""

    name = ORACLE

    @classmethod
    def missing(cls) -> str | None:
        return None

    def load(self) -> None:
        self.reader = SceneReader(FINDER, Trust())


def _profile() -> Profile:
    from sightline.tools.experts import load_profile

    experts: dict[str, Any] = dict(load_profile("embedded").experts)
    for capability in TableTop.capabilities:
        others = [name for name in experts.get(capability, ()) if name != TableTop.name]
        experts[capability] = (ORACLE, *others)
    return Profile(name="oracle", experts=experts)


PROFILE = _profile()
