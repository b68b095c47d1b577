"""Requests of several programs for one expert, joined to batches whose size fits the memory.

There is no thread for it: whoever finds nobody at work leads, takes what has gathered, runs it, and hands over. While a
batch runs the next one gathers by itself. Only a leader who finds few requests waits a moment for more, and only when
other callers are about, so that a program that is alone never waits.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from ..errors import ExpertFailed
from .base import ExpertRequest, Outcome

__all__ = ["BatchSize", "Batcher"]

_GROW_AFTER = 8  # full batches that went well before a larger one is tried


class BatchSize:
    """How many requests are run at once: halved when memory runs out, grown back slowly.

    Args:
        most: the largest that there may be.
    """

    def __init__(self, most: int) -> None:
        self.most = max(1, most)
        self.now = self.most
        self._good = 0

    def too_much(self, number: int) -> None:
        """So many at once did not fit."""
        self.now = max(1, min(self.now, number // 2))
        self._good = 0

    def went_well(self, number: int) -> None:
        """So many at once were served."""
        if number < self.now or self.now == self.most:
            return
        self._good += 1
        if self._good >= _GROW_AFTER:
            self.now, self._good = min(self.most, self.now * 2), 0


@dataclass(slots=True, eq=False)
class _Ticket:
    request: ExpertRequest
    kind: Hashable
    outcome: Outcome | None = None


@dataclass(slots=True, eq=False)
class _Group:
    """The requests of one caller, who goes on when all have come to something."""

    tickets: list[_Ticket] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return all(ticket.outcome is not None for ticket in self.tickets)


class Batcher:
    """Joins the requests for one expert.

    Args:
        run: serves requests of one kind, and gives an outcome for each; it must not raise.
        size: how many at once.
        window_s: how long a leader waits for others.
        others: how many callers are about, the leader among them.
    """

    def __init__(
        self,
        run: Callable[[Sequence[ExpertRequest]], Sequence[Outcome]],
        size: BatchSize,
        *,
        window_s: float,
        others: Callable[[], int],
    ) -> None:
        self._run, self._size, self._window_s, self._others = run, size, window_s, others
        self._changed = threading.Condition()
        self._queue: deque[_Ticket] = deque()
        self._led = False

    def ask(self, requests: Sequence[ExpertRequest], kinds: Sequence[Hashable]) -> list[Outcome]:
        """An outcome for each request, in order; `kinds` says which of them may be run together."""
        mine = _Group([_Ticket(request, kind) for request, kind in zip(requests, kinds, strict=True)])
        with self._changed:
            self._queue.extend(mine.tickets)
            self._changed.notify_all()
            while not mine.done:
                if self._led:
                    self._changed.wait()
                    continue
                self._led = True
                try:
                    self._lead()
                finally:
                    self._led = False
                    self._changed.notify_all()
        return [ticket.outcome for ticket in mine.tickets if ticket.outcome is not None]

    def _lead(self) -> None:
        """Run one batch; the lock is held on entry and on return."""
        until = time.monotonic() + self._window_s
        while len(self._queue) < min(self._size.now, self._others()):
            left_s = until - time.monotonic()
            if left_s <= 0 or not self._changed.wait(left_s):
                break
        kind = self._queue[0].kind
        batch: list[_Ticket] = []
        for ticket in list(self._queue):
            if ticket.kind == kind and len(batch) < self._size.now:
                batch.append(ticket)
        taken = set(map(id, batch))
        self._queue = deque(ticket for ticket in self._queue if id(ticket) not in taken)
        outcomes: Sequence[Outcome] = [ExpertFailed("the run of this request was interrupted")] * len(batch)
        self._changed.release()
        try:
            outcomes = self._run([ticket.request for ticket in batch])
        finally:  # also when a key interrupts this thread, so that the others do not wait for ever
            self._changed.acquire()
            self._settle(batch, outcomes)

    def _settle(self, batch: Sequence[_Ticket], outcomes: Sequence[Outcome]) -> None:
        for ticket, outcome in zip(batch, outcomes, strict=True):
            ticket.outcome = outcome
