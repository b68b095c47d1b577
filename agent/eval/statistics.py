"""The statistics of a judgement: how far off confidences are, what chance may have done, and what declining buys.

Confidences lie between 0 and 1, rights are truth values, and both have one entry per question. Nothing here knows where
they come from.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ...tools.errors import BadRequest

__all__ = [
    "Interval",
    "RiskPoint",
    "area_under_risk",
    "calibration_error",
    "interval_by_group",
    "mcnemar",
    "risk_coverage",
]


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds between which a figure lies with the chance that was asked for."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What answering only above a threshold gives: the share answered, and the share of wrong ones among those."""

    threshold: float
    coverage: float
    risk: float


def calibration_error(confidences: Sequence[float], rights: Sequence[bool], *, bins: int = 10) -> float:
    """Expected calibration error with equally full bins (Guo et al., 2017, https://arxiv.org/abs/1706.04599).

    Questions of the same confidence always share a bin, so the order in which they come does not matter.
    """
    _check(confidences, rights)
    if bins < 1:
        raise BadRequest(f"a calibration error needs at least one bin, not {bins}")
    total = len(confidences)
    if not total:
        return 0.0
    order = sorted(range(total), key=lambda i: confidences[i])
    error, start = 0.0, 0
    for number in range(1, bins + 1):
        end = max(start, round(number * total / bins))
        while 0 < end < total and confidences[order[end]] == confidences[order[end - 1]]:
            end += 1
        part = order[start:end]
        error += abs(sum(confidences[i] for i in part) - sum(rights[i] for i in part)) / total
        start = end
    return error


def interval_by_group(
    rights: Sequence[float], groups: Sequence[Hashable], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Bootstrap percentile interval of the share of right answers, or of a mean score, drawing whole groups.

    Questions about one picture stand or fall together; drawing pictures, not questions, keeps that.
    """
    if len(rights) != len(groups):
        raise BadRequest(f"{len(rights)} answers cannot belong to {len(groups)} groups")
    if not 0 < level < 1:
        raise BadRequest(f"a level lies between 0 and 1, not {level}")
    if not rights:
        return Interval(0.0, 0.0)
    index = {group: k for k, group in enumerate(dict.fromkeys(groups))}
    right, size = np.zeros(len(index)), np.zeros(len(index))
    for is_right, group in zip(rights, groups, strict=True):
        right[index[group]] += is_right
        size[index[group]] += 1
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(index), size=(resamples, len(index)))
    shares = right[drawn].sum(1) / size[drawn].sum(1)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def risk_coverage(confidences: Sequence[float], rights: Sequence[bool]) -> list[RiskPoint]:
    """The curve from the surest questions to all of them, one point for each confidence that occurs."""
    _check(confidences, rights)
    order = sorted(range(len(confidences)), key=lambda i: -confidences[i])
    points, wrong = [], 0
    for count, i in enumerate(order, start=1):
        wrong += not rights[i]
        if count == len(order) or confidences[order[count]] != confidences[i]:
            points.append(RiskPoint(confidences[i], count / len(order), wrong / count))
    return points


def area_under_risk(points: Sequence[RiskPoint]) -> float:
    """The mean risk over all coverages (Geifman and El-Yaniv, 2017, https://arxiv.org/abs/1705.08500); 0 is best."""
    area, covered = 0.0, 0.0
    for point in points:
        area += (point.coverage - covered) * point.risk
        covered = point.coverage
    return area


def mcnemar(first_only: int, second_only: int) -> float:
    """The exact two-sided p-value of McNemar's test (McNemar, 1947, https://doi.org/10.1007/BF02295996).

    How likely it is that two ways of answering which are equally good differ so much, or more, on questions that one of
    them has right and the other wrong.

    Args:
        first_only, second_only: how many questions only the one, and only the other, has right.
    """
    if min(first_only, second_only) < 0:
        raise BadRequest("counts of questions are not negative")
    total = first_only + second_only
    if not total:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(first_only, total, 0.5).pvalue)


def _check(confidences: Sequence[float], rights: Sequence[bool]) -> None:
    if len(confidences) != len(rights):
        raise BadRequest(f"{len(confidences)} confidences cannot belong to {len(rights)} answers")
    if any(not 0 <= confidence <= 1 for confidence in confidences):
        raise BadRequest("a confidence lies between 0 and 1")
