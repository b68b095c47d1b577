"""Following things from frame to frame: detections in, tracks out; no pixels and no detector in here.

As SORT does (Bewley et al. 2016, arXiv 1602.00763): a Kalman filter with constant velocity predicts where each thing
is, the Hungarian method matches predictions with detections. As ByteTrack (Zhang et al. 2022, arXiv 2110.06864): sure
detections are matched first, doubtful ones may only continue a track. Beyond both, since frames are sampled sparsely:
distance counts beside overlap, looks count, and tracks that an occlusion cut in two are joined at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Observation", "Tracker", "TrackerSettings", "Trajectory"]

Vector = npt.NDArray[np.float64]
_FAR = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """Attributes:
    sure: detections with at least this confidence may start a track.
    patience_s: a thing that is not seen for so long has gone.
    joined_s: two tracks with at most this between them may be one thing that was hidden.
    reach: how far from its predicted place a thing may be found, in its own sizes.
    look_apart: two looks further apart than this (0 to 1) are of two things, unless one lies where the other lay.
    stays: share of the smaller box that two boxes have in common, from which one lies where the other lay,
        at most `lately_s` earlier.
    least_seen: tracks seen in fewer frames are dropped, where the stretch has more.
    """

    sure: float = 0.5
    patience_s: float = 1.0
    joined_s: float = 3.0
    reach: float = 1.6
    look_apart: float = 0.55
    stays: float = 0.7
    lately_s: float = 0.4
    least_seen: int = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """One detection. `box`: (x1, y1, x2, y2) in pixels; `look`: a histogram that sums to 1, None where unknown."""

    frame: int
    time_s: float
    box: tuple[float, float, float, float]
    label: str
    confidence: float | None = None
    look: npt.NDArray[np.float32] | None = None

    @property
    def center(self) -> Vector:
        x1, y1, x2, y2 = self.box
        return np.array([(x1 + x2) / 2, (y1 + y2) / 2])

    @property
    def size(self) -> float:
        x1, y1, x2, y2 = self.box
        return max(1.0, float(np.hypot(x2 - x1, y2 - y1)) / 1.4142)


@dataclass(slots=True, eq=False)
class Trajectory:
    """One thing: where it was seen, in order of time."""

    seen: list[Observation] = field(default_factory=list)

    @property
    def first(self) -> Observation:
        return self.seen[0]

    @property
    def last(self) -> Observation:
        return self.seen[-1]

    @property
    def label(self) -> str:
        """What it was called most often."""
        labels = [o.label for o in self.seen]
        return max(dict.fromkeys(labels), key=labels.count)

    @property
    def look(self) -> npt.NDArray[np.float32] | None:
        looks = [o.look for o in self.seen if o.look is not None]
        return np.mean(looks, axis=0) if looks else None


class _Filter:
    """A Kalman filter over (x, y, velocity of x, velocity of y); the noise is in the thing's own size."""

    def __init__(self, observation: Observation) -> None:
        self.state = np.array([*observation.center, 0.0, 0.0])
        self.size = observation.size
        self.time_s = observation.time_s
        near, fast = (0.1 * self.size) ** 2, (3.0 * self.size) ** 2
        self.spread = np.diag([near, near, fast, fast])

    def predicted(self, time_s: float) -> tuple[Vector, npt.NDArray[np.float64]]:
        step = time_s - self.time_s
        move = np.eye(4)
        move[0, 2] = move[1, 3] = step
        # White noise of acceleration, of about one own size a second squared.
        strength = (1.5 * self.size) ** 2
        one = np.array([[step**4 / 4, step**3 / 2], [step**3 / 2, step**2]]) * strength
        noise = np.zeros((4, 4))
        noise[np.ix_([0, 2], [0, 2])] = noise[np.ix_([1, 3], [1, 3])] = one
        return move @ self.state, move @ self.spread @ move.T + noise

    def correct(self, observation: Observation) -> None:
        state, spread = self.predicted(observation.time_s)
        see = np.zeros((2, 4))
        see[0, 0] = see[1, 1] = 1.0
        noise = np.eye(2) * (0.08 * self.size) ** 2
        gain = spread @ see.T @ np.linalg.inv(see @ spread @ see.T + noise)
        self.state = state + gain @ (observation.center - see @ state)
        self.spread = (np.eye(4) - gain @ see) @ spread
        self.size = 0.7 * self.size + 0.3 * observation.size
        self.time_s = observation.time_s

    @property
    def velocity(self) -> Vector:
        return np.asarray(self.state[2:])


