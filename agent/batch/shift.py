"""Which rows of a crew are out, which have begun, and which must be tried alone after a process has died."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...tools.errors import SightlineError
from .ledger import Chunk, Task
from .records import failed_record

__all__ = ["Shift"]

_IDLE_DEATHS = 3  # a process that so often dies with no row begun is not a row's fault


class Shift:
    """What a crew works on.

    Args:
        chunks: what is to be done.
        plans: as for `Crew.run`.
        stop: set when nothing shall be begun any more.
        plan_only: whether rows are only planned.

    Attributes:
        alone: whether what is out is a suspect.
        out: chunks that were given out, by number.
        began: when the rows that are being answered began, by number.
        trouble: what ends the batch, once the results that came before it are kept.
    """

    def __init__(
        self,
        chunks: Iterator[Chunk],
        *,
        plans: Callable[[Iterable[str]], Mapping[str, Any]],
        stop: threading.Event,
        plan_only: bool,
    ) -> None:
        self._chunks = chunks
        self._plans = plans
        self._again: deque[Chunk] = deque()
        self._suspects: deque[Chunk] = deque()
        self._numbers = 0
        self._idle_deaths = 0
        self.stop = stop
        self.plan_only = plan_only
        self.alone = False
        self.trouble: SightlineError | None = None
        self.out: dict[int, Chunk] = {}
        self.began: dict[int, float] = {}
        self._done: set[int] = set()  # of the chunks that are out

    def next(self) -> Chunk | None:
        """What to give out now, None when that is nothing."""
        if self._suspects:
            self.alone = True
            return None if self.out else self._renewed(self._suspects.popleft())
        if self.alone and self.out:
            return None
        self.alone = False
        return self._renewed(self._again.popleft()) if self._again else next(self._chunks, None)

    def _renewed(self, chunk: Chunk) -> Chunk:
        """The chunk with what was planned since it was given out first."""
        known = self._plans({task.query for task in chunk.tasks})
        return replace(chunk, plans={**chunk.plans, **known})

    def give(self, chunk: Chunk) -> int:
        self._numbers += 1
        self.out[self._numbers] = chunk
        return self._numbers

    def ended(self, number: int) -> None:
        self.began.pop(number, None)
        self._done.add(number)
        self._idle_deaths = 0

    def spent(self, number: int) -> None:
        chunk = self.out.pop(number, None)
        if chunk is not None:
            self._done.difference_update(task.number for task in chunk.tasks)

    def late(self, row_s: float) -> list[int]:
        now = time.monotonic()
        return [number for number, since in self.began.items() if now - since > row_s]

    def died(self) -> list[dict[str, Any]]:
        """The process is gone: results of those rows that are to blame for certain; others are tried again."""
        blamed = []
        if not self.began:
            self._idle_deaths += 1
            if self._idle_deaths >= _IDLE_DEATHS:
                raise SightlineError("the process that answers rows ends before it has begun one: see worker.log")
        if self.alone:
            text = "the process that answered this row crashed, twice: an expert or decoder cannot bear this media"
            blamed = [_failed(n, "expert_error", "Crashed", text, since) for n, since in self.began.items()]
        suspects = set(self.began) - {result["number"] for result in blamed}
        self._take_back(suspects, gone={result["number"] for result in blamed})
        return blamed

    def hung(self, late: list[int], row_s: float) -> list[dict[str, Any]]:
        """Rows took too long and their process was killed: their results; the others are tried again."""
        text = f"the row took longer than {row_s:g} s: an expert or decoder hangs on this media"
        results = [_failed(number, "timeout", "Hung", text, self.began[number]) for number in late]
        self._take_back(set(), gone=set(late))
        return results

    def _take_back(self, suspects: set[int], *, gone: set[int]) -> None:
        for chunk in self.out.values():
            left = [task for task in chunk.tasks if task.number not in self._done | gone]
            for task in left:
                if task.number in suspects:
                    self._suspects.append(replace(chunk, tasks=(task,)))
            rest: tuple[Task, ...] = tuple(task for task in left if task.number not in suspects)
            if rest:
                self._again.append(replace(chunk, tasks=rest))
        self.out.clear()
        self.began.clear()
        self._done.clear()


def _failed(number: int, status: str, failure: str, reason: str, since: float) -> dict[str, Any]:
    return {"number": number, "record": failed_record(status, failure, reason, seconds=time.monotonic() - since)}
