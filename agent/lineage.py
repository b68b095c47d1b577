"""Where a picture that experts made came from: the steps of a trace that led to it, first to last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .trace import StepRecord

__all__ = ["lineage", "pictures_made"]


def lineage(steps: Sequence[StepRecord], media: str) -> list[StepRecord]:
    """The steps that made a picture, each from what the one before it made; none for a picture that was given.

    Args:
        steps: of one attempt, in the order in which they happened.
        media: the picture's content hash.
    """
    made: dict[str, tuple[StepRecord, str | None]] = {}
    for step in steps:
        for result, source in pictures_made(step):
            if result != source:
                made.setdefault(result, (step, source))  # what made it first; it may be made again as it is
    found: list[StepRecord] = []
    wanted: str | None = media
    while wanted in made and made[wanted][0] not in found:
        step, wanted = made[wanted]
        found.append(step)
    return found[::-1]


def pictures_made(step: StepRecord) -> Iterator[tuple[str, str | None]]:
    """Each picture that a step made, with the one that it was made from; None where it was made from none."""
    results: list[Any] = step.result if isinstance(step.result, list) else [step.result]
    sources: list[str | None] = [target.get("media") for target in step.targets] or [None]
    for result, source in zip(results, sources, strict=False):
        image = result.get("image") if isinstance(result, dict) else None
        if isinstance(image, dict) and "media" in image:
            yield str(image["media"]), source
