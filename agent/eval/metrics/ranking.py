"""Ranked lists against what is wanted: recall among the first K, and mean average precision."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from ....tools.errors import BadRequest

__all__ = ["mean_average_precision", "recall_at"]


def recall_at(k: int, ranked: Sequence[Sequence[Hashable]], wanted: Sequence[Collection[Hashable]]) -> float:
    """The mean share of what is wanted that stands among the first `k`.

    Args:
        ranked: for each query, what was retrieved, best first, each once.
        wanted: for each query, what should have been.

    Raises:
        BadRequest: when the numbers of queries differ, a query wants nothing, or `k` is not positive.
    """
    if k < 1:
        raise BadRequest(f"recall is counted among the first 1 or more, not {k}")
    _check(ranked, wanted)
    shares = [len(set(found[:k]) & set(right)) / len(set(right)) for found, right in zip(ranked, wanted, strict=True)]
    return sum(shares) / len(shares)


def mean_average_precision(ranked: Sequence[Sequence[Hashable]], wanted: Sequence[Collection[Hashable]]) -> float:
    """The mean over queries of the mean precision at each place of something wanted; what is not found counts 0.

    Raises:
        BadRequest: as `recall_at`.
    """
    _check(ranked, wanted)
    return sum(_average(found, set(right)) for found, right in zip(ranked, wanted, strict=True)) / len(ranked)


def _average(found: Sequence[Hashable], right: set[Hashable]) -> float:
    hits, total = 0, 0.0
    for place, one in enumerate(found, start=1):
        if one in right:
            hits += 1
            total += hits / place
    return total / len(right)


def _check(ranked: Sequence[Sequence[Hashable]], wanted: Sequence[Collection[Hashable]]) -> None:
    if len(ranked) != len(wanted) or not ranked:
        raise BadRequest(f"{len(ranked)} rankings cannot be judged by {len(wanted)} sets")
    if not all(wanted):
        raise BadRequest("a ranking cannot be judged where nothing is wanted")
    if any(len(set(found)) < len(found) for found in ranked):
        raise BadRequest("a ranking names something twice")
