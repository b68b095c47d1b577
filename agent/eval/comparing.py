"""Two runs over the same questions, row by row: who is right where the other is wrong, and whether that is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...tools.errors import BadRequest
from .rows import JudgedRow
from .statistics import Interval, interval_by_group, mcnemar

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How two runs differ.

    Attributes:
        rows: questions that both answered.
        both, first_only, second_only, neither: of those, who has them right.
        p_value: of McNemar's exact test.
        first, second: mean scores.
        difference: of the second's mean score over the first's, with 95% bounds by picture.
        changed: the rows that only one has right, as (first, second).
        left_out: questions that only one of the runs has.
    """

    rows: int
    both: int
    first_only: int
    second_only: int
    neither: int
    p_value: float
    first: float
    second: float
    difference: float
    bounds: Interval
    changed: tuple[tuple[JudgedRow, JudgedRow], ...]
    left_out: int


def compare(first: Sequence[JudgedRow], second: Sequence[JudgedRow]) -> Comparison:
    """Compare two runs by the ids of their questions.

    Raises:
        BadRequest: when they have no question in common, an id stands twice in a run, or a question of the same id is
            another one.
    """
    by_id = {row.id: row for row in second}
    if len(by_id) < len(second) or len({row.id for row in first}) < len(first):
        raise BadRequest("a run has two rows of the same id: ids must tell questions apart")
    pairs = [(row, by_id[row.id]) for row in first if row.id in by_id]
    if not pairs:
        raise BadRequest("the two runs have no question in common: compare runs over the same data set")
    other = next((one for one, two in pairs if (one.question, one.media) != (two.question, two.media)), None)
    if other is not None:
        raise BadRequest(f"the question {other.id} is another one in the second run: they judge different data")
    first_only = sum(one.right and not two.right for one, two in pairs)
    second_only = sum(two.right and not one.right for one, two in pairs)
    both = sum(one.right and two.right for one, two in pairs)
    gains = [two.score - one.score for one, two in pairs]
    return Comparison(
        rows=len(pairs),
        both=both,
        first_only=first_only,
        second_only=second_only,
        neither=len(pairs) - both - first_only - second_only,
        p_value=mcnemar(first_only, second_only),
        first=float(np.mean([one.score for one, _ in pairs])),
        second=float(np.mean([two.score for _, two in pairs])),
        difference=float(np.mean(gains)),
        bounds=interval_by_group(gains, [one.media for one, _ in pairs]),
        changed=tuple((one, two) for one, two in pairs if one.right != two.right),
        left_out=len(first) + len(second) - 2 * len(pairs),
    )
