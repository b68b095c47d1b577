"""Question text -> tokens with places, and hashed spelling features that need no dictionary.

Words are cut at white space, punctuation and apostrophes; each token remembers where it stood, so that a span of
tokens gives back the exact original text.  A word the vocabulary does not know is still described by its letters.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_TOKENS = 72
BUCKETS = 4096  # hashed letter groups; bucket 0 is padding
SHAPES = 8
# The dashes and quotation marks that people and phones type, made plain, one character for one.
PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u00a0": " ",
        "\u00ab": '"',
        "\u00bb": '"',
        "`": "'",
        "\u00b4": "'",
    }
)
_TOKEN = re.compile(
    r"\d+(?:st|nd|rd|th)\b|\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:-[^\W\d_]+)*|(?<=[a-zA-Z])'[a-zA-Z]{1,2}\b|\w|[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark, lower-cased, and its place in the question (character offsets)."""

    word: str
    start: int
    end: int
    shape: int


def _shape(text: str, quoted: bool) -> int:
    """0 plain, 1 capitalised, 2 all capitals, 3 number, 4 mark; 5-7 the first three and numbers inside quotes."""
    if text[0].isdigit():
        return 7 if quoted else 3
    if not text[0].isalpha():
        return 4
    if quoted:
        return 6 if text[0].isupper() else 5
    if len(text) > 1 and text.isupper():
        return 2
    return 1 if text[0].isupper() else 0


def tokenize(question: str) -> list[Token]:
    """The tokens of a question, at most `MAX_TOKENS`; later text is left out."""
    text = question.translate(PLAIN)
    tokens: list[Token] = []
    quoted = False
    for found in _TOKEN.finditer(text):
        piece = found.group()
        if piece == '"' or (piece == "'" and _opens_or_closes(text, found.start(), quoted)):
            quoted = not quoted
            tokens.append(Token('"', found.start(), found.end(), 4))
        else:
            tokens.append(Token(piece.lower(), found.start(), found.end(), _shape(piece, quoted)))
        if len(tokens) == MAX_TOKENS:
            break
    return tokens


def _opens_or_closes(text: str, place: int, quoted: bool) -> bool:
    """Whether an apostrophe is a quotation mark: it touches a word on one side only."""
    before = text[place - 1 : place].isalnum()
    after = text[place + 1 : place + 2].isalnum()
    return (quoted and before) or (not quoted and after and not before)


def source(question: str, tokens: Sequence[Token], start: int, end: int) -> str:
    """The original text of tokens `start` up to `end`."""
    return question[tokens[start].start : tokens[end - 1].end]


@lru_cache(maxsize=65536)
def letter_groups(word: str) -> tuple[int, ...]:
    """Hashed groups of three letters of a word (with its edges marked), then its last two; at most 16 ids."""
    marked = f"^{word}$"
    groups = [marked[i : i + 3] for i in range(max(1, len(marked) - 2))][:15]
    groups.append("~" + word[-2:])
    return tuple(1 + zlib.crc32(group.encode()) % (BUCKETS - 1) for group in groups)
