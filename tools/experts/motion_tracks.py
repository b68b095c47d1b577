"""`track` for "moving thing" without a model: what differs from the still background, followed through time.

The background of each shot is the median of frames spread over it, so it is known from the first frame on and things
that pass leave no ghosts. Where the whole picture moves there is no still background; that shot gives no tracks.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from ..capabilities import OneName
from ..errors import OutsideWorld
from ..results_in_time import Shots, Tracks
from .base import Expert, ExpertRequest
from .detection_tracks import as_tracks, look_of
from .footage import Footage
from .registry import register
from .tracking import Observation, Tracker, TrackerSettings, Trajectory

__all__ = ["MotionTracker"]

_NAMES = {
    "moving thing", "moving object", "moving item", "moving shape", "thing that moves", "object that moves",
    "something that moves", "something moving", "anything that moves", "anything moving", "movement", "motion",
}  # fmt: skip
_WIDTH = 320
_STEP_S = 0.1
_MOST_FRAMES = 600
_BACKGROUND_FRAMES = 25
_DIFFERS = 28  # of 255, in the colour channel that differs most
_LEAST_AREA = 0.0004  # share of the picture
_MOST_AREA = 0.6
_MOVED = 0.35  # of its own size: less is a flicker


@register
class MotionTracker(Expert):
    """Whatever moves before a still background."""

    name = "motion-tracker"
    capabilities = ("track",)
    version = "1"
    packages = ("opencv-python-headless", "scipy")
    thread_safe = True
    limits = "Knows only that something moves, not what; needs a camera that stands still; things that touch are one."

    def serve(self, request: ExpertRequest) -> Tracks:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, OneName)
        words = [word for word in asked.name.lower().split() if word not in ("a", "an", "the", "any", "every", "all")]
        name = " ".join(words)
        if name not in _NAMES and name.removesuffix("s") not in _NAMES:
            raise OutsideWorld('without a detector only "moving thing" can be followed.')
        shots = footage.ask_all("shots", {})
        assert isinstance(shots, Shots)
        cuts = shots.within(footage.ref).cuts
        borders = [footage.ref.first_frame, *cuts, footage.ref.last_frame + 1]
        found: list[Trajectory] = []
        frames = footage.every(_STEP_S, most=_MOST_FRAMES)
        for start, end in itertools.pairwise(borders):
            found += _follow(footage, [frame for frame in frames if start <= frame < end])
        width, _ = footage.size_for(_WIDTH)
        return as_tracks(found, footage, scale=footage.ref.width / width)


def _follow(footage: Footage, frames: list[int]) -> list[Trajectory]:
    if len(frames) < 3:
        return []
    spread = [frames[round(i)] for i in np.linspace(0, len(frames) - 1, min(_BACKGROUND_FRAMES, len(frames)))]
    stack = np.stack(list(footage.each(spread, width=_WIDTH)))
    background = np.median(stack, axis=0).astype(np.int16)
    height, width = background.shape[:2]
    tracker = Tracker(width, height, TrackerSettings(patience_s=0.8, least_seen=4))
    for frame in frames:
        pixels = footage.pixels(frame, width=_WIDTH)
        tracker.step(footage.time_s(frame), _blobs(footage, frame, pixels, background))
    return [trajectory for trajectory in tracker.finish() if _moves(trajectory)]


def _blobs(
    footage: Footage, frame: int, pixels: npt.NDArray[np.uint8], background: npt.NDArray[np.int16]
) -> list[Observation]:
    import cv2

    differs = (np.abs(pixels.astype(np.int16) - background).max(axis=2) > _DIFFERS).astype(np.uint8)
    if differs.mean() > _MOST_AREA:
        return []
    differs = np.asarray(cv2.morphologyEx(differs, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)
    differs = np.asarray(cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(differs)
    found = []
    for left, top, width, height, area in stats[1:count].tolist():
        if area >= max(6, _LEAST_AREA * differs.size):
            box = (float(left), float(top), float(left + width), float(top + height))
            found.append(
                Observation(
                    frame=frame, time_s=footage.time_s(frame), box=box, label="moving thing", look=look_of(pixels, box)
                )
            )
    return found


def _moves(trajectory: Trajectory) -> bool:
    centers = np.array([o.center for o in trajectory.seen])
    size = float(np.median([o.size for o in trajectory.seen]))
    return bool(np.hypot(*(centers.max(axis=0) - centers.min(axis=0))) >= _MOVED * size)
