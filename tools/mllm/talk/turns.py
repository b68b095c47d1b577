"""Puts turns and talks together out of pieces; the one place that knows about marks at the end and about sides."""

from __future__ import annotations

from collections.abc import Sequence

from ..planner.questions.wording import Leaf
from .facts import View
from .said import Region, Talk, Turn
from .speech import Part, Voice, sentence

__all__ = ["ask", "talk", "turn"]


def ask(voice: Voice, heading: str, **slots: Part) -> list[str | Leaf]:
    """A question's pieces, its mark at the end included."""
    pieces = voice.say(heading, **slots)
    first = pieces[0]
    command = isinstance(first, str) and first.startswith("!")
    if isinstance(first, str):
        pieces[0] = first.lstrip("!")
    if voice.chance(0.06):
        pieces = ["please", *pieces] if command else [voice.pick(("tell me ,", "look :", "in this scene ,")), *pieces]
    return [*pieces, "." if command else "?"]


def turn(
    question: Sequence[str | Leaf],
    answer: Sequence[str | Leaf],
    *,
    given: tuple[Region, ...] = (),
    regions: tuple[Region, ...] = (),
    whole: bool = False,
) -> Turn:
    """A turn; a `whole` answer is a sentence that ends in a full stop."""
    *words, mark = question
    assert isinstance(mark, str)
    asked, meant = sentence(words, "question", mark)
    said, told = sentence(answer, "answer", "." if whole else "")
    return Turn(question=asked, answer=said, mentions=(*meant, *told), given=given, regions=regions)


def talk(task: str, family: str, turns: Sequence[Turn], views: Sequence[View]) -> Talk:
    """A talk about these views."""
    return Talk(task=task, family=family, pictures=tuple(view.picture for view in views), turns=tuple(turns))
