"""Strings wordings together into sentences, and keeps track of which letters mean which things.

Wordings are those of the planner's mini-language (`planner/questions/wording.py`): `(a|b)`, `[a]`, `{slot}`. A slot may
be filled by words, by a `Named` phrase, or by a list of both.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypeVar

from ..planner.questions.wording import Leaf, fill, split, wordings
from .said import Mention

__all__ = ["Named", "Part", "Voice", "number_word", "sentence"]

T = TypeVar("T")
Part: TypeAlias = "str | Leaf | list[str | Leaf]"

_FOLDER = Path(__file__).parent / "wordings"
_FILES = ("stills", "clips")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Named(Leaf):
    """A phrase that means things of a picture."""

    __slots__ = ("picture", "things")

    def __init__(self, text: str, picture: int, things: tuple[int, ...]) -> None:
        super().__init__(text)
        self.picture, self.things = picture, things


@cache
def _book() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in _FILES:
        found |= wordings(file, _FOLDER)
    return found


class Voice:
    """Random choices of words; with `unseen` it uses the wordings held out from training where there are some."""

    def __init__(self, rng: random.Random, *, unseen: bool = False) -> None:
        self.rng = rng
        self.unseen = unseen

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def say(self, heading: str, **slots: Part) -> list[str | Leaf]:
        """One wording under a heading, filled."""
        seen, held = split(_book()[heading])
        options = held if self.unseen and held else seen
        return list(fill(self.rng, self.pick(options), slots))  # type: ignore[arg-type]  # no marks among the slots


def number_word(count: int) -> str:
    """ "no", "one", ... "twelve", then digits."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


_TIGHT = re.compile(r"^[,.;:?!']")


def sentence(pieces: Sequence[str | Leaf], side: str, end: str = "") -> tuple[str, tuple[Mention, ...]]:
    """The text of pieces, its first letter large when it ends in a mark, and the mentions in it.

    Marks stand against the word before them; "a" becomes "an" before a vowel.
    """
    text = ""
    mentions = []
    for piece in pieces:
        word = piece.text if isinstance(piece, Leaf) else piece
        if not word:
            continue
        if text.endswith(" a") or text == "a":
            text += "n" if word[0].lower() in "aeiou" and not word.startswith("one ") else ""
        text += "" if not text or _TIGHT.match(word) else " "
        if isinstance(piece, Named) and piece.things:
            mentions.append(
                Mention(
                    side=side, start=len(text), end=len(text) + len(word), picture=piece.picture, things=piece.things
                )
            )
        text += word if isinstance(piece, Named) else _articled(word)
    text = text + end
    if end:
        text = text[:1].upper() + text[1:]
    return text, tuple(mentions)


def _articled(word: str) -> str:
    """Literal words with "a" before a vowel mended, and marks against the word before them."""
    return re.sub(r" (?=[,;:])", "", re.sub(r"\b(a) (?=[aeiou])(?!one\b)", "an ", word))
