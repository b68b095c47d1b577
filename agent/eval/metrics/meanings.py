"""WUPS: how near an answer's words are to the right ones (Malinowski and Fritz, 2014, https://arxiv.org/abs/1410.0210).

The nearness of two words is Wu and Palmer's, over the nouns of WordNet; below a threshold it counts a tenth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import prod

from ....tools.errors import ExpertUnavailable, MissingDependency

__all__ = ["Nearness", "of_wordnet", "wups"]

Nearness = Callable[[str, str], float]


def wups(given: str, answers: Sequence[str], nearness: Nearness, *, threshold: float = 0.0) -> float:
    """The best WUPS of an answer against any of the right ones, 0 to 1.

    Args:
        nearness: of two different words, 0 to 1, as `of_wordnet` gives it.
        threshold: 0 counts every nearness, 0.9 only near synonyms.
    """
    return max((_wups(given, answer, nearness, threshold) for answer in answers), default=0.0)


def _wups(given: str, answer: str, nearness: Nearness, threshold: float) -> float:
    said, right = given.lower().split(), answer.lower().split()
    if not said or not right:
        return 0.0

    def near(one: str, other: str) -> float:
        value = 1.0 if one == other else nearness(one, other)
        return value if value >= threshold else 0.1 * value

    def covered(words: Iterable[str], others: Sequence[str]) -> float:
        return prod(max(near(word, other) for other in others) for word in words)

    return min(covered(said, right), covered(right, said))


def of_wordnet() -> Nearness:
    """Wu and Palmer's similarity over WordNet's nouns.

    Raises:
        MissingDependency: without NLTK.
        ExpertUnavailable: without WordNet, which NLTK fetches.
    """
    try:
        from nltk.corpus import wordnet
    except ImportError as error:
        raise MissingDependency("WUPS", "nltk", extra="eval") from error
    try:
        wordnet.ensure_loaded()
    except LookupError as error:
        raise ExpertUnavailable("WUPS needs WordNet: python -m nltk.downloader wordnet") from error

    @lru_cache(maxsize=100_000)
    def nearness(one: str, other: str) -> float:
        pairs = ((a, b) for a in wordnet.synsets(one, "n") for b in wordnet.synsets(other, "n"))
        return max((float(a.wup_similarity(b) or 0.0) for a, b in pairs), default=0.0)

    return nearness
