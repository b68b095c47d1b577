"""What is read: the characters, their numbers, and the texts that the reader learns on.

Beside the words and numbers that scenes carry, it learns on strings that mean nothing, so that it reads letters and
does not guess words. Reading is blind to case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..scenes.lettering import PRINTED_WORDS

__all__ = ["ALPHABET", "BLANK", "LONGEST", "any_text", "encoded", "spelled"]

ALPHABET: Final[str] = "abcdefghijklmnopqrstuvwxyz0123456789"
BLANK: Final[int] = 0  # the score of no character; character k of the alphabet has number k + 1
LONGEST: Final[int] = 8  # characters that the reader learns on

_VOWELS, _CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"
_LIKE_DIGITS = frozenset("oilsz")  # a string of these alone could as well be a number


def encoded(text: str) -> list[int]:
    """The numbers of the characters of a text, whatever their case."""
    return [ALPHABET.index(character) + 1 for character in text.lower()]


def spelled(numbers: Sequence[int]) -> str:
    """The text of characters' numbers; blanks are no characters."""
    return "".join(ALPHABET[number - 1] for number in numbers if number != BLANK)


def any_text(rng: np.random.Generator, longest: int = LONGEST) -> str:
    """A word of the scenes, a number below 1000 or an invented string, in one of the three ways of case."""
    kind = rng.random()
    while True:
        if kind < 0.3:
            text = PRINTED_WORDS[rng.integers(len(PRINTED_WORDS))]
        elif kind < 0.55:
            text = str(rng.integers((10, 100, 100, 1000)[rng.integers(4)]))
        else:
            text = _invented(rng, longest)
        if len(text) <= longest:
            break
    return (text.upper(), text.upper(), text, text.capitalize())[rng.integers(4)]


def _invented(rng: np.random.Generator, longest: int) -> str:
    length = int(rng.integers(1, longest + 1))
    while True:
        if rng.random() < 0.5:
            text = "".join(chr(97 + int(k)) for k in rng.integers(26, size=length))
        else:  # sayable
            begin = int(rng.integers(2))
            kinds = [(_VOWELS, _CONSONANTS)[(begin + k + (rng.random() < 0.2)) % 2] for k in range(length)]
            text = "".join(kind[rng.integers(len(kind))] for kind in kinds)
        if not set(text) <= _LIKE_DIGITS:
            return text
