"""How sure an answer is: the weakest of the plan's score and the experts' confidences, made true where it was measured.

What a chain of doubts is worth depends on who doubts. Where every step was taken by experts whose chains were judged on
questions with known answers, the weakest link is read off a rising curve (isotonic regression) that was fitted there;
everywhere else it stands as it is. The curves are in `calibration.json` beside this file, made by `eval/calibrate.py`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..tools.errors import BadRequest

if TYPE_CHECKING:
    from .trace import PlanRecord, StepRecord

__all__ = ["CURVES", "JUDGED", "Curve", "overall", "read_curves", "weakest"]

CURVES = Path(__file__).with_name("calibration.json")
JUDGED = frozenset(("table-top",))  # experts whose chains the curve "chained" was fitted on


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising curve through (confidence, share of right answers) points, straight between them.

    Raises:
        BadRequest: when the points do not rise or leave 0 to 1.
    """

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))

    def __post_init__(self) -> None:
        xs, ys = [p[0] for p in self.points], [p[1] for p in self.points]
        fits = all(0 <= value <= 1 for value in (*xs, *ys)) and xs == sorted(set(xs)) and ys == sorted(ys)
        if not self.points or not fits:
            raise BadRequest("a calibration curve needs points that rise from left to right between 0 and 1")

    def __call__(self, confidence: float) -> float:
        k = bisect_right([x for x, _ in self.points], confidence)
        if k == 0:
            return self.points[0][1]
        if k == len(self.points):
            return self.points[-1][1]
        (x1, y1), (x2, y2) = self.points[k - 1], self.points[k]
        return y1 + (y2 - y1) * (confidence - x1) / (x2 - x1)

    @classmethod
    def fitted(cls, confidences: Sequence[float], rights: Sequence[bool], *, least: int = 20) -> Curve:
        """Isotonic regression by pooling adjacent violators, each step over at least `least` answers.

        Each pool counts one right and one wrong answer more than it holds, so that a curve is never quite certain.
        """
        if not confidences:
            return cls()
        pools: list[list[float]] = []  # sum of confidences, right, size
        order = sorted(range(len(confidences)), key=lambda i: confidences[i])
        for start in range(0, len(order), least):
            part = order[start : start + least]
            pools.append([sum(confidences[i] for i in part), float(sum(rights[i] for i in part)), float(len(part))])
        merged: list[list[float]] = []
        for pool in pools:
            merged.append(pool)
            while len(merged) > 1 and _level(merged[-2]) >= _level(merged[-1]):
                last = merged.pop()
                merged[-1] = [a + b for a, b in zip(merged[-1], last, strict=True)]
        points: dict[float, float] = {}
        for total, right, size in merged:
            points[round(min(max(total / size, 0.0), 1.0), 6)] = round(_level([total, right, size]), 6)
        return cls(tuple(points.items()))


def _level(pool: Sequence[float]) -> float:
    return (pool[1] + 1) / (pool[2] + 2)


def weakest(plans: Sequence[PlanRecord], steps: Sequence[StepRecord], attempt: int) -> float | None:
    """The least of the plan's score and the steps' confidences in one attempt, None where nobody has one."""
    known = [step.confidence for step in steps if step.attempt == attempt]
    known += [plan.score for plan in plans if plan.attempt == attempt]
    return min((value for value in known if value is not None), default=None)


def overall(plans: Sequence[PlanRecord], steps: Sequence[StepRecord], attempt: int) -> float | None:
    """The confidence of an answer; see the module."""
    value = weakest(plans, steps, attempt)
    experts = {step.expert for step in steps if step.attempt == attempt}
    if value is None or not experts or not experts <= JUDGED:
        return value
    curve = _shipped().get("chained")
    return value if curve is None else curve(value)


def read_curves(path: Path) -> dict[str, Curve]:
    """The curves of a file by name; none where there is no file.

    Raises:
        BadRequest: when the file is damaged.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        curves: Mapping[str, list[list[float]]] = data["curves"]
        return {name: Curve(tuple((float(x), float(y)) for x, y in points)) for name, points in curves.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest(f"{path.name} does not hold calibration curves: {error}") from error


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Curve]:
    return read_curves(CURVES)
