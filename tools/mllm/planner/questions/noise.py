# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""How people type: politeness, case, spelling, contractions, slips; and the final string with its token spans."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ..tokens import MAX_TOKENS, Token, tokenize
from .things import Asked
from .wording import Leaf, Mark, Piece

_TELL = (
    "can you tell me",
    "could you tell me",
    "tell me",
    "please tell me",
    "i want to know",
    "i would like to know",
    "do you know",
    "can you see",
    "could you please tell me",
    "i wonder",
    "let me know",
    "i 'd like to know",
    "would you tell me",
    "i need to know",
    "can you say",
    "say",
    "find out",
    "i 'd love to know",
    "can you figure out",
    "please check",
    "i was wondering",
    "i was just wondering",
    "would you mind telling me",
    "could you check",
    "any idea",
    "can you determine",
    "help me find out",
    "what i want to know is",
)
_PLEASE_BEFORE = (
    "please",
    "please",
    "can you",
    "could you",
    "could you please",
    "can you please",
    "would you",
    "i want you to",
    "now",
    "just",
    "i need you to",
    "would you please",
    "kindly",
    "go ahead and",
    "you should",
)
_QUESTION_BEFORE = (
    "please tell me ,",
    "tell me ,",
    "can you tell me ,",
    "quick question :",
    "hey ,",
    "hi ,",
    "question :",
    "in (this|the) picture ,",
    "so ,",
    "ok ,",
    "look at the picture :",
    "i have a question :",
    "please ,",
    "excuse me ,",
    "well ,",
    "and",
    "hello ,",
    "now",
    "yo",
    "hmm ,",
    "alright ,",
    "um ,",
    "ok so",
    "looking at this image ,",
)
_PLACE_BEFORE = (
    "in this picture ,",
    "in the image ,",
    "in this photo ,",
    "in this image ,",
    "in the picture ,",
    "on this picture ,",
    "from the image ,",
    "based on the picture ,",
    "here ,",
    "in the scene ,",
    "in this scene ,",
)
_PLACE_AFTER = (
    "in the picture",
    "in this picture",
    "in the image",
    "in this photo",
    "here",
    "in this image",
    "in the photo",
    "on the picture",
    "in the scene",
    "shown here",
    "in this scene",
    "in this pic",
)
_AFTER = (", please", "please", "thanks", ", thank you", "thx", ", can you tell me", "? thanks", "exactly")
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
_KEEP = frozenset("a i in on is it to of no or and not be".split())


def polite(rng: random.Random, asked: Asked) -> list[Piece]:
    """Frame a question the way its form asks for: "~" needs "tell me", "!" may take "please"."""
    pieces = asked.pieces
    roll = rng.random()
    if asked.form == "~":
        return [rng.choice(_TELL), *pieces, *([rng.choice(_AFTER)] if roll < 0.08 else [])]
    if asked.form == "-":
        return pieces
    if asked.form == "!":
        if roll < 0.3:
            return [rng.choice(_PLEASE_BEFORE), *pieces]
        return [*pieces, rng.choice(_AFTER)] if roll < 0.36 else pieces
    declined = str(asked.plan[0]).startswith("decline")
    if roll < 0.08 and not declined:
        return [rng.choice(_PLACE_BEFORE), *pieces]
    if roll < 0.14:
        return [rng.choice(_QUESTION_BEFORE).replace("(this|the)", "this"), *pieces]
    if roll < 0.21 and not declined and not _ends_in_question(pieces):
        return [*pieces, rng.choice(_PLACE_AFTER)]
    return [*pieces, rng.choice(_AFTER)] if roll < 0.25 else pieces


def _ends_in_question(pieces: Sequence[Piece]) -> bool:
    return bool(pieces) and isinstance(pieces[-1], Mark)


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


def typed(rng: random.Random, pieces: Sequence[Piece]) -> tuple[str, list[Token], dict[Leaf, tuple[int, int]]] | None:
    """The question as one string, its tokens, and the token span of every leaf.

    Returns None when the question is longer than the model reads.
    """
    british = rng.random() < 0.25
    contract = 0.35 if rng.random() < 0.4 else 0.0
    slips = 0.12 if rng.random() < 0.06 else 0.0
    style = rng.random()  # capitalised, as is, all capitals
    text = ""
    places: dict[Leaf, tuple[int, int]] = {}
    opened: dict[Leaf, int] = {}
    flat: list[Leaf | Mark | str] = []
    for piece in pieces:  # neighbouring literals are one text, so that contractions and articles see across them
        if isinstance(piece, str) and flat and isinstance(flat[-1], str):
            flat[-1] = f"{flat[-1]} {piece}"
        else:
            flat.append(piece)
    for index, piece in enumerate(flat):
        if isinstance(piece, Mark):
            if piece.opening:
                opened[piece.leaf] = len(text)
            else:
                places[piece.leaf] = (opened[piece.leaf], len(text))
            continue
        if isinstance(piece, Leaf):
            words = piece.text
            if piece.kind == "name":
                words = _literal(rng, words, british=british, contract=0.0, slips=slips / 3)
        else:
            words = _literal(rng, piece, british=british, contract=contract, slips=slips)
            following = next((p for p in flat[index + 1 :] if not isinstance(p, Mark)), None)
            if isinstance(following, Leaf) and words.endswith(" the") and rng.random() < 0.05:
                words = words[:-3] + rng.choice(("this", "that", "that", "my", "her", "his", "their", "", "a", "a"))
                words = words.rstrip(" ")
            words = _articles(words, following.text if isinstance(following, Leaf) else "")
            words = (
                words.replace(" ,", ",").replace(" ;", ";").replace(" :", ":").replace(" ?", "?").replace(" 's", "'s")
            )
            if words.startswith("'s") or words[:1] in ",;:?":
                text = text.rstrip(" ")
        if text and not text.endswith(" ") and not (words.startswith("'s") or words[:1] in ",;:?"):
            text += " "
        if isinstance(piece, Leaf):
            places[piece] = (len(text), len(text) + len(words))
        text += words
    text, places = _tighten(text, places)
    if style < 0.6:
        text = text[:1].upper() + text[1:]
    elif style > 0.985 and text.upper().__len__() == len(text):
        text = text.upper()
    if not text.endswith("?"):
        text += rng.choice(("?", "?", "?", "?", "", "", ".", " ?", "??")) if rng.random() < 0.9 else ""
    if ";" in text and rng.random() < 0.4:
        text = text.replace(";", rng.choice((".", ",", ":", " -")[:3]), 1)
    tokens = tokenize(text)
    if len(tokens) >= MAX_TOKENS:
        return None
    spans: dict[Leaf, tuple[int, int]] = {}
    for leaf, (start, end) in places.items():
        inside = [i for i, token in enumerate(tokens) if token.start < end and token.end > start]
        if not inside:
            return None
        spans[leaf] = (inside[0], inside[-1] + 1)
    return text, tokens, spans


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
