"""Which picture a video shows at which time: real time stamps on one side, an even grid of frames on the other.

References count frames on an even grid, so that seconds and indices are arithmetic. A file with a constant rate has its
own frames as the grid; of one with a variable rate the grid frame n shows what a player shows at n / fps seconds. Pure
arithmetic, nothing is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

__all__ = ["Timeline", "timeline_of"]

_MOST_FPS = 240
_MOST_STRETCH = 4  # a variable rate may be drawn on a grid this many times as dense as its frames
_JITTER = 0.25  # of a frame: containers round time stamps to their own ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Time stamps in the file's ticks, and the grid over them.

    Attributes:
        stamps: (N,) int64, ascending: when each stored picture is shown, in ticks.
        tick_s: seconds in a tick, exact.
        fps: grid frames per second, exact.
        frame_count: grid frames.
        variable: whether the pictures are not evenly spaced.
    """

    stamps: npt.NDArray[np.int64]
    tick_s: Fraction
    fps: Fraction
    frame_count: int
    variable: bool

    def shown(self, frame: int) -> int:
        """The stored picture (index into `stamps`) that is on screen at grid frame `frame`."""
        time_ticks = (Fraction(frame) + Fraction(_JITTER)) / self.fps / self.tick_s
        rank = int(np.searchsorted(self.stamps, self.stamps[0] + int(time_ticks), side="right")) - 1
        return min(max(rank, 0), len(self.stamps) - 1)

    def cut(self, pictures: int) -> Timeline:
        """The same without the pictures from `pictures` on."""
        stamps = self.stamps[:pictures]
        rest = float(stamps[-1] - stamps[0]) * float(self.tick_s) * float(self.fps)
        return Timeline(
            stamps=stamps,
            tick_s=self.tick_s,
            fps=self.fps,
            frame_count=max(1, min(self.frame_count, round(rest) + 1)),
            variable=self.variable,
        )


def timeline_of(
    stamps: Sequence[int] | npt.NDArray[np.int64], tick_s: Fraction, *, claimed: Sequence[Fraction | None] = ()
) -> Timeline:
    """The timeline of time stamps in any order.

    Args:
        stamps: at least one, in ticks.
        tick_s: seconds in a tick.
        claimed: frame rates that the file claims; one that fits what is measured is taken, since it is exact.
    """
    ordered = np.unique(np.asarray(stamps, dtype=np.int64))
    honest = [rate for rate in claimed if rate is not None and 0 < rate <= _MOST_FPS]
    if len(ordered) == 1:
        return Timeline(
            stamps=ordered, tick_s=tick_s, fps=honest[0] if honest else Fraction(25), frame_count=1, variable=False
        )
    gaps = np.diff(ordered)
    span_s = float(ordered[-1] - ordered[0]) * float(tick_s)
    mean_fps = (len(ordered) - 1) / span_s
    even = len(gaps) < 2 or _is_even(ordered, mean_fps, tick_s)
    if even:
        fps = _nearest_claim(mean_fps, honest)
        return Timeline(stamps=ordered, tick_s=tick_s, fps=fps, frame_count=len(ordered), variable=False)
    dense = min(float(_MOST_FPS), 1 / (float(np.median(gaps)) * float(tick_s)))
    fps_wanted = min(max(dense, mean_fps), mean_fps * _MOST_STRETCH, float(_MOST_FPS))
    fps = _nearest_claim(fps_wanted, honest)
    return Timeline(
        stamps=ordered, tick_s=tick_s, fps=fps, frame_count=max(1, round(span_s * float(fps)) + 1), variable=True
    )


def _is_even(ordered: npt.NDArray[np.int64], fps: float, tick_s: Fraction) -> bool:
    seconds = (ordered - ordered[0]).astype(np.float64) * float(tick_s)
    off = np.abs(seconds * fps - np.arange(len(ordered)))
    return bool(off.max() <= max(_JITTER * 0.9, float(tick_s) * fps * 0.5) and off.max() < 0.5)


def _nearest_claim(measured: float, claims: Sequence[Fraction]) -> Fraction:
    fitting = [rate for rate in claims if abs(float(rate) - measured) <= 0.002 * measured]
    if fitting:
        return min(fitting, key=lambda rate: abs(float(rate) - measured))
    return Fraction(measured).limit_denominator(1001)
