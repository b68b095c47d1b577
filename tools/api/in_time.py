"""What time brings to a program: tracks, speech, shown text, moments, motion, and what is already known of a video.

Values only; everything here is arithmetic on what experts gave. Times are seconds from the start of the video.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from .arguments import real
from .image_patch import ImagePatch

__all__ = ["RECORDS", "Known", "Moment", "Motion", "ShownText", "Speech", "Track"]

_STILL = 0.5  # a thing that moves by less than this share of its own size has stayed where it is


@dataclass(frozen=True, slots=True)
class Track:
    """One thing followed through time.

    Attributes:
        id: number of the track within the video.
        label: what it is.
        patches: its region in each frame where it is seen, in order of time; each patch knows its `time` and `track`.
        appears: whether it comes into view after the segment has begun.
        disappears: whether it goes out of view before the segment ends.
    """

    id: int
    label: str
    patches: tuple[ImagePatch, ...]
    appears: bool = False
    disappears: bool = False

    @property
    def start(self) -> float:
        """Seconds from the start of the video at which it is first seen."""
        return self.patches[0].time or 0.0

    @property
    def end(self) -> float:
        """Seconds from the start of the video at which it is last seen."""
        return self.patches[-1].time or 0.0

    @property
    def duration(self) -> float:
        """Seconds from when it is first seen to when it is last seen."""
        return self.end - self.start

    @property
    def moved(self) -> tuple[float, float]:
        """(to the right, upwards): how far its middle moved from first to last, in pixels."""
        first, last = self.patches[0], self.patches[-1]
        return last.horizontal_center - first.horizontal_center, last.vertical_center - first.vertical_center

    @property
    def direction(self) -> str:
        """Where it moved on the whole: "left", "right", "up", "down", or "still"."""
        right, up = self.moved
        size = max(1.0, max((patch.width + patch.height) / 2 for patch in self.patches))
        if max(abs(right), abs(up)) < _STILL * size:
            return "still"
        if abs(right) >= abs(up):
            return "right" if right > 0 else "left"
        return "up" if up > 0 else "down"

    @property
    def speed(self) -> float:
        """Its mean speed along its way, in pixels a second."""
        if self.duration <= 0:
            return 0.0
        # Over stretches of several patches, so that the trembling of boxes does not count as movement.
        step = max(1, len(self.patches) // 8)
        points = [*self.patches[:-1:step], self.patches[-1]]
        way = sum(
            math.hypot(b.horizontal_center - a.horizontal_center, b.vertical_center - a.vertical_center)
            for a, b in itertools.pairwise(points)
        )
        return way / self.duration

    def at(self, seconds: float) -> ImagePatch | None:
        """Returns its patch nearest to a time, None when it is not in view then."""
        seconds = real("a time", seconds)
        slack = 2 * self.duration / max(1, len(self.patches) - 1) if self.duration else 0.1
        if not self.start - slack <= seconds <= self.end + slack:
            return None
        best = min(self.patches, key=lambda patch: abs((patch.time or 0.0) - seconds))
        return best if abs((best.time or 0.0) - seconds) <= max(slack, 0.1) else None


@dataclass(frozen=True, slots=True)
class Speech:
    """Words that are spoken, from `start` to `end` in seconds from the start of the video."""

    text: str
    start: float
    end: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ShownText:
    """A line of text that can be read in the video, from `start` to `end` in seconds; `patch` is its clearest place."""

    text: str
    start: float
    end: float
    patch: ImagePatch
    confidence: float | None = None

    @property
    def duration(self) -> float:
        """How long it is shown, in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of the video, in seconds from its start, with a score from 0 to 1 of how well it fits."""

    start: float
    end: float
    score: float

    @property
    def duration(self) -> float:
        """Its length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Motion:
    """How much moves at a time: `amount` is the share of the picture that changes, 0 to 1; (`right`, `up`) is how the
    picture as a whole moves, in pixels a second, as when the camera turns."""

    time: float
    amount: float
    right: float
    up: float


@dataclass(frozen=True, slots=True)
class Known:
    """Something already known of the video: `kind` is "track", "text", "speech", "shot", "seen" or "caption"."""

    kind: str
    text: str
    start: float
    end: float


RECORDS: dict[str, type] = {kind.__name__: kind for kind in (Track, Speech, ShownText, Moment, Motion, Known)}
"""What a program may return besides plain values, patches and segments, by name."""
