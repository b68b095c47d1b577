"""The question as a planner gets it: plain facts, no pixels.

These values hold what a planner may know (the question, facts about the media, the dialogue, what went wrong before)
and nothing else, so a prompt is a function of them alone. Checked on construction; they do not say how a prompt looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..tools.errors import BadRequest

__all__ = ["Artefact", "Attempt", "MediaFacts", "MediaKind", "PlanRequest", "Turn"]

MediaKind = Literal["image", "video"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What is known about a picture or video without looking at its content.

    Attributes:
        kind: "image" or "video".
        width, height: pixels of the picture, or of one frame.
        duration_s: length of a video in seconds, None for a picture.
        samples: how many frames of a video a program sees, None for a picture or where unknown.

    Raises:
        BadRequest: on another kind, or a size or duration that is not positive.
    """

    kind: MediaKind
    width: int
    height: int
    duration_s: float | None = None
    samples: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("image", "video"):
            raise BadRequest(f"media kind {self.kind!r} is not known: use 'image' or 'video'")
        if self.width <= 0 or self.height <= 0:
            raise BadRequest(f"media size {self.width}x{self.height} is impossible: both sides must be positive")
        if self.duration_s is not None and self.duration_s < 0:
            raise BadRequest(f"media duration {self.duration_s} s is impossible: it must not be negative")
        if self.samples is not None and self.samples <= 0:
            raise BadRequest(f"a video cannot have {self.samples} sampled frames: at least one is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier question of the dialogue and what was answered; the answer may quote text out of a picture."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """Something of an earlier turn that a question may refer to.

    Attributes:
        turn: counted from 1; 0 for what was brought before any question.
        kind: "picture", "region" or "video".
        what: a region's label, or what a picture is and where it comes from; may quote text out of a picture.
        width, height: in pixels.
        box: of a region in its picture, (left, lower, right, upper), y up; None for a whole picture or video.
    """

    turn: int
    kind: Literal["picture", "region", "video"]
    what: str
    width: int
    height: int
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An earlier program for the same question and the problem it met; the program is empty when none was found."""

    program: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """All that a planner is told about one question.

    Attributes:
        question: what the user asks.
        media: facts about the media, in the order in which the program gets them; none for a plain question.
        options: the answers to choose from, None when the answer is free.
        history: earlier turns of the dialogue, oldest first.
        capabilities: names of the capabilities that somebody serves here; empty when that is not known.
        feedback: earlier attempts at this question, oldest first.
        world: what can be found by name here, in words; None where any name can, or where that is not known.
        earlier: pictures and regions of earlier turns, oldest first; a program gets them as the list `earlier`.

    Raises:
        BadRequest: when the question is empty, or options are given but none is.
    """

    question: str
    media: tuple[MediaFacts, ...] = ()
    options: tuple[str, ...] | None = None
    history: tuple[Turn, ...] = ()
    capabilities: frozenset[str] = field(default_factory=frozenset)
    feedback: tuple[Attempt, ...] = ()
    world: str | None = None
    earlier: tuple[Artefact, ...] = ()

    def __post_init__(self) -> None:
        if not self.question.strip():
            raise BadRequest("the question is empty: ask something about the picture or video")
        if self.options is not None and not self.options:
            raise BadRequest("the list of options is empty: give at least one, or leave it out")

    @property
    def kind(self) -> MediaKind:
        """The kind of the media as a whole: "video" when the first is one, else "image"."""
        return self.media[0].kind if self.media else "image"
