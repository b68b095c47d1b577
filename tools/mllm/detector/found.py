"""What the detector finds: one value per thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Found"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A thing in a picture; pixels of that picture, y down; world units as in `tools/mllm/scenes`."""

    box: tuple[float, float, float, float]  # x1, y1, x2, y2 of the whole thing, hidden parts included, cut at the edge
    score: float  # 0 to 1, that something is there
    center: tuple[float, float]  # where its middle falls
    ground: tuple[float, float]  # rightward and forward from the camera's foot on the table
    depth: float  # along the optical axis; larger is further
    chances: Mapping[str, Mapping[str, float]]  # attribute -> value -> probability, 0 to 1
    # what the network saw there, (hidden,) float32; empty where the thing did not come from a network
    feature: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32), compare=False, repr=False)

    def value(self, attribute: str) -> str:
        """The likeliest value of `shape`, `size`, `color` or `material`."""
        values = self.chances[attribute]
        return max(values, key=lambda word: values[word])

    @property
    def attributes(self) -> dict[str, str]:
        """The likeliest value of every attribute."""
        return {name: self.value(name) for name in self.chances}

    @property
    def name(self) -> str:
        """For example "small red metal cube"."""
        return " ".join(self.value(name) for name in ("size", "color", "material", "shape"))
