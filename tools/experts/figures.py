"""What a pool did, counted: for each expert how much was asked, computed, remembered, joined and guessed."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Literal, get_args

__all__ = ["Count", "Figures"]

Count = Literal[
    "asked",  # questions about one place that came to this expert
    "computed",  # questions that it worked on
    "remembered",  # answered from memory
    "from_disk",  # answered from the disk
    "runs",  # how often it was run, with one or many questions
    "guessed",  # frames computed before they were asked about
    "guesses_used",
    "guesses_wasted",
    "failed",
]


class Figures:
    """Counters by expert, for many threads."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def add(self, expert: str, what: Count, number: int = 1) -> None:
        with self._lock:
            self._counts.setdefault(expert, Counter())[what] += number

    def total(self, what: Count) -> int:
        with self._lock:
            return sum(counts[what] for counts in self._counts.values())

    def by_expert(self) -> dict[str, dict[str, int]]:
        """Expert -> count -> number; all counts stand there, also those that are 0."""
        with self._lock:
            return {
                name: {what: counts[what] for what in get_args(Count)} for name, counts in sorted(self._counts.items())
            }
