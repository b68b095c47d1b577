"""From judged questions to the figures of one way of answering, as plain data for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from .datasets import Item
from .statistics import area_under_risk, calibration_error, interval_by_group, risk_coverage

__all__ = ["Judged", "Reply", "figures"]

_MOST_POINTS = 40  # of a risk-coverage curve


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What somebody answered; `text` is empty without an answer, `note` says why."""

    text: str
    confidence: float | None = None
    program: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A question, what was answered, and how long that took."""

    item: Item
    reply: Reply
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        return self.reply.text.strip().lower() == self.item.answer

    @property
    def sure(self) -> float:
        """The confidence; that of no answer is 0, and who names none claims to be certain."""
        if not self.reply.text:
            return 0.0
        return 1.0 if self.reply.confidence is None else self.reply.confidence


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Accuracy in all and by family with 95% intervals by picture, calibration, risk against coverage, errors."""
    rights, sure = [one.right for one in judged], [one.sure for one in judged]
    points = risk_coverage(sure, rights)
    families = sorted({one.item.family for one in judged})
    return {
        **_share(judged),
        "answered": sum(bool(one.reply.text) for one in judged),
        "families": {name: _share([one for one in judged if one.item.family == name]) for name in families},
        "ece": round(calibration_error(sure, rights), 4),
        "mean_confidence": round(sum(sure) / len(sure), 4),
        "area_under_risk": round(area_under_risk(points), 5),
        "risk_coverage": [
            {name: round(value, 4) for name, value in asdict(point).items()} for point in _thinned(points)
        ],
        "milliseconds": round(1000 * median(one.seconds for one in judged), 2),
        "wrong": [_told(one) for one in judged if not one.right],
    }


def _share(judged: Sequence[Judged]) -> dict[str, Any]:
    rights = [one.right for one in judged]
    bounds = interval_by_group(rights, [one.item.asked.image for one in judged])
    return {
        "accuracy": round(sum(rights) / len(rights), 4),
        "n": len(rights),
        "low": round(bounds.low, 4),
        "high": round(bounds.high, 4),
    }


def _thinned(points: Sequence[Any]) -> list[Any]:
    if len(points) <= _MOST_POINTS:
        return list(points)
    return [points[round(k * (len(points) - 1) / (_MOST_POINTS - 1))] for k in range(_MOST_POINTS)]


def _told(one: Judged) -> dict[str, Any]:
    return {
        "image": one.item.asked.image.name,
        "question": one.item.asked.question,
        "family": one.item.family,
        "expected": one.item.answer,
        "given": one.reply.text or None,
        "confidence": one.reply.confidence,
        "note": one.reply.note,
        "program": one.reply.program,
    }
