"""The questions of one session that wait for their turn, so that each can be taken back until then."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

__all__ = ["WaitingLine"]

_MOST_WAITING = 16


class WaitingLine:
    """Tickets of questions in line; safe for several threads."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, bool] = OrderedDict()  # and whether they count
        self._lock = threading.Lock()

    def wait(self) -> str:
        """A ticket for a question that waits for its turn."""
        ticket = secrets.token_hex(8)
        with self._lock:
            self._tickets[ticket] = True
            while len(self._tickets) > _MOST_WAITING:  # of pages that were closed before their turn
                self._tickets.popitem(last=False)
        return ticket

    def waits(self, ticket: str) -> bool:
        """Whether the question of that ticket still waits."""
        return self._tickets.get(ticket, False)

    def begin(self, ticket: str) -> bool:
        """The question's turn has come; False when it was taken back."""
        with self._lock:
            return self._tickets.pop(ticket, False)

    def take_back(self) -> bool:
        """Take back all that wait; False when none does."""
        with self._lock:
            waited = any(self._tickets.values())
            self._tickets = OrderedDict.fromkeys(self._tickets, False)
            return waited
