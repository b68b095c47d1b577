"""`Answer`: what an ask gives back, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..tools.errors import Status
from .trace import Trace

if TYPE_CHECKING:
    from ..tools.media import Picture, Video

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question, or the honest reason why there is none.

    Attributes:
        value: what the program returned: a text, number, truth value, patch, list, ...; None without an answer.
        text: the value in words.
        confidence: 0 to 1, from the weakest of the planner's score and the experts' confidences; None where nobody gave
            one.
        status: "answered", or which kind of failure this is.
        reason: why there is no answer, and what to do; None when there is one.
        program: the program that was run last, None when there was no plan.
        trace: everything that happened.
        pictures: the pictures and videos that the trace's boxes lie in, by content hash.
    """

    value: Any
    text: str
    confidence: float | None
    status: Status
    reason: str | None
    program: str | None
    trace: Trace
    pictures: Mapping[str, Picture | Video] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        """Whether the question was answered."""
        return self.status == "answered"

    def __str__(self) -> str:
        return self.text
