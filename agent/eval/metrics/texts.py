"""Texts against texts: BLEU (sacrebleu), METEOR (NLTK), CIDEr-D, word and character error rates (jiwer).

CIDEr has no library that installs without Java and is looked after, so it stands here as its paper defines it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

from ....tools.errors import BadRequest, MissingDependency
from .wordnet import wordnet_or_none

__all__ = ["bleu", "character_error_rate", "cider", "knows_synonyms", "meteor", "word_error_rate"]

_GRAMS = (1, 2, 3, 4)
_SIGMA = 6.0  # of the penalty on lengths that differ, in words

Grams = Counter[tuple[str, ...]]


def bleu(given: Sequence[str], answers: Sequence[Sequence[str]]) -> float:
    """BLEU-4 of a corpus, 0 to 1 (Papineni et al., 2002), as sacrebleu counts it.

    Args:
        answers: for each text, the right ones.

    Raises:
        BadRequest: when the lengths differ, or nothing is given.
        MissingDependency: without sacrebleu.
    """
    _check(given, answers)
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise MissingDependency("BLEU", "sacrebleu", extra="eval") from error
    most = max(map(len, answers))
    # sacrebleu wants as many references for each; the first once more changes no count
    columns = [[rights[k] if k < len(rights) else rights[0] for rights in answers] for k in range(most)]
    return float(BLEU(lowercase=True).corpus_score(list(given), columns).score) / 100


def meteor(given: Sequence[str], answers: Sequence[Sequence[str]]) -> float:
    """The mean METEOR of texts, 0 to 1 (Banerjee and Lavie, 2005), as NLTK counts it.

    Words match by form and by stem, and by meaning where `knows_synonyms`.

    Raises:
        BadRequest, MissingDependency: as `bleu`, for NLTK.
    """
    _check(given, answers)
    try:
        from nltk.translate.meteor_score import meteor_score
    except ImportError as error:
        raise MissingDependency("METEOR", "nltk", extra="eval") from error
    wordnet, scores = wordnet_or_none(), []
    for text, rights in zip(given, answers, strict=True):
        said, right = _words(text), [_words(one) for one in rights]
        scores.append(meteor_score(right, said, wordnet=_Synonyms(wordnet, [*said, *chain.from_iterable(right)])))
    return float(sum(scores) / len(scores))


def knows_synonyms() -> bool:
    """Whether METEOR has WordNet; without it, it is lower. Raises MissingDependency without NLTK."""
    return wordnet_or_none() is not None


class _Synonyms:
    """What NLTK's METEOR asks of WordNet, which here has an entry for each stem of these words.

    NLTK looks for synonyms of what its stemmer has left of a word and compares them with stems (`automobil`), of which
    WordNet knows few; so stems are given back their words, and synonyms are stemmed. Without WordNet no word has any.
    """

    def __init__(self, wordnet: Any | None, words: Sequence[str]) -> None:
        from nltk.stem.porter import PorterStemmer

        self._wordnet = wordnet
        self._stem = PorterStemmer().stem
        self._whole: dict[str, set[str]] = {}
        for word in words:
            self._whole.setdefault(self._stem(word), set()).add(word)

    def synsets(self, stem: str) -> list[_Meaning]:
        if self._wordnet is None:
            return []
        found = [synset for word in self._whole.get(stem, ()) for synset in self._wordnet.synsets(word)]
        return [_Meaning([self._stem(lemma.name()) for lemma in synset.lemmas()]) for synset in found]


class _Meaning:
    """A meaning with its words, in the shape in which NLTK asks for them."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def lemmas(self) -> list[_Word]:
        return [_Word(word) for word in self._words]


class _Word(str):
    def name(self) -> str:
        return str(self)


def cider(given: Sequence[str], answers: Sequence[Sequence[str]]) -> float:
    """CIDEr-D of a corpus, 0 to 10 (Vedantam et al., 2015, https://arxiv.org/abs/1411.5726, section 4 and 5.1).

    How rare n-grams are is counted over the right texts that are given, so one text alone scores 0.

    Raises:
        BadRequest: as `bleu`.
    """
    _check(given, answers)
    right = [[_grams(_words(text)) for text in texts] for texts in answers]
    seen: Grams = Counter()
    for texts in right:
        seen.update({gram for grams in texts for gram in grams})
    log_all = math.log(len(right))
    scores = []
    for text, rights in zip(given, right, strict=True):
        own = _grams(_words(text))
        scores.append(sum(_likeness(own, other, seen, log_all) for other in rights) / len(rights))
    return 10 * sum(scores) / len(scores)


def _likeness(own: Grams, other: Grams, seen: Grams, log_all: float) -> float:
    """The mean over lengths of n-grams of their clipped cosine, less where the texts differ in length."""

    def weight(gram: tuple[str, ...], count: int) -> float:
        return count * (log_all - math.log(max(1, seen[gram])))

    total = 0.0
    for n in _GRAMS:
        mine = {gram: weight(gram, count) for gram, count in own.items() if len(gram) == n}
        theirs = {gram: weight(gram, count) for gram, count in other.items() if len(gram) == n}
        norms = math.sqrt(sum(w * w for w in mine.values())) * math.sqrt(sum(w * w for w in theirs.values()))
        if norms:
            total += sum(min(mine[gram], theirs[gram]) * theirs[gram] for gram in mine if gram in theirs) / norms
    lengths = [sum(count for gram, count in grams.items() if len(gram) == 1) for grams in (own, other)]
    return total / len(_GRAMS) * math.exp(-((lengths[0] - lengths[1]) ** 2) / (2 * _SIGMA**2))


def word_error_rate(given: Sequence[str], right: Sequence[str]) -> float:
    """Words to insert, delete or change, over the words of the right texts; case and punctuation do not count.

    Raises:
        BadRequest: when the lengths differ, or a right text has no words.
        MissingDependency: without jiwer.
    """
    one, other = _spoken(given, right)
    return float(_jiwer().wer(other, one))


def character_error_rate(given: Sequence[str], right: Sequence[str]) -> float:
    """The same over characters; raises as `word_error_rate`."""
    one, other = _spoken(given, right)
    return float(_jiwer().cer(other, one))


def _spoken(given: Sequence[str], right: Sequence[str]) -> tuple[list[str], list[str]]:
    _check(given, [[text] for text in right])
    one, other = ([" ".join(_words(text)) for text in texts] for texts in (given, right))
    if not all(other):
        raise BadRequest("an error rate needs right texts with words in them")
    return one, other


def _jiwer() -> Any:
    try:
        import jiwer
    except ImportError as error:
        raise MissingDependency("an error rate", "jiwer", extra="eval") from error
    return jiwer


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def _grams(words: Sequence[str]) -> Grams:
    return Counter(tuple(words[k : k + n]) for n in _GRAMS for k in range(len(words) - n + 1))


def _check(given: Sequence[str], answers: Sequence[Sequence[str]]) -> None:
    if len(given) != len(answers):
        raise BadRequest(f"{len(given)} texts cannot be judged by {len(answers)} answers")
    if not given or not all(answers):
        raise BadRequest("a measure of texts needs texts, and a right one for each")
