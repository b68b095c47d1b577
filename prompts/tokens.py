"""Counts tokens without a vocabulary: an estimate, made to err on the high side.

Exact counts need the model's own vocabulary, which would be a download and differs between models. Byte-pair
vocabularies behave alike on English and code: a common word with its leading space is one token, a long or rare one
splits every few letters, three digits are one token, punctuation comes in ones and twos, an indented line start is
one. The rules below say just that; docs/planners.md has how far they are off where it was measured.
"""

from __future__ import annotations

import re

__all__ = ["MESSAGE_OVERHEAD", "estimate_tokens", "fit_lines"]

MESSAGE_OVERHEAD = 4  # what chat formats put around one message: its role and two marks

_PIECE = re.compile(r"[A-Za-z]+|[0-9]+|\n[ \t]*|[ \t]{2,}|[!-/:-@\[-`{-~]+|[^\x00-\x7f]+")


def estimate_tokens(text: str) -> int:
    """How many tokens a chat model will read `text` as, roughly; 0 only for an empty text."""
    total = 0
    for match in _PIECE.finditer(text):
        piece = match.group()
        first = piece[0]
        if first.isascii() and first.isalpha():
            total += 1 + (len(piece) - 1) // 8
        elif first.isdigit() and first.isascii():
            total += -(-len(piece) // 3)
        elif first in "\n \t":
            total += 1
        elif first.isascii():
            total += -(-len(piece) // 2)
        else:
            total += -(-len(piece.encode("utf-8", "replace")) // 2)
    return total if total or not text else 1


def fit_lines(text: str, budget: int) -> str:
    """The first whole lines of `text` that fit into `budget` tokens, then how many lines were left out, if any."""
    lines = text.splitlines()
    kept: list[str] = []
    used = 0
    for line in lines:
        cost = estimate_tokens(line) + 1
        if used + cost > budget:
            break
        kept.append(line)
        used += cost
    left_out = len(lines) - len(kept)
    if left_out:
        kept.append(f"({left_out} {'line' if left_out == 1 else 'lines'} left out)")
    return "\n".join(kept)
