"""WUPS: how near an answer's words are to the right ones (Malinowski and Fritz, 2014, https://arxiv.org/abs/1410.0210).

The nearness of two words is Wu and Palmer's in WordNet; below a threshold it counts a tenth. NExT-QA scores its open
answers by a measure of the same name that differs in what is a word and in what no word is near to; both stand here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import prod
from typing import Any

from .wordnet import load_wordnet

__all__ = ["Nearness", "OpenAnswers", "of_wordnet", "wups"]

Nearness = Callable[[str, str], float]

# Words that carry grammar alone; those of place, time and number stay, since answers to "where" and "when" are made of
# them.
_GRAMMAR_TEXT = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
itself they them their theirs themselves what which who whom this that these those am is are was were be been being
have has had having do does did doing a an the and but if or because as until while to from of at for with about into
through during again further then here there when where why how all any each most other some such only own so than too
very can will just should now
"""
_GRAMMAR = frozenset(_GRAMMAR_TEXT.split())


def wups(given: str, answers: Sequence[str], nearness: Nearness, *, threshold: float = 0.0) -> float:
    """The best WUPS of an answer against any of the right ones, 0 to 1.

    Args:
        nearness: of two different words, 0 to 1, as `of_wordnet` gives it.
        threshold: 0 counts every nearness, 0.9 only near synonyms.
    """
    return max((_wups(given.lower().split(), a.lower().split(), nearness, threshold) for a in answers), default=0.0)


def _wups(said: Sequence[str], right: Sequence[str], nearness: Nearness, threshold: float) -> float:
    if not said or not right:
        return 0.0
    sides = ((said, right), (right, said))
    return min(prod(_nearest(words, others, nearness, threshold)) for words, others in sides)


def _nearest(words: Iterable[str], others: Sequence[str], nearness: Nearness, threshold: float) -> list[float]:
    """Of each word, how near the nearest of the others is."""

    def near(one: str, other: str) -> float:
        value = 1.0 if one == other else nearness(one, other)
        return value if value >= threshold else 0.1 * value

    return [max(near(word, other) for other in others) for word in words]


def of_wordnet() -> Nearness:
    """Wu and Palmer's similarity over WordNet's nouns, of the meanings that lie nearest.

    Raises:
        MissingDependency, ExpertUnavailable: as `load_wordnet`.
    """
    wordnet = load_wordnet()

    @lru_cache(maxsize=100_000)
    def nearness(one: str, other: str) -> float:
        pairs = ((a, b) for a in wordnet.synsets(one, "n") for b in wordnet.synsets(other, "n"))
        return max((float(a.wup_similarity(b) or 0.0) for a, b in pairs), default=0.0)

    return nearness


class OpenAnswers:
    """The WUPS of NExT-QA's open form (Xiao et al., 2021, https://arxiv.org/abs/2105.08276).

    Words are compared in their base form and without grammatical ones, by the commonest meaning of each, of whatever
    part of speech; a word that nothing is near to does not count. The authors find base forms with a part-of-speech
    tagger. Here a word's base form is the shortest that WordNet's rules give it, so scores differ a little from theirs.

    Raises:
        MissingDependency, ExpertUnavailable: as `load_wordnet`.
    """

    def __init__(self) -> None:
        self._wordnet = load_wordnet()
        self._near = lru_cache(maxsize=100_000)(self._nearness)

    def score(self, given: str, answers: Sequence[str], *, threshold: float = 0.0, literal: bool = False) -> float:
        """The best score of an answer against any of the right ones, 0 to 1; `literal` for right or wrong."""
        said = self.words(given)
        rights = [self.words(answer) for answer in answers]
        if literal:
            return float(said in rights)
        return max((self._one(said, right, threshold) for right in rights), default=0.0)

    def words(self, text: str) -> list[str]:
        """The words that are compared."""
        plain = [self._base(word) for word in re.findall(r"[\w']+", text.lower())]
        return [word for word in plain if word not in _GRAMMAR]

    def _base(self, word: str) -> str:
        forms: list[Any] = [self._wordnet.morphy(word, kind) for kind in "nvar"]
        return min((form for form in forms if form), key=len, default=word)

    def _nearness(self, one: str, other: str) -> float:
        meanings = [self._wordnet.synsets(word) for word in (one, other)]
        return float(meanings[0][0].wup_similarity(meanings[1][0]) or 0.0) if all(meanings) else 0.0

    def _one(self, said: Sequence[str], right: Sequence[str], threshold: float) -> float:
        if not said or not right:
            return 0.0
        sides = []
        for words, others in ((said, right), (right, said)):
            near = [value for value in _nearest(words, others, self._near, threshold) if value]
            sides.append(prod(near) if near else 0.0)
        return min(sides)
