"""How alike two questions are: BM25 over lightly stemmed words.

Enough for choosing among some dozens of short texts, where a vector model would cost a download. Word order and meaning
are not looked at.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; idf in the form that is
never negative.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

__all__ = ["Similarity", "stems"]

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_EMPTY_WORDS = frozenset(
    _WORD.findall(
        "a an the of in on at to and is are was were be been do does did this that these those it its there here you i "
        "we me my your please can could would picture image photo photograph video clip"
    )
)
_K1, _B = 1.2, 0.5
_LIGHT = 0.25  # weight of a word that is none of the telling ones


def stems(text: str) -> list[str]:
    """The words of a text in lower case without plural and verb endings, without words that say nothing."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY_WORDS]


def _stem(word: str) -> str:
    word = word.split("'")[0]
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + replacement
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word.removesuffix(ending).removesuffix("e")
    return word


class Similarity:
    """Scores a fixed set of texts against a query.

    Args:
        texts: what the query is compared with.
        telling: stems that say what kind of question it is; which things it is about matters less.
    """

    def __init__(self, texts: Sequence[str], *, telling: Collection[str]) -> None:
        self._counts = [Counter(stems(text)) for text in texts]
        lengths = [sum(counts.values()) for counts in self._counts]
        mean = sum(lengths) / len(lengths) if lengths else 0.0
        self._norms = [_K1 * (1 - _B + _B * length / mean) if mean else _K1 for length in lengths]
        seen_in = Counter(word for counts in self._counts for word in counts)
        total = len(self._counts)
        self._weights = {
            word: math.log(1 + (total - n + 0.5) / (n + 0.5)) * (1 if word in telling else _LIGHT)
            for word, n in seen_in.items()
        }

    def scores(self, query: str) -> list[float]:
        """One score per text, 0 where no word is shared; higher is more alike."""
        # Sorted, so that the sums and with them the prompt are the same in every process.
        words = sorted(set(stems(query)))
        return [
            sum(
                self._weights[word] * counts[word] * (_K1 + 1) / (counts[word] + norm) for word in words if counts[word]
            )
            for counts, norm in zip(self._counts, self._norms, strict=True)
        ]
