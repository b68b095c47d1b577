"""Whether a noun phrase is true of an object of a stub world.

Phrases and worlds are compared word by word in one small vocabulary (words.json): singular, lower case, one word per
idea. A word not known to be true of the object makes the phrase false, so relations and superlatives never match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["ANYTHING", "FILLERS", "attribute_words", "describes", "is_generic", "names_of", "words_of"]

# same_word: what people and planners write -> the word that worlds use; kinds: what belongs to a wider word.
_WORDS = json.loads((Path(__file__).parent / "words.json").read_text())
_SAME_WORD: dict[str, str] = _WORDS["same_word"]
_KINDS: dict[str, list[str]] = _WORDS["kinds"]
ANYTHING, FILLERS, _NOT_PLURAL = (frozenset(_WORDS[key]) for key in ("anything", "fillers", "not_plural"))


def _stem(word: str) -> str:
    if word in _SAME_WORD:
        return _SAME_WORD[word]
    for plural, single in (
        ("ies", "y"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("xes", "x"),
        ("sses", "ss"),
        ("ses", "s"),
        ("s", ""),
    ):
        if word not in _NOT_PLURAL and len(word) > 3 and word.endswith(plural) and not word.endswith("ss"):
            if plural == "ses" and word[:-1] not in _NOT_PLURAL and word[:-2] not in _NOT_PLURAL:
                word = word[:-1]
            else:
                word = word[: -len(plural)] + single
            break
    return _SAME_WORD.get(word, word)


def words_of(text: str) -> list[str]:
    """The words of a phrase in the worlds' own vocabulary: lower case, singular, one word per idea."""
    return [
        _stem(word)
        for word in re.findall(r"[a-z0-9]+", text.lower().replace("t-shirt", "tshirt").replace("t shirt", "tshirt"))
    ]


def names_of(thing: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every way to name the object: its name, its aliases and the kinds it belongs to, as stemmed words."""
    own = [tuple(words_of(name)) for name in (thing["name"], *thing.get("aka", ()))]
    kinds = [(kind,) for kind, members in _KINDS.items() if any(name[-1] in members for name in own)]
    return own + kinds


def attribute_words(thing: Mapping[str, Any]) -> set[str]:
    texts = [str(thing.get(key, "")) for key in ("color", "material", "size", "shape")] + list(thing.get("is", ()))
    return {word for text in texts for word in words_of(text)}


def describes(phrase: str, thing: Mapping[str, Any], *, name_needed: bool = True) -> bool:
    """Whether a noun phrase ("small red metal balls") is true of the object; words it does not know make it false."""
    left = words_of(phrase)
    named = False
    for name in sorted(names_of(thing), key=len, reverse=True):
        if all(word in left for word in name):
            left = [word for word in left if word not in name]
            named = True
            break
    if not named and any(word in ANYTHING for word in left):
        named = True
    # "on" and the like say nothing beside other words, and are the whole attribute when they stand alone.
    left = [word for word in left if word not in FILLERS and word not in ANYTHING] or ([] if named else left)
    every_name = {word for name in names_of(thing) for word in name}
    return (named or not name_needed) and all(word in attribute_words(thing) or word in every_name for word in left)


def is_generic(phrase: str) -> bool:
    """Whether the phrase names no kind of thing: "red objects"."""
    return any(word in ANYTHING for word in words_of(phrase))
