"""What is said about pictures: talks of one or more turns, with what each noun phrase and each answer points at.

A `Mention` ties letters of a question or an answer to things; a `Region` is a box of a thing in one of the bundle's
pictures, as a question gives it or an answer names it. Everything has a plain form for JSON.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["TASKS", "Mention", "Region", "Talk", "Turn"]

TASKS = ("caption", "describe", "ground", "refer", "read", "answer", "compare", "clip", "dialogue", "prefer")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Letters `start` to `end` of a turn's question or answer, and the things that they mean."""

    side: str  # "question" or "answer"
    start: int
    end: int
    picture: int  # number of the picture in the bundle; of a clip always 0
    things: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A box in a picture: x1, y1, x2, y2 in pixels, y down, of what can be seen of the thing."""

    picture: int
    thing: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A question and its answer; a question about given regions says `<region>` for each in turn."""

    question: str
    answer: str
    mentions: tuple[Mention, ...] = ()
    given: tuple[Region, ...] = ()
    regions: tuple[Region, ...] = ()  # what the answer points at


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """One training example: its turns, and for a preference pair the worse answer to the last turn."""

    task: str  # one of TASKS
    family: str
    pictures: tuple[int, ...]  # of the bundle, in the order in which the question counts them
    turns: tuple[Turn, ...]
    rejected: str | None = None
    flaw: str | None = None  # what is wrong with `rejected`

    @property
    def id(self) -> str:
        """A name that changes with any word of it, so that marks never land on another text."""
        words = [self.task, self.family, repr(self.pictures), self.rejected or ""]
        words += [part for turn in self.turns for part in (turn.question, turn.answer, repr(turn.given))]
        return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:12]

    def record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"id": self.id, **asdict(self)}
