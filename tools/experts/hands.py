"""Threads that do work which may never end: lent one at a time, kept while idle, and written off when they hang.

A thread is kept from one call to the next because libraries hold state by thread, and making it anew costs more than a
small model takes. They are daemons: one that hangs does not keep the process from ending.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

__all__ = ["Hands"]

_IDLE_S = 20.0  # after which an idle thread ends


class _Hand:
    """One thread and the work that waits for it."""

    def __init__(self, name: str, free: Callable[[_Hand], None], gone: Callable[[_Hand], bool]) -> None:
        self.work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._free, self._gone = free, gone
        threading.Thread(target=self._go, name=name, daemon=True).start()

    def _go(self) -> None:
        while True:
            try:
                work = self.work.get(timeout=_IDLE_S)
            except queue.Empty:
                if self._gone(self):
                    return
                continue
            work()
            del work  # else it would keep a model alive until the next
            self._free(self)


class Hands:
    """The threads of one expert.

    Args:
        name: of the threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: list[_Hand] = []
        self._lock = threading.Lock()

    def do(self, work: Callable[[], None]) -> None:
        """Have work done in another thread; it must not raise."""
        with self._lock:
            hand = self._idle.pop() if self._idle else None
        (hand or _Hand(self._name, self._free, self._gone)).work.put(work)

    def _free(self, hand: _Hand) -> None:
        with self._lock:
            self._idle.append(hand)

    def _gone(self, hand: _Hand) -> bool:
        """Whether an idle thread may end: nobody was lent it in this moment."""
        with self._lock:
            if hand not in self._idle:
                return False
            self._idle.remove(hand)
            return True
