"""Speculative frames: a program that asks frame after frame the same thing gets the next frames computed with the one.

A question that comes to the same region of frame after frame, at equal steps, is a walk. Steps are counted among the
frames that programs see, which lie evenly in the file only to a rounded frame, or else in frames of the file. Once a
walk is seen, the next K frames are guessed. K doubles as long as all guesses were asked about; guesses that nobody came
for are counted as wasted, and make later walks begin with fewer. It only guesses and keeps; the pool computes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..api.refs import ImageRef
from ..results import Result

__all__ = ["Ahead", "Grid"]

_FIRST = 3  # frames guessed when a walk is first seen
_MOST_FIRST = 8
_MOST_WALKS = 4  # of one question, at the same time
_MOST_QUESTIONS = 256


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames of a video: how many the file has, and which of them programs see, in order."""

    frame_count: int
    seen: Sequence[int] = ()

    def position(self, frame: int) -> int | None:
        """Which of the frames that programs see this is."""
        from bisect import bisect_left

        at = bisect_left(self.seen, frame)
        return at if at < len(self.seen) and self.seen[at] == frame else None


@dataclass(slots=True, eq=False)
class _Walk:
    """`by_seen`, `by_frame`: the step so far, 0 before it is known, None when it is not even."""

    last: int
    by_seen: int | None = 0
    by_frame: int | None = 0
    steps: int = 0
    ahead: int = _FIRST
    guessed: OrderedDict[str, Result] = field(default_factory=OrderedDict)
    used: bool = False

    def goes_to(self, frame: int, grid: Grid) -> bool:
        """Take the step to a frame, if it is one that this walk may take."""
        here, there = grid.position(self.last), grid.position(frame)
        seen = there - here if here is not None and there is not None else None
        by_seen = seen if self.by_seen == 0 or (seen is not None and seen == self.by_seen) else None
        by_frame = frame - self.last if self.by_frame in (0, frame - self.last) else None
        if frame <= self.last or (by_seen is None and by_frame is None):
            return False
        self.last, self.by_seen, self.by_frame, self.steps = frame, by_seen, by_frame, self.steps + 1
        return True

    def next(self, grid: Grid) -> list[int]:
        """The frames that it comes to next."""
        # The first step may be a jump; one to the very next frame that programs see hardly is.
        if self.steps < (1 if self.by_seen == 1 else 2):
            return []
        at = grid.position(self.last)
        if self.by_seen and at is not None:
            stop = at + (self.ahead + 1) * self.by_seen
            return list(grid.seen[at + self.by_seen : stop : self.by_seen])
        if self.by_frame:
            stop = min(grid.frame_count, self.last + (self.ahead + 1) * self.by_frame)
            return list(range(self.last + self.by_frame, stop, self.by_frame))
        return []


class Ahead:
    """The walks of all programs, and what was computed ahead for them.

    Args:
        wasted: told the expert and number of guesses that nobody came for.
    """

    def __init__(self, wasted: Callable[[str, int], None]) -> None:
        self._wasted = wasted
        self._first = _FIRST
        self._walks: OrderedDict[tuple[str, str], list[_Walk]] = OrderedDict()
        self._lock = threading.Lock()

    def saw(self, expert: str, question: str, place: ImageRef, grid: Grid) -> None:
        """Note that a question came to a frame, whoever answers it."""
        assert place.frame is not None
        with self._lock:
            walks = self._walks.setdefault((expert, question), [])
            self._walks.move_to_end((expert, question))
            if any(walk.last == place.frame for walk in walks):
                return
            for walk in walks:
                if walk.goes_to(place.frame, grid):
                    walks.remove(walk)
                    walks.append(walk)
                    return
            walks.append(_Walk(place.frame, ahead=self._first))
            if len(walks) > _MOST_WALKS:
                self._end(expert, walks.pop(0))
            if len(self._walks) > _MOST_QUESTIONS:
                (gone, _), ended = self._walks.popitem(last=False)
                for walk in ended:
                    self._end(gone, walk)

    def next(self, expert: str, question: str, place: ImageRef, grid: Grid, *, most: int) -> list[ImageRef]:
        """The places that a walk which just came to this one is expected to come to next, at most so many."""
        with self._lock:
            walk = self._walk(expert, question, place)
            if walk is None:
                return []
            if walk.guessed:  # the walk came past without asking for these
                self._drop(expert, walk)
            elif walk.used:
                walk.ahead = min(walk.ahead * 2, max(most, 1))
                self._first = min(self._first + 1, _MOST_FIRST)
            walk.ahead = max(1, min(walk.ahead, most))
            walk.used = False
            return [replace(place, frame=frame) for frame in walk.next(grid)[:most]]

    def keep(self, expert: str, question: str, place: ImageRef, results: dict[str, Result]) -> None:
        """Hold what was computed ahead, by key, for the walk that came to this place."""
        with self._lock:
            walk = self._walk(expert, question, place)
            if walk is None:
                self._wasted(expert, len(results))
            else:
                walk.guessed.update(results)

    def take(self, expert: str, question: str, key: str) -> Result | None:
        """What was computed ahead for a key, once."""
        with self._lock:
            for walk in self._walks.get((expert, question), ()):
                found = walk.guessed.pop(key, None)
                if found is not None:
                    walk.used = True
                    return found
        return None

    def waiting(self) -> int:
        """How many guesses may still be asked about."""
        with self._lock:
            return sum(len(walk.guessed) for walks in self._walks.values() for walk in walks)

    def clear(self) -> None:
        """End all walks."""
        with self._lock:
            for (expert, _), walks in self._walks.items():
                for walk in walks:
                    self._end(expert, walk)
            self._walks.clear()

    def _walk(self, expert: str, question: str, place: ImageRef) -> _Walk | None:
        walks = self._walks.get((expert, question), ())
        return next((walk for walk in walks if walk.last == place.frame), None)

    def _end(self, expert: str, walk: _Walk) -> None:
        if walk.guessed:
            self._drop(expert, walk)

    def _drop(self, expert: str, walk: _Walk) -> None:
        self._wasted(expert, len(walk.guessed))
        walk.guessed.clear()
        walk.ahead = max(1, walk.ahead // 2)
        self._first = max(1, self._first // 2)