class Tracker:
    """Feed it the detections of frames in order of time, then take the tracks.

    Args:
        width, height: of a frame in pixels.
    """

    def __init__(self, width: int, height: int, settings: TrackerSettings | None = None) -> None:
        self._width, self._height = width, height
        self._settings = settings or TrackerSettings()
        self._live: list[tuple[Trajectory, _Filter]] = []
        self._done: list[tuple[Trajectory, _Filter]] = []
        self._steps = 0

    def step(self, time_s: float, found: Sequence[Observation]) -> None:
        """One frame's detections."""
        settings = self._settings
        self._steps += 1
        gone = [t for t in self._live if time_s - t[0].last.time_s > settings.patience_s]
        self._done += gone
        self._live = [t for t in self._live if t not in gone]
        found = _without_doubles(found)
        sure = [o for o in found if o.confidence is None or o.confidence >= settings.sure]
        doubtful = [o for o in found if o.confidence is not None and o.confidence < settings.sure]
        left = self._match(self._live, sure)
        waiting = [t for t in self._live if t[0].last.time_s < time_s]
        self._match(waiting, doubtful)
        self._live += [(Trajectory([o]), _Filter(o)) for o in left]

    def finish(self) -> list[Trajectory]:
        """The tracks, in order of time."""
        tracks = self._joined([*self._done, *self._live])
        self._done, self._live = [], []
        least = min(self._settings.least_seen, max(1, self._steps - 1))
        kept = [t for t in tracks if len(t.seen) >= least]
        return sorted(kept, key=lambda t: (t.first.time_s, t.first.box))

    def _match(self, tracks: list[tuple[Trajectory, _Filter]], found: list[Observation]) -> list[Observation]:
        """Continue tracks with detections; those that are left over."""
        if not tracks or not found:
            return found
        costs = np.array([[self._cost(track, observation) for observation in found] for track in tracks])
        taken = set()
        for row, column in _assigned(costs):
            trajectory, state = tracks[row]
            trajectory.seen.append(found[column])
            state.correct(found[column])
            taken.add(column)
        return [o for i, o in enumerate(found) if i not in taken]

    def _cost(self, track: tuple[Trajectory, _Filter], observation: Observation) -> float:
        trajectory, state = track
        predicted, spread = state.predicted(observation.time_s)
        away = float(np.hypot(*(observation.center - predicted[:2])))
        unsure = float(np.sqrt(max(spread[0, 0], spread[1, 1])))
        reach = self._settings.reach * state.size + 1.5 * min(unsure, 3 * state.size)
        grown = max(observation.size / state.size, state.size / observation.size)
        apart = _apart(trajectory.look, observation.look)
        # What lies where it lay a moment ago is the same thing, though something may come to cover a part of it.
        lately = observation.time_s - trajectory.last.time_s <= self._settings.lately_s
        stays = _shared(trajectory.last.box, observation.box) if lately else 0.0
        other = grown > 3 or apart > self._settings.look_apart
        if away > reach or (other and stays < self._settings.stays):
            return _FAR
        return away / reach + 0.8 * min(apart, 1 - stays) + 0.15 * (min(grown, 6) - 1)

    def _joined(self, tracks: list[tuple[Trajectory, _Filter]]) -> list[Trajectory]:
        """Join tracks that an occlusion cut in two."""
        ordered = sorted(tracks, key=lambda t: t[0].first.time_s)
        while True:
            costs = np.full((len(ordered), len(ordered)), _FAR)
            for i, early in enumerate(ordered):
                for j, late in enumerate(ordered):
                    if i != j:
                        costs[i, j] = self._join_cost(early, late)
            pairs = _assigned(costs) if len(ordered) else []
            if not pairs:
                return [t for t, _ in ordered]
            row, column = min(pairs, key=lambda pair: costs[pair])
            early, late = ordered[row], ordered[column]
            early[0].seen.extend(late[0].seen)
            ordered = [t for k, t in enumerate(ordered) if k not in (row, column)]
            ordered.append((early[0], late[1]))

    def _join_cost(self, early: tuple[Trajectory, _Filter], late: tuple[Trajectory, _Filter]) -> float:
        last, first = early[0].last, late[0].first
        gap = first.time_s - last.time_s
        if not 0 < gap <= self._settings.joined_s or self._left_picture(last, early[1].velocity):
            return _FAR
        apart = _apart(early[0].look, late[0].look)
        size = max(last.size, first.size)
        expected = last.center + early[1].velocity * gap
        away = min(
            float(np.hypot(*(first.center - expected))), float(np.hypot(*(first.center - last.center))) + 0.5 * size
        )
        if apart > 0.6 * self._settings.look_apart or away > (1.0 + gap) * 1.5 * size:
            return _FAR
        return away / size + 2 * apart + 0.2 * gap

    def _left_picture(self, last: Observation, velocity: Vector) -> bool:
        """Whether it was last seen at the edge and on its way out."""
        x1, y1, x2, y2 = last.box
        near = 0.015 * max(self._width, self._height)
        return bool(
            (x1 <= near and velocity[0] < 0)
            or (x2 >= self._width - near and velocity[0] > 0)
            or (y1 <= near and velocity[1] < 0)
            or (y2 >= self._height - near and velocity[1] > 0)
        )


def _assigned(costs: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(costs)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if costs[r, c] < _FAR]


def _apart(a: Any, b: Any) -> float:
    """0 for the same look, 1 for looks with nothing in common, 0 where one is not known."""
    return 0.0 if a is None or b is None else float(np.abs(a - b).sum() / 2)


def _without_doubles(found: Sequence[Observation]) -> list[Observation]:
    """Of detections that nearly cover each other, the surest."""
    ordered = sorted(found, key=lambda o: -(1.0 if o.confidence is None else o.confidence))
    kept: list[Observation] = []
    for o in ordered:
        if all(_iou(o.box, other.box) < 0.7 for other in kept):
            kept.append(o)
    return kept


def _shared(a: Sequence[float], b: Sequence[float]) -> float:
    """What two boxes have in common, as a share of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(1e-9, min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])))


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
