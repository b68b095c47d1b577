"""`Reply`: what somebody answered to a question of a data set, with all that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..batch.records import record_of
from .metrics.boxes import Box

if TYPE_CHECKING:
    from ..answer import Answer

__all__ = ["Reply", "reply_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What somebody answered.

    Attributes:
        text: empty without an answer.
        note: why there is none.
        box: the region that the answer is, (x1, y1, x2, y2) in pixels, y down.
        regions: all regions that the answer is, each with its confidence.
        ranking: the texts that the answer is a list of, in their order.
        status: "answered", or the kind of failure.
        failure: class of the error behind it, where there was one.
        prompt_hash: of the prompt that the program came from.
        experts: that had a part in it, each with the version of its weights.
    """

    text: str
    confidence: float | None = None
    program: str | None = None
    note: str | None = None
    box: Box | None = None
    regions: tuple[tuple[Box, float], ...] = ()
    ranking: tuple[str, ...] = ()
    status: str = "answered"
    failure: str | None = None
    prompt_hash: str | None = None
    experts: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether there is an answer, in words or as a region."""
        return bool(self.text) or self.box is not None


def reply_of(answer: Answer) -> Reply:
    """What an answer of the agent comes to."""
    from ...tools.api import ImagePatch

    value = answer.value if answer else None
    several: list[Any] = value if isinstance(value, list) else [value]
    patches = [one for one in several if isinstance(one, ImagePatch)]
    regions = tuple((_box(patch), 1.0 if patch.confidence is None else patch.confidence) for patch in patches)
    texts = tuple(one for one in several if isinstance(one, str)) if isinstance(value, list) else ()
    plan = answer.trace.plans[-1] if answer.trace.plans else None
    record = record_of(answer)
    return Reply(
        text=answer.text if answer else "",
        confidence=answer.confidence,
        program=answer.program,
        note=answer.reason,
        box=regions[0][0] if len(several) == len(regions) == 1 else None,
        regions=regions,
        ranking=texts if len(texts) == len(several) else (),
        status=answer.status,
        failure=record["failure"],
        prompt_hash=plan.prompt_hash if plan else None,
        experts=tuple(record["experts"]),
    )


def _box(patch: Any) -> Box:
    x1, y1, x2, y2 = patch.to_bbox()
    return (float(x1), float(y1), float(x2), float(y2))
