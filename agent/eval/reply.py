"""`Reply`: what somebody answered to a question of a data set, with all that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from .metrics.boxes import Box

__all__ = ["Reply"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What somebody answered.

    Attributes:
        text: empty without an answer.
        note: why there is none.
        box: the region that the answer is, (x1, y1, x2, y2) in pixels, y down.
        status: "answered", or the kind of failure.
        failure: class of the error behind it, where there was one.
        prompt_hash: of the prompt that the program came from.
    """

    text: str
    confidence: float | None = None
    program: str | None = None
    note: str | None = None
    box: Box | None = None
    status: str = "answered"
    failure: str | None = None
    prompt_hash: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is an answer, in words or as a region."""
        return bool(self.text) or self.box is not None
