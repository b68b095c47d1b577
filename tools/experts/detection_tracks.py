"""`track` for anything that the profile's detector finds: its detections, frame by frame, joined to tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..capabilities import OneName
from ..errors import OutsideWorld
from ..results import Detections
from ..results_in_time import Seen, Track, Tracks
from .base import Expert, ExpertRequest
from .footage import Footage, placed
from .registry import register
from .tracking import Observation, Tracker, TrackerSettings, Trajectory

__all__ = ["DetectionTracker", "as_tracks", "look_of"]

_STEP_S = 0.125
_MOST_FRAMES = 480
_PROBES = 9  # frames that are looked at before all others, in a stretch with many


@register
class DetectionTracker(Expert):
    """Things that the detector knows, followed through time."""

    name = "detection-tracker"
    capabilities = ("track",)
    version = "3"
    packages = ("opencv-python-headless", "scipy")
    thread_safe = True
    limits = (
        "As good as the detector; looks at eight frames a second and at most 480 of a stretch, so in a long video "
        "what is in view only briefly is missed: ask about a part of it."
    )

    def serve(self, request: ExpertRequest) -> Tracks:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, OneName)
        frames = footage.every(_STEP_S, most=_MOST_FRAMES)
        _probe(footage, frames, asked.name)
        step_s = (frames[-1] - frames[0]) / max(1, len(frames) - 1) / footage.fps
        # With frames further apart a thing is given more time before it counts as gone.
        settings = TrackerSettings(patience_s=max(1.0, 2.5 * step_s), joined_s=max(3.0, 4 * step_s))
        tracker = Tracker(footage.ref.width, footage.ref.height, settings)
        refused: list[OutsideWorld] = []
        for frame in frames:
            try:
                found = _found(footage, frame, asked.name)
            except OutsideWorld as error:
                # Something that comes between, such as a caption, tells nothing about the frames around it.
                refused.append(error)
                continue
            tracker.step(footage.time_s(frame), found)
        if len(refused) > len(frames) / 2:
            raise refused[0]
        return as_tracks(tracker.finish(), footage)


def _probe(footage: Footage, frames: list[int], name: str) -> None:
    """Look at a few frames first, so that a video of another world is refused without looking at all of it.

    Raises: OutsideWorld when the detector knows none of them.
    """
    refused = None
    for frame in frames[:: max(1, len(frames) // _PROBES)]:
        try:
            footage.ask(frame, "detect", {"names": [name]})
        except OutsideWorld as error:
            refused = error
        else:
            return
    if refused is not None:
        raise refused


def _found(footage: Footage, frame: int, name: str) -> list[Observation]:
    found = footage.ask(frame, "detect", {"names": [name]})
    assert isinstance(found, Detections)
    if not found.items:
        return []
    pixels = footage.pixels(frame)
    return [
        Observation(
            frame=frame,
            time_s=footage.time_s(frame),
            box=item.box,
            label=item.label or name,
            confidence=item.confidence,
            look=look_of(pixels, item.box),
        )
        for item in found.items
    ]


def look_of(pixels: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> npt.NDArray[np.float32] | None:
    """The colours in the middle of a box, (48,), summing to 1: hue and saturation, and lightness where it is gray."""
    import cv2

    x1, y1, x2, y2 = box
    inset_x, inset_y = 0.15 * (x2 - x1), 0.15 * (y2 - y1)
    top, bottom = int(max(0, y1 + inset_y)), int(np.ceil(y2 - inset_y))
    left, right = int(max(0, x1 + inset_x)), int(np.ceil(x2 - inset_x))
    crop = pixels[top:bottom, left:right]
    if crop.size == 0:
        return None
    if crop.shape[0] * crop.shape[1] > 4096:
        crop = np.asarray(cv2.resize(crop, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
    hue, saturation, value = cv2.split(cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2HSV))
    vivid = (saturation > 60) & (value > 40)
    hues = hue.astype(np.int32) * 18 // 180
    codes = np.where(vivid, hues * 2 + (value > 150), 36 + value.astype(np.int32) * 12 // 256)
    counts = np.bincount(codes.ravel(), minlength=48).astype(np.float32)
    # Neighbouring bins flow into each other, so that a little light does not make another thing.
    soft = counts.copy()
    soft[:36] += 0.5 * (np.roll(counts[:36], 2) + np.roll(counts[:36], -2))
    soft[36:-1] += 0.5 * counts[37:]
    soft[37:] += 0.5 * counts[36:-1]
    return np.asarray(soft / soft.sum(), np.float32)


def as_tracks(found: list[Trajectory], footage: Footage, *, scale: float = 1.0) -> Tracks:
    """Trajectories in pixels, y down, as the result; `scale` as in `placed`."""
    tracks = []
    for number, trajectory in enumerate(found, start=1):
        frames = []
        for o in trajectory.seen:
            box = placed(o.box, footage.ref, scale=scale)
            if box is not None:
                frames.append(Seen(frame=o.frame, time_s=o.time_s, box=box, confidence=o.confidence))
        if frames:
            tracks.append(Track(id=number, label=trajectory.label, frames=frames))
    return Tracks(tracks=tracks)
