"""Pictures that rest on disk: which of them are held in memory, over all stores that share one budget.

A store whose pictures can be read again (`Source`) lets go of those used longest ago when all that share the budget
hold more than it allows, and reads them again when somebody looks at them. What cannot be read again stays while its
store is at work (`MediaStore.working`), since the question under way may still ask for it.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .store import MediaStore

__all__ = ["PixelBudget", "Source"]


class Source(Protocol):
    """Where a store's pictures and videos can be read again."""

    def has(self, media_id: str) -> bool:
        """Whether it can be read."""
        ...

    def read(self, media_id: str, into: MediaStore) -> None:
        """Put it into the store again. Raises MediaError, or BadRequest where it is not there."""
        ...


class PixelBudget:
    """What the pictures of several stores may take in memory together; safe for several threads.

    Args:
        max_bytes: of pixels.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[tuple[int, str], tuple[weakref.ref[MediaStore], int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()  # a store may end while it is held

    @property
    def bytes(self) -> int:
        """Held now."""
        return self._bytes

    def used(self, store: MediaStore, media_id: str, size: int) -> None:
        """A picture was taken in or looked at; what was used longest ago rests where there is too much now."""
        with self._lock:
            key = (id(store), media_id)
            if key not in self._held:
                self._held[key] = (weakref.ref(store, lambda _: self._gone(key[0])), size)
                self._bytes += size
            self._held.move_to_end(key)
            if self._bytes <= self._max_bytes:
                return
            oldest = list(self._held.items())[:-1]
        for each, (owner, _) in oldest:
            if self._bytes <= self._max_bytes:
                return
            held_by = owner()
            if held_by is None or held_by.let_go(each[1]):
                self._forget(each)

    def _gone(self, owner: int) -> None:
        """A store is no more."""
        for key in [key for key in list(self._held) if key[0] == owner]:
            self._forget(key)

    def _forget(self, key: tuple[int, str]) -> None:
        with self._lock:
            _, size = self._held.pop(key, (None, 0))
            self._bytes -= size
