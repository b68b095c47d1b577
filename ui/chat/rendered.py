"""The turns of an open session as HTML: each is read and rendered once, and again when it is judged."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from .turn_store import StoredTurn, TurnStore

__all__ = ["RenderedTurns"]

_MOST = 32  # turns that are kept as HTML


class RenderedTurns:
    """A session's last rendered turns; safe for several threads.

    Args:
        turns: where those that are not at hand are read.
    """

    def __init__(self, turns: TurnStore) -> None:
        self._turns = turns
        self._pages: OrderedDict[tuple[int, int, str], str] = OrderedDict()  # by number, vote and correction
        self._lock = threading.Lock()

    def between(self, first: int, last: int, render: Callable[[StoredTurn], str]) -> list[str]:
        """Turns from number `first` to number `last` as HTML, which `render` makes of those that are not at hand."""
        judged = self._turns.judged(first)
        keys = [(number, *judged.get(number, (0, ""))) for number in range(first, last + 1)]
        missing = [number for number, *judgement in keys if (number, *judgement) not in self._pages]
        read: dict[int, StoredTurn] = {}
        if missing:
            read = {turn.number: turn for turn in self._turns.read(missing[0], missing[-1])}
        pages = []
        for key in keys:
            page = self._pages.get(key)
            if page is None:
                page = render(read[key[0]])
            pages.append(page)
            with self._lock:
                self._pages[key] = page
                self._pages.move_to_end(key)
                while len(self._pages) > _MOST:
                    self._pages.popitem(last=False)
        return pages
