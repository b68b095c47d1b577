"""How people type: case, British and American spelling, contractions, slips; and where every copied piece ends up.

`typed` strings the pieces of a question together and tokenizes the result, so that each leaf learns its span of tokens.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ..tokens import MAX_TOKENS, Token, tokenize
from .wording import Leaf, Mark, Piece

_CONTRACTIONS = (
    ("what is", "what's"),
    ("where is", "where's"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("there is", "there's"),
    ("that is", "that's"),
    ("who is", "who's"),
    ("does not", "doesn't"),
    ("i would", "i'd"),
    ("do not", "don't"),
    ("it is", "it's"),
    ("what are", "what're"),
)
_SPELLINGS = {
    "color": "colour",
    "colors": "colours",
    "gray": "grey",
    "center": "centre",
    "colored": "coloured",
    "favorite": "favourite",
}
_CHAT_SPELLING = {
    "you": "u",
    "are": "r",
    "please": "pls",
    "picture": "pic",
    "what": "wat",
    "thanks": "thx",
    "people": "ppl",
    "your": "ur",
    "why": "y",
    "and": "&",
    "pictures": "pics",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_INSTEAD_OF_THE = ("this", "that", "that", "my", "her", "his", "their", "", "a", "a")
_ENDINGS = ("?", "?", "?", "?", "", "", ".", " ?", "??")


@dataclass(frozen=True, slots=True)
class Typed:
    """A question as typed, its tokens, and the tokens (start, end) of every leaf."""

    question: str
    tokens: list[Token]
    spans: dict[Leaf, tuple[int, int]]


class _Line:
    """A question while it is being typed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.british = rng.random() < 0.25
        self.contract = 0.35 if rng.random() < 0.4 else 0.0
        self.slips = 0.12 if rng.random() < 0.06 else 0.0
        self.style = rng.random()  # capitalised, as is, all capitals
        self.text = ""
        self.places: dict[Leaf, tuple[int, int]] = {}  # characters
        self._opened: dict[Leaf, int] = {}

    def mark(self, mark: Mark) -> None:
        if mark.opening:
            self._opened[mark.leaf] = len(self.text)
        else:
            self.places[mark.leaf] = (self._opened[mark.leaf], len(self.text))

    def leaf(self, leaf: Leaf) -> None:
        words = leaf.text
        if leaf.kind == "name":
            words = _literal(self.rng, words, british=self.british, contract=0.0, slips=self.slips / 3)
        self._space(words)
        self.places[leaf] = (len(self.text), len(self.text) + len(words))
        self.text += words

    def literal(self, text: str, following: Leaf | None) -> None:
        words = _literal(self.rng, text, british=self.british, contract=self.contract, slips=self.slips)
        if following is not None and words.endswith(" the") and self.rng.random() < 0.05:
            words = (words[:-3] + self.rng.choice(_INSTEAD_OF_THE)).rstrip(" ")
        words = _articles(words, "" if following is None else following.text)
        for mark in (",", ";", ":", "?", "'s"):
            words = words.replace(f" {mark}", mark)
        if _clings(words):
            self.text = self.text.rstrip(" ")
        self._space(words)
        self.text += words

    def _space(self, words: str) -> None:
        if self.text and not self.text.endswith(" ") and not _clings(words):
            self.text += " "

    def finish(self) -> str:
        """The whole line with its case and final mark."""
        text, self.places = _tighten(self.text, self.places)
        if self.style < 0.6:
            text = text[:1].upper() + text[1:]
        elif self.style > 0.985 and len(text.upper()) == len(text):
            text = text.upper()
        if not text.endswith("?"):
            text += self.rng.choice(_ENDINGS) if self.rng.random() < 0.9 else ""
        if ";" in text and self.rng.random() < 0.4:
            text = text.replace(";", self.rng.choice((".", ",", ":")), 1)
        return text


def typed(rng: random.Random, pieces: Sequence[Piece]) -> Typed | None:
    """The pieces of a question as somebody types them; None when that is longer than the model reads."""
    line = _Line(rng)
    flat: list[Piece] = []
    for piece in pieces:  # neighbouring literals are one text, so that contractions and articles see across them
        if isinstance(piece, str) and flat and isinstance(flat[-1], str):
            flat[-1] = f"{flat[-1]} {piece}"
        else:
            flat.append(piece)
    for index, piece in enumerate(flat):
        if isinstance(piece, Mark):
            line.mark(piece)
        elif isinstance(piece, Leaf):
            line.leaf(piece)
        else:
            following = next((p for p in flat[index + 1 :] if not isinstance(p, Mark)), None)
            line.literal(piece, following if isinstance(following, Leaf) else None)
    question = line.finish()
    tokens = tokenize(question)
    if len(tokens) >= MAX_TOKENS:
        return None
    spans: dict[Leaf, tuple[int, int]] = {}
    for leaf, (start, end) in line.places.items():
        inside = [i for i, token in enumerate(tokens) if token.start < end and token.end > start]
        if not inside:
            return None
        spans[leaf] = (inside[0], inside[-1] + 1)
    return Typed(question, tokens, spans)


def _clings(words: str) -> bool:
    """Whether the words follow without a space."""
    return words.startswith("'s") or words[:1] in ",;:?"


def _slip(rng: random.Random, word: str) -> str:
    """One typing slip."""
    at = rng.randrange(len(word))
    kind = rng.random()
    if kind < 0.3 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.55:
        return word[:at] + word[at + 1 :]
    if kind < 0.8:
        return word[:at] + rng.choice(_LETTERS) + word[at:]
    return word[:at] + word[at] + word[at:]


def _literal(rng: random.Random, text: str, *, british: bool, contract: float, slips: float) -> str:
    if contract:
        for long, short in _CONTRACTIONS:
            if long in text and rng.random() < contract:
                text = text.replace(long, short if rng.random() < 0.75 else short.replace("'", ""), 1)
    if not british and not slips:
        return text
    words = text.split(" ")
    for index, word in enumerate(words):
        if slips and word in _CHAT_SPELLING and rng.random() < 0.5:
            words[index] = _CHAT_SPELLING[word]
        elif british and word in _SPELLINGS:
            words[index] = _SPELLINGS[word]
        elif slips and len(word) > 3 and word.isalpha() and rng.random() < slips:
            words[index] = _slip(rng, word)
    return " ".join(words)


def _articles(words: str, following: str) -> str:
    """ "a" before a vowel becomes "an", inside the words and before what follows them."""
    out = words.split(" ")
    for i, word in enumerate(out):
        if word == "a":
            after = out[i + 1] if i + 1 < len(out) else following
            if after[:1].lower() in "aeiou" and after:
                out[i] = "an"
    return " ".join(out)


def _tighten(text: str, places: dict[Leaf, tuple[int, int]]) -> tuple[str, dict[Leaf, tuple[int, int]]]:
    """Draw quotation marks up to what they quote (a word joiner stands where the space goes)."""
    while (at := text.find("\u2060")) >= 0:
        start, end = at, at + 1
        if text[start - 1 : start] == " ":
            start -= 1
        if text[end : end + 1] == " ":
            end += 1
        gap = end - start

        def moved(place: int, start: int = start, end: int = end, gap: int = gap) -> int:
            return place if place <= start else max(start, place - gap) if place >= end else start

        text = text[:start] + text[end:]
        places = {leaf: (moved(a), moved(b)) for leaf, (a, b) in places.items()}
    return text, places
