"""Pictures and questions for experts that are asked without a pool."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.experts import registry
from sightline.tools.experts.base import ExpertRequest, Whole
from sightline.tools.results import Detection, Detections, Result

SIZE = (40, 56)


def pixels(seed: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture with some structure: coloured rectangles on noise."""
    rng = np.random.default_rng(seed)
    made = rng.integers(0, 120, (*size, 3), dtype=np.uint8)
    for _ in range(4):
        y, x = rng.integers(0, size[0] - 12), rng.integers(0, size[1] - 12)
        made[y : y + 12, x : x + 12] = rng.integers(0, 256, 3)
    return made


def request(
    capability: str,
    arguments: dict[str, Any] | None = None,
    *,
    seed: int = 0,
    found: list[Detection] | None = None,
    box: tuple[int, int, int, int] | None = None,
) -> ExpertRequest:
    """A question about a picture, or about a box of it (x1, y1, x2, y2; y down), as the pool hands it on.

    Args:
        found: what the detector of the profile answers.
    """
    shown = pixels(seed)
    height, width = shown.shape[:2]
    x1, y1, x2, y2 = box or (0, 0, width, height)
    ref = ImageRef.whole("picture", width, height).at(Box(x1, height - y2, x2, height - y1))

    def ask(other: str, others: dict[str, Any]) -> Result:
        assert other == "detect"
        return Detections(items=found or [])

    return ExpertRequest(
        capability=capability,
        arguments=CAPABILITIES[capability].check_arguments(arguments or {}).seen_in(ref),
        pixels=shown[y1:y2, x1:x2],
        whole=Whole(id=f"picture {seed}", pixels=shown, box=(x1, y1, x2, y2)),
        ask=ask,
    )


def opened(name: str, place: Path, **settings: Any) -> Any:
    """An expert with the weights that lie there."""
    expert = registry.get(name)()
    expert.settings = {"model": str(place), **settings}
    expert.load()
    return expert


def pipeline(task: str, folder: Path, **parts: Any) -> Any:
    """The library's own way from a picture to an answer."""
    import transformers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return transformers.pipeline(task, model=str(folder), **parts)
