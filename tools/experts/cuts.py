"""`shots` by comparing pictures: a cut is where the picture changes as a whole from one frame to the next.

Coarse first: small pictures a fraction of a second apart; only where two differ much is the border searched between
them, so a long take costs few frames. A cut must stand out from what happens just before and after it, which a fast
movement does not. Fades are found when they are short.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from ..results_in_time import Shots
from .base import Expert, ExpertRequest
from .footage import Footage
from .registry import register

__all__ = ["CutFinder"]

_STEP_S = 0.4
_MOST_FRAMES = 1500
_WIDTH = 64
_DIFFERENT = 0.17  # two pictures further apart than this may be of two shots
_SUDDEN = 0.6  # share of the whole difference that the two frames at a cut make up
_CELLS = 9  # regions of a picture, three by three
_CHANGED = 0.35  # share of a region's colours that are other ones, from which it has changed
_MOST = 5  # regions that change at a cut, at least: a caption or a thing at the edge changes fewer


@register
class CutFinder(Expert):
    """The shots of a video, from cut to cut."""

    name = "cut-finder"
    capabilities = ("shots",)
    version = "2"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "Finds hard cuts and short fades; a shot of less than half a second or a slow dissolve may be missed."

    def serve(self, request: ExpertRequest) -> Shots:
        footage = request.footage
        assert footage is not None
        looks = _Looks(footage)
        frames = footage.every(_STEP_S, most=_MOST_FRAMES)
        if frames[0] != footage.ref.first_frame:
            frames.insert(0, footage.ref.first_frame)
        cuts = []
        for a, b in itertools.pairwise(frames):
            if looks.apart(a, b) >= _DIFFERENT:
                cuts += _cut_between(looks, a, b)
            looks.forget_before(a)
        return Shots(first=footage.ref.first_frame, cuts=sorted(set(cuts)))


class _Looks:
    """Small descriptions of frames, each made once."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._known: dict[int, npt.NDArray[np.float32]] = {}

    def forget_before(self, frame: int) -> None:
        self._known = {f: look for f, look in self._known.items() if f >= frame}

    def _look(self, frame: int) -> npt.NDArray[np.float32]:
        if frame not in self._known:
            self._known[frame] = _described(self._footage.pixels(frame, width=_WIDTH))
        return self._known[frame]

    def apart(self, a: int, b: int) -> float:
        """0 for the same picture, 1 for pictures with nothing in common."""
        return float(np.abs(self._look(a) - self._look(b)).sum() / 2)

    def wide(self, a: int, b: int) -> bool:
        """Whether most regions of the picture have changed."""
        by_cell = np.abs(self._look(a) - self._look(b)).reshape(_CELLS, -1).sum(1) / 2
        share = by_cell * _CELLS  # of each region's own pixels
        return int((share >= _CHANGED).sum()) >= _MOST


def _described(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Colours by region, (3 * 3 * 64,), summing to 1: stays alike when things move within the picture."""
    levels = (rgb >> 6).astype(np.int32)
    codes = levels[..., 0] * 16 + levels[..., 1] * 4 + levels[..., 2]
    rows = np.minimum(np.arange(rgb.shape[0]) * 3 // rgb.shape[0], 2)
    columns = np.minimum(np.arange(rgb.shape[1]) * 3 // rgb.shape[1], 2)
    cells = rows[:, None] * 3 + columns[None, :]
    counts = np.bincount((cells * 64 + codes).ravel(), minlength=9 * 64).astype(np.float32)
    return np.asarray(counts / counts.sum(), np.float32)


def _cut_between(looks: _Looks, a: int, b: int) -> list[int]:
    """The first frame of a new shot between two frames, or none."""
    whole = looks.apart(a, b)
    low, high = a, b
    while high - low > 1:
        middle = (low + high) // 2
        if looks.apart(low, middle) >= looks.apart(middle, high):
            high = middle
        else:
            low = middle
    step = looks.apart(low, high)
    return [high] if step >= max(_SUDDEN * whole, _DIFFERENT / 2) and looks.wide(low, high) else []
