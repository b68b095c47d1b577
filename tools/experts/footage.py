"""`Footage`: what an expert sees of a video. Frames come one at a time, scaled if wished, and other experts can be
asked about any of them, through the same pool, cache and index. At each of these steps the expert's work ends when
nobody waits for it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef
from ..api.stopping import Check, current_check
from ..media import Video
from ..results import Result
from ..results_in_time import KnownItem

__all__ = ["Footage", "placed"]

AskOf = Callable[[str, dict[str, Any], Reference], Result]
XYXY = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footage:
    """A stretch of a video.

    Attributes:
        ref: the stretch; frames are counted as in the file.
        video: the whole video.
        ask_of: asks another capability of a reference, through the same pool.
        recall: what the index of this video holds; nothing where there is no index.
        check: raises `Stopped` once nobody waits for what is worked out here.
    """

    ref: VideoRef
    video: Video
    ask_of: AskOf
    recall: Callable[[], list[KnownItem]] = list
    check: Check = field(default_factory=current_check)

    @property
    def fps(self) -> float:
        return float(self.ref.fps)

    @property
    def has_sound(self) -> bool:
        return self.video.facts.has_sound

    def time_s(self, frame: int) -> float:
        return float(frame / self.ref.fps)

    def every(self, seconds: float, *, most: int) -> list[int]:
        """Frames of the stretch about so far apart and at most `most` of them, the last one too.

        They lie on a grid over the whole file, so that stretches that overlap ask about the same frames.
        """
        first, last = self.ref.first_frame, self.ref.last_frame
        step = max(1, round(seconds * self.fps), -(-(last - first + 1) // most))
        start = -(-first // step) * step
        frames = list(range(start, last + 1, step)) or [first]
        if frames[0] - first > step // 2:
            frames.insert(0, first)
        if last - frames[-1] > step // 3:
            frames.append(last)
        return frames

    def size_for(self, width: int) -> tuple[int, int]:
        """(width, height) of a frame scaled down to a width, never up."""
        width = min(width, self.ref.width)
        return width, max(1, round(self.ref.height * width / self.ref.width))

    def pixels(self, frame: int, *, width: int | None = None) -> npt.NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB of a frame, scaled down to a width if given."""
        self.check()
        return self.video.frame(frame, size=None if width is None else self.size_for(width))

    def each(self, frames: Sequence[int], *, width: int | None = None) -> Iterator[npt.NDArray[np.uint8]]:
        """The pixels of several frames, one after the other, decoded side by side and ahead; as `pixels`."""
        self.video.expect(frames)
        return (self.pixels(frame, width=width) for frame in frames)

    def ask(self, frame: int, capability: str, arguments: dict[str, Any]) -> Result:
        """Another expert's result about a whole frame, places in its pixels, y down."""
        self.check()
        ref = ImageRef.whole(self.ref.media, self.ref.width, self.ref.height, frame=frame)
        return self.ask_of(capability, arguments, ref)

    def ask_all(self, capability: str, arguments: dict[str, Any]) -> Result:
        """Another expert's result about this stretch."""
        self.check()
        return self.ask_of(capability, arguments, self.ref)

    def sound(self, *, rate: int = 16_000) -> Iterator[npt.NDArray[np.int16]]:
        """(N,) int16 mono samples of the stretch, piece by piece."""
        for piece in self.video.sound(self.ref.start_s, self.ref.end_s, rate=rate):
            for start in range(0, len(piece), rate):  # a second at a time, since recognising takes as long
                self.check()
                yield piece[start : start + rate]


def placed(xyxy: XYXY, ref: VideoRef, *, scale: float = 1.0) -> tuple[int, int, int, int] | None:
    """(x1, y1, x2, y2), y down, as (left, lower, right, upper), y up, within the frame; None where nothing of it is.

    Args:
        scale: what its coordinates are multiplied by first, for boxes found in a frame that was scaled down.
    """
    x1, y1, x2, y2 = (value * scale for value in xyxy)
    left, right = max(0, round(x1)), min(ref.width, max(round(x2), round(x1) + 1))
    lower, upper = max(0, ref.height - max(round(y2), round(y1) + 1)), min(ref.height, ref.height - round(y1))
    return (left, lower, right, upper) if left < right and lower < upper else None
