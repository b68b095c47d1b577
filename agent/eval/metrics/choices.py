"""Which option an answer means: the one that it is, or the only one that it names, by text, letter or number."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["chosen"]

_LABEL = re.compile(r"^(?:option|answer)?\s*\(?([a-z]|\d{1,2})\)?[.:)]?$")


def chosen(given: str, options: Sequence[str]) -> int | None:
    """The index of the option, None where the answer means none or could mean several.

    >>> chosen("(B)", ["red", "blue"]), chosen("It is blue.", ["red", "blue"]), chosen("green", ["red", "blue"])
    (1, 1, None)
    """
    said, told = _plain(given), [_plain(option) for option in options]
    same = [index for index, option in enumerate(told) if option == said]
    if same:
        return same[0]
    label = _LABEL.match(given.strip().lower())
    if label is not None:
        name = label.group(1)
        index = int(name) if name.isdigit() else ord(name) - ord("a")
        return index if index < len(options) else None
    named = [index for index, option in enumerate(told) if option and re.search(rf"\b{re.escape(option)}\b", said)]
    return named[0] if len(named) == 1 else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())
