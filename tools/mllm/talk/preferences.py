"""Preference pairs: the right answer to a talk's last turn beside a plausible wrong one, and what is wrong with it.

Wrong answers are wrong by one thing: a count off by one, one attribute, the neighbour instead, another text of the same
picture or one much like it, the other side, yes for no.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..scenes.lettering import NUMBERS, PRINTED_WORDS
from ..scenes.world import ALL_SHAPES, WORDS
from .facts import ATTRIBUTES, View
from .naming import OTHER_WORDS, name
from .said import Talk
from .speech import Voice, number_word, sentence

__all__ = ["preference"]

_OPPOSITE = {"left": "right", "right": "left", "from the left": "from the right", "from the right": "from the left"}
_OPPOSITE |= {"the first": "the second", "the second": "the first", "yes": "no", "no": "yes"}
_OPPOSITE |= {"the first picture": "the second picture", "the second picture": "the first picture"}
_COUNTS = {number_word(count): count for count in range(1, 13)}
_VALUES = WORDS | {"shape": ALL_SHAPES}
_MEANING = {
    word: (attribute, value)
    for attribute, values in _VALUES.items()
    for value in values
    for word in OTHER_WORDS.get(value, (value,))
}


def preference(voice: Voice, made: Talk, views: Sequence[View]) -> Talk | None:
    """The talk as a pair, or None where no plausible wrong answer is at hand."""
    last = made.turns[-1]
    if "<region>" in last.answer or made.rejected is not None:
        return None
    wrong = _wrong(voice, made, views)
    if wrong is None or wrong[0] == last.answer:
        return None
    return replace(made, task="prefer", rejected=wrong[0], flaw=wrong[1])


def _wrong(voice: Voice, made: Talk, views: Sequence[View]) -> tuple[str, str] | None:
    answer, view = made.turns[-1].answer, views[made.pictures[0]]
    texts = set(view.readable.values())
    if answer in texts:
        return _other_text(voice, answer, texts), "text"
    if answer.isdigit():
        count = int(answer)
        return str(count + voice.pick((1, -1)) if count else 1), "count"
    if answer in _OPPOSITE:
        return _OPPOSITE[answer], "opposite"
    for attribute, values in _VALUES.items():
        if answer in values:
            pool = sorted({view.value(k, attribute) for k in view.present} - {answer}) or [
                v for v in values if v != answer
            ]
            return voice.pick(pool), attribute
    meant = [m for m in made.turns[-1].mentions if m.side == "answer"]
    whole = len(meant) == 1 and meant[0].end == len(answer) and answer.startswith("the ")
    if whole and len(meant[0].things) == 1:
        others = [k for k in view.present if k != meant[0].things[0] and k not in _asked_about(made)]
        said = name(voice, view, voice.pick(others)) if others else None
        return None if said is None else (sentence(said, "answer")[0], "neighbour")
    return _by_one_word(voice, made, answer)


def _asked_about(made: Talk) -> set[int]:
    return {k for m in made.turns[-1].mentions if m.side == "question" for k in m.things}


def _other_text(voice: Voice, answer: str, texts: set[str]) -> str:
    others = sorted(texts - {answer})
    if others and voice.chance(0.5):
        return voice.pick(others)
    pool = NUMBERS if answer.isdigit() else PRINTED_WORDS
    like = [word for word in pool if word != answer.lower() and abs(len(word) - len(answer)) <= 1]
    near = sorted(like, key=lambda word: -sum(a == b for a, b in zip(word, answer.lower(), strict=False)))[:6]
    word = voice.pick(near)
    return word.upper() if answer.isupper() else word.capitalize() if answer[0].isupper() else word


def _by_one_word(voice: Voice, made: Talk, answer: str) -> tuple[str, str] | None:
    """A sentence or phrase with one counted number off by one, or one attribute of one thing changed."""
    if made.family == "caption" and voice.chance(0.5):
        counted = [m for m in re.finditer(r"[a-z]+", answer) if _COUNTS.get(m.group(), 0) > 1]
        if counted:
            spot = voice.pick(counted)
            count = _COUNTS[spot.group()]
            # to one would need another noun
            other = number_word(count + (1 if count == 2 else voice.pick((1, -1))))
            return answer[: spot.start()] + other + answer[spot.end() :], "count"
    if made.family.startswith("compare.change") or made.family in ("clip.caption", "answer.end"):
        return None
    spots = []
    for mention in made.turns[-1].mentions:
        if mention.side == "answer":
            for found in re.finditer(r"[a-z]+", answer[mention.start : mention.end]):
                if found.group() in _MEANING:
                    spots.append((mention.start + found.start(), found.group()))
    if not spots:
        return None
    start, word = voice.pick(spots)
    attribute, value = _MEANING[word]
    assert attribute in ATTRIBUTES
    other = voice.pick([v for v in WORDS[attribute] if v != value])
    return answer[:start] + other + answer[start + len(word) :], attribute
