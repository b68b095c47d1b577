"""The accuracy of VQA (Antol et al., 2015, https://arxiv.org/abs/1505.00468; rules at https://visualqa.org/evaluation).

An answer counts fully when three of the other people gave it: the mean, over each of the people left out in turn, of
min(1, others who said so / 3). Answers are compared without articles, case and most punctuation, with number words as
digits and contractions with their apostrophe. The reference program leaves answers as they are where all people agree;
here both sides are always treated, so that "Yes." is as right as "yes" there too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....tools.errors import BadRequest

__all__ = ["normalised", "soft_accuracy"]

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
_ARTICLES = {"a", "an", "the"}
_CONTRACTED = [
    "ain't",
    "aren't",
    "can't",
    "could've",
    "couldn't",
    "didn't",
    "doesn't",
    "don't",
    "hadn't",
    "hasn't",
    "haven't",
    "he'd",
    "he's",
    "how'd",
    "how'll",
    "how's",
    "isn't",
    "it'd",
    "it'll",
    "ma'am",
    "might've",
    "mightn't",
    "must've",
    "mustn't",
    "needn't",
    "not've",
    "o'clock",
    "oughtn't",
    "shan't",
    "she's",
    "should've",
    "shouldn't",
    "somebody'd",
    "someone'd",
    "someone's",
    "something's",
    "that's",
    "there'd",
    "there're",
    "there's",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "wasn't",
    "we've",
    "weren't",
    "what'll",
    "what're",
    "what's",
    "what've",
    "when's",
    "where'd",
    "where's",
    "who'd",
    "who'll",
    "who's",
    "who've",
    "why'll",
    "why're",
    "why's",
    "won't",
    "would've",
    "wouldn't",
    "y'all",
    "you'd",
    "you'll",
    "you're",
    "you've",
]
_WITH_APOSTROPHE = {word.replace("'", ""): word for word in _CONTRACTED}
_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_BETWEEN_DIGITS = re.compile(r"\d,\d")
_PERIOD = re.compile(r"\.(?!\d)")


def normalised(answer: str) -> str:
    """The answer as it is compared.

    >>> normalised("The two dogs, dont they?")
    "2 dogs don't they"
    """
    text = answer.replace("\n", " ").replace("\t", " ").strip()
    kept = text
    for mark in _PUNCTUATION:
        beside_space = f"{mark} " in text or f" {mark}" in text
        # A mark inside a word parts it, one beside a space or in 1,000 just goes.
        kept = kept.replace(mark, "" if beside_space or _BETWEEN_DIGITS.search(text) else " ")
    words = [_NUMBERS.get(word, word) for word in _PERIOD.sub("", kept).lower().split()]
    return " ".join(_WITH_APOSTROPHE.get(word, word) for word in words if word not in _ARTICLES)


def soft_accuracy(given: str, answers: Sequence[str]) -> float:
    """The accuracy of an answer, 0 to 1, against what people answered.

    Raises:
        BadRequest: when nobody answered.
    """
    if not answers:
        raise BadRequest("an answer cannot be judged by what nobody said")
    wanted = normalised(given)
    same = [normalised(answer) == wanted for answer in answers]
    said = sum(same)
    if len(same) == 1:
        return float(same[0])
    return sum(min(1.0, (said - one) / 3) for one in same) / len(same)
