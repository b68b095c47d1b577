"""Drops talks that would teach something wrong or nothing, and counts why.

The checks do not trust the makers: a definite phrase is read again, word by word, and looked up among the things of its
picture.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ..scenes.world import ALL_SHAPES, WORDS
from .facts import View
from .naming import OTHER_WORDS
from .said import Mention, Talk, Turn

__all__ = ["REASONS", "Sieve"]

REASONS: Final[tuple[str, ...]] = ("empty", "unfilled", "long", "ambiguous", "contradictory", "duplicate", "not worse")

_LONGEST_QUESTION = 60  # words
_LONGEST_ANSWER = 220
_DEMANDS = {
    word: (attribute, value)
    for attribute, values in (WORDS | {"shape": ALL_SHAPES}).items()
    for value in values
    for word in OTHER_WORDS.get(value, (value,))
}
_BY_PLACE = re.compile(r"^ ?(left of|right of|to the|on the|in front|behind)")


class Sieve:
    """Passes talks of one bundle on, or says why not; remembers what it has passed."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = {view.picture: view for view in views}
        self._answers: dict[tuple[object, ...], str] = {}
        self._ids: set[str] = set()
        self.dropped: Counter[str] = Counter()

    def passes(self, made: Talk) -> bool:
        """Whether the talk is kept; a reason is counted where it is not."""
        reason = self._reason(made)
        if reason is None:
            self._ids.add(made.id)
            self._answers[_question(made)] = made.turns[-1].answer
            return True
        self.dropped[reason] += 1
        return False

    def _reason(self, made: Talk) -> str | None:
        texts = [text for turn in made.turns for text in (turn.question, turn.answer)]
        if not made.turns or not all(text.strip(" .?") for text in texts):
            return "empty"
        if any(re.search(r"[{}|\[\]]", text) for text in texts):
            return "unfilled"
        if any(
            len(t.question.split()) > _LONGEST_QUESTION or len(t.answer.split()) > _LONGEST_ANSWER for t in made.turns
        ):
            return "long"
        if any(self._ambiguous(turn, mention) for turn in made.turns for mention in turn.mentions):
            return "ambiguous"
        if made.rejected is not None and _plain(made.rejected) == _plain(made.turns[-1].answer):
            return "not worse"
        known = self._answers.get(_question(made))
        if known is not None and made.task != "prefer":
            free = made.task in ("caption", "describe", "refer") or made.family.startswith(
                ("clip.caption", "compare.change")
            )
            return "duplicate" if free or _plain(known) == _plain(made.turns[-1].answer) else "contradictory"
        return "duplicate" if made.id in self._ids else None

    def _ambiguous(self, turn: Turn, mention: Mention) -> bool:
        """Whether a phrase with "the", meant of one thing by looks alone, fits another count of things than one."""
        text = turn.question if mention.side == "question" else turn.answer
        words = text[mention.start : mention.end].lower().split()
        before, after = text[: mention.start].rstrip().lower(), text[mention.end :]
        if not before.endswith("the") or len(mention.things) != 1 or _BY_PLACE.match(after):
            return False
        wanted = {}
        for word in words:
            if word in _DEMANDS:
                attribute, value = _DEMANDS[word]
                wanted[attribute] = value
            elif word not in ("thing", "object"):
                return False  # by print, or by the end that it stands on
        return self._views[mention.picture].having(wanted) != mention.things


def _question(made: Talk) -> tuple[object, ...]:
    asked = tuple(_plain(turn.question) for turn in made.turns)
    return (made.task == "prefer", made.pictures, asked, tuple(turn.given for turn in made.turns))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w<>]+", text.lower()))
