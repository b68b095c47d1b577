"""`select_answer` without a language model: the option whose words the collected information repeats.

It understands nothing; it weighs rare words over common ones and says so with a confidence that is never above one
half.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..capabilities import SelectAnswer
from ..results import Words
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["LexicalChoice"]

_IDLE = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "did", "for", "from", "had", "has",
        "have", "he", "her", "his", "in", "is", "it", "its", "of", "on", "or", "she", "that", "the",
        "their", "them", "they", "this", "to", "was", "were", "what", "when", "where", "which", "who",
        "why", "will", "with",
    }
)  # fmt: skip
_MOST_SURE = 0.5


@register
class LexicalChoice(Expert):
    """Chooses the option that shares most words with the information."""

    name = "lexical-choice"
    capabilities = ("select_answer",)
    version = "1"
    packages = ()
    thread_safe = True
    limits = "Counts shared words and understands nothing; its confidence is never above 0.5."

    def serve(self, request: ExpertRequest) -> Words:
        asked = request.arguments
        assert isinstance(asked, SelectAnswer)
        if asked.options is None:
            return _from_facts(asked.info, asked.question)
        yes_no = _yes_or_no(asked.info, asked.options)
        if yes_no is not None:
            return Words(text=yes_no, confidence=_MOST_SURE)
        told = _told(asked.info)
        options = [set(_words(option)) for option in asked.options]
        shared_by = Counter(word for option in options for word in option)
        # A word that every option has says nothing; one that a single option has says most.
        weight = {word: math.log(1 + len(options) / count) for word, count in shared_by.items()}
        scores = [
            sum(weight[word] * min(told[word], 3) for word in option if word in told) / math.sqrt(1 + len(option))
            for option in options
        ]
        best = max(range(len(scores)), key=lambda i: (scores[i], -i))
        total = sum(scores)
        sure = min(_MOST_SURE, scores[best] / total) if total > 0 else 1 / len(options) / 2
        return Words(text=asked.options[best], confidence=round(sure, 3))


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _words(text: str) -> list[str]:
    return [_stem(word) for word in re.findall(r"\w+", text.lower()) if word not in _IDLE]


def _told(info: dict[str, Any]) -> Counter[str]:
    """How often each word is told; a fact that is False, None or empty tells nothing, a true one tells its name."""
    told: Counter[str] = Counter()
    for name, value in info.items():
        if value is False or value is None or value == "" or value == []:
            continue
        told.update(_words(name) if value is True else _words(" ".join(_texts(value))))
    return told


def _texts(value: Any) -> Iterable[str]:
    return (str(v) for v in value) if isinstance(value, list) else (str(value),)


def _yes_or_no(info: dict[str, Any], options: list[str]) -> str | None:
    plain = {option.strip().lower(): option for option in options}
    verdicts = [value for value in info.values() if isinstance(value, bool)]
    if set(plain) != {"yes", "no"} or len(verdicts) != 1:
        return None
    return plain["yes" if verdicts[0] else "no"]


def _from_facts(info: dict[str, Any], question: str) -> Words:
    if not info:
        return Words(text="", confidence=0.0)
    wanted = set(_words(question))
    name = max(info, key=lambda key: len(wanted & set(_words(key))))
    value = info[name]
    text = (
        {True: "yes", False: "no"}[value]
        if isinstance(value, bool)
        else ", ".join(_texts("" if value is None else value))
    )
    return Words(text=text, confidence=_MOST_SURE if len(info) == 1 else 0.25)
