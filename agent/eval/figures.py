"""From judged questions to the figures of one way of answering, as plain data for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from .datasets import Item, Metric
from .reply import Reply
from .scoring import measures, scorer
from .statistics import area_under_risk, calibration_error, interval_by_group, risk_coverage

__all__ = ["Judged", "Reply", "figures"]

_MOST_POINTS = 40  # of a risk-coverage curve


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A question, what was answered, how good that is, and how long it took.

    Attributes:
        score: 0 to 1 by the data set's metric; equality of the texts where it is left out.
    """

    item: Item
    reply: Reply
    seconds: float = 0.0
    score: float = -1.0

    def __post_init__(self) -> None:
        if self.score < 0:
            object.__setattr__(self, "score", scorer("exact")(self.item, self.reply))

    @property
    def right(self) -> bool:
        """Whether it counts as right where only that counts: half of the people agree, or half of the box is hit."""
        return self.score >= 0.5

    @property
    def sure(self) -> float:
        """The confidence; that of no answer is 0, and who names none claims to be certain."""
        if not self.reply.given:
            return 0.0
        return 1.0 if self.reply.confidence is None else self.reply.confidence


def figures(judged: Sequence[Judged], *, metric: Metric = "exact") -> dict[str, Any]:
    """Accuracy in all and by family with 95% intervals by picture, calibration, risk against coverage, errors.

    Accuracy is the mean score; beside it stand the measures that the data set's authors publish.
    """
    rights, sure = [one.right for one in judged], [one.sure for one in judged]
    points = risk_coverage(sure, rights)
    families = sorted({one.item.family for one in judged})
    return {
        **_share(judged),
        "measures": {
            name: round(value, 4)
            for name, value in measures(metric, [one.item for one in judged], [one.reply for one in judged]).items()
        },
        "answered": sum(one.reply.given for one in judged),
        "failures": _failures(judged),
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


def _failures(judged: Sequence[Judged]) -> dict[str, int]:
    """How many questions ended without a right answer, by what ended them: the kind of failure, or just "wrong"."""
    return dict(Counter(_end(one.reply) for one in judged if not one.right).most_common())


def _end(reply: Reply) -> str:
    if reply.given:
        return "wrong"
    named = reply.failure is not None and reply.failure != reply.status
    return f"{reply.status} ({reply.failure})" if named else reply.status


def _share(judged: Sequence[Judged]) -> dict[str, Any]:
    scores = [one.score for one in judged]
    bounds = interval_by_group(scores, [one.item.asked.image for one in judged])
    return {
        "accuracy": round(sum(scores) / len(scores), 4),
        "n": len(scores),
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
        "score": round(one.score, 4),
        "confidence": one.reply.confidence,
        "note": one.reply.note,
        "program": one.reply.program,
    }
