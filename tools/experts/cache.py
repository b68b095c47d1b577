"""Results by content: least recently used go first, and the same question asked twice at once is computed once.

It holds what this process found; what stays for others is in `kept.py`, which the pool asks before computing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from pydantic import BaseModel

from ..api.stopping import current_check
from ..results import Result

__all__ = ["ResultCache"]

_LOOK_S = 0.05  # between two looks at whether to go on waiting


class ResultCache:
    """A bounded cache of results, for many threads.

    Args:
        max_bytes: rough size of what is kept; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._results: OrderedDict[Hashable, tuple[Result, int]] = OrderedDict()
        self._flights: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._results)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._results

    def get(self, key: Hashable) -> Result | None:
        with self._lock:
            return self._get(key)

    def _get(self, key: Hashable) -> Result | None:
        found = self._results.get(key)
        if found is None:
            return None
        self._results.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, result: Result) -> None:
        size = _size(result)
        with self._lock:
            if size > self._max_bytes:
                return
            old = self._results.pop(key, None)
            self._held += size - (old[1] if old else 0)
            self._results[key] = (result, size)
            while self._held > self._max_bytes:
                _, (_, dropped) = self._results.popitem(last=False)
                self._held -= dropped

    def clear(self) -> None:
        with self._lock:
            self._results.clear()
            self._held = 0

    def compute(self, key: Hashable, make: Callable[[], Result], *, wait: bool = True) -> tuple[Result, bool]:
        """The cached result, or that of `make`; and whether it came from the cache or from another caller.

        Args:
            key: names the question by content.
            make: computes the result; what it raises is not cached, and those who waited compute for themselves.
            wait: whether to wait for another caller who computes the same. An expert that asks others must not wait, so
                that two of them can never wait for each other.
        """
        while True:
            with self._lock:
                found = self._get(key)
                if found is not None:
                    return found, True
                flight = self._flights.get(key)
                mine = flight is None
                if mine:
                    flight = self._flights[key] = threading.Event()
            assert flight is not None
            if mine:
                try:
                    result = make()
                    self.put(key, result)
                    return result, False
                finally:
                    with self._lock:
                        del self._flights[key]
                    flight.set()
            if not wait:
                return make(), False
            check = current_check()
            while not flight.wait(_LOOK_S):
                check()
            if self._max_bytes == 0:
                return make(), False


def _size(value: Any) -> int:
    """A rough figure in bytes, the arrays exact."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes) + 128
    if isinstance(value, str):
        return 2 * len(value) + 56
    if isinstance(value, dict):
        return 64 + sum(_size(k) + _size(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return 64 + sum(_size(v) for v in value)
    if isinstance(value, BaseModel):
        return 128 + sum(_size(v) for v in value.__dict__.values())
    return 32
