"""Stretches of film for experts of time that are asked without a pool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sightline.tools.api.refs import ImageRef, Reference
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.experts.base import ExpertRequest
from sightline.tools.experts.footage import Footage
from sightline.tools.media import MediaStore
from sightline.tools.results import Detection, Detections, Result

from .clips import Film, Mover, write_clip


def film(path: Path, *, seconds: float = 3.0, fps: int = 10) -> Path:
    """Two coloured things that cross the picture."""
    movers = (
        Mover(color="red", path=lambda t: (30 + 25 * t, 40)),
        Mover(color="blue", path=lambda t: (120 - 20 * t, 80)),
    )
    return write_clip(path, Film(movers=movers), seconds=seconds, fps=fps)


def footage_of(path: Path, found: Callable[[int], list[Detection]] = lambda frame: []) -> Footage:
    """All of a film; `found` is what the detector of the profile answers about a frame."""
    media = MediaStore()
    ref = media.add_video(path, samples=30)

    def ask_of(capability: str, arguments: dict[str, object], of: Reference) -> Result:
        assert capability == "detect"
        assert isinstance(of, ImageRef)
        assert of.frame is not None
        return Detections(items=found(of.frame))

    return Footage(ref=ref, video=media.video(ref.media), ask_of=ask_of)


def request_about(footage: Footage, capability: str, arguments: dict[str, object]) -> ExpertRequest:
    import numpy as np

    return ExpertRequest(
        capability=capability,
        arguments=CAPABILITIES[capability].check_arguments(dict(arguments)),
        pixels=np.zeros((0, 0, 3), np.uint8),
        footage=footage,
    )
