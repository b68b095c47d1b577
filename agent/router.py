"""The router's first form: a program's answer and a model's answer to the same question become one.

Both are asked. Where they agree, that is the answer; where they do not, the one that is likelier right by its own
calibrated confidence; where neither is likely right, nobody can tell. Confidences are made true by monotone curves
(isotonic regression) that are fitted on the project's own renders and stand in `router.json` beside this file; without
the file confidences are taken as they are.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..tools.errors import BadRequest

__all__ = ["CURVES", "Curve", "Decision", "Router", "Said"]

CURVES = Path(__file__).with_name("router.json")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer and its confidence; an empty text says that there is none."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer that two become; `how` is "agreed", "chained", "trained" or "unsure". Unsure has no text."""

    text: str
    confidence: float
    how: str


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Router:
    """Decides between a program's answer ("chained") and a model's own ("trained").

    Attributes:
        chained, trained: what each one's confidence is worth where it stands alone or against the other.
        agreed: what the higher of both is worth where they say the same.
        least: the calibrated confidence below which an answer that the other contradicts is not given.
    """

    chained: Curve = field(default_factory=Curve)
    trained: Curve = field(default_factory=Curve)
    agreed: Curve = field(default_factory=Curve)
    least: float = 0.2

    @classmethod
    def load(cls, path: Path = CURVES) -> Router:
        """Read the curves; a router without curves where there is no file.

        Raises:
            BadRequest: when the file is damaged.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text("utf-8"))
            curves = {
                name: Curve(tuple((float(x), float(y)) for x, y in data[name]))
                for name in ("chained", "trained", "agreed")
            }
            return cls(**curves, least=float(data["least"]))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadRequest(f"{path.name} does not hold a router's curves: {error}") from error

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        curves = {name: getattr(self, name).points for name in ("chained", "trained", "agreed")}
        path.write_text(json.dumps({**curves, "least": self.least, "facts": facts}, indent=1) + "\n", "utf-8")

    def decide(self, chained: Said, trained: Said) -> Decision:
        """One answer from two; see the module."""
        first = self.chained(_sure(chained)) if chained.text else 0.0
        second = self.trained(_sure(trained)) if trained.text else 0.0
        if chained.text and chained.text.strip().lower() == trained.text.strip().lower():
            return Decision(chained.text, self.agreed(max(_sure(chained), _sure(trained))), "agreed")
        said, sure, how = (chained, first, "chained") if first >= second else (trained, second, "trained")
        if not said.text or sure < self.least:
            return Decision("", 0.0, "unsure")
        return Decision(said.text, sure, how)


def _sure(said: Said) -> float:
    return 1.0 if said.confidence is None else said.confidence
