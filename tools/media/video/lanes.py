"""`Lanes`: threads that decode the frames that are wanted, side by side; runs in the decoder process.

Each lane has a reader of its own. Frames that are decoded from one key frame go to one lane, which goes on from one to
the next; those of other key frames are decoded meanwhile on other processors. A second lane starts when the first has
enough to do, so that frames asked for one at a time cost one reader.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence

from .reader import Broken, Reader

__all__ = ["Lanes", "Wanted"]

Wanted = tuple[int, int, int]  # grid frame, width, height

_MOST_LANES = 4
_PIXELS = 40_000_000  # of frames of all lanes together, since a decoder holds several of each


class Lanes:
    """Readers of one file at work.

    Args:
        reader: of the first lane; the others have its twins.
        slots: how many frames may be decoded and not yet taken.
        show: decodes and sends a frame into a slot; whether the slot is in use now. An error of it ends the process.
    """

    def __init__(self, reader: Reader, *, slots: int, show: Callable[[Reader, Wanted, int], bool]) -> None:
        self._reader = reader
        self._show = show
        self._changed = threading.Condition(threading.RLock())
        self._first_lane = threading.Lock()  # held while its reader is in use
        self._wanted: list[Wanted] = []
        self._free = list(range(slots))
        self._group_of: dict[int, int] = {}  # lane -> the key frame it is behind
        self._busy: set[int] = set()
        facts = reader.facts
        lanes = min(_MOST_LANES, _processors(), _PIXELS // (facts.width * facts.height))
        for lane in range(max(1, lanes)):
            threading.Thread(target=self._run, args=(lane,), daemon=True).start()

    def want(self, wanted: Sequence[Wanted], *, first: bool) -> None:
        """Decode these next, `first` instead of what was wanted and not begun."""
        with self._changed:
            if first:
                self._wanted.clear()
            self._wanted.extend(wanted)
            self._changed.notify_all()

    def free(self, slot: int) -> None:
        """A frame was taken."""
        with self._changed:
            self._free.append(slot)
            self._changed.notify_all()

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        """The first lane's reader, for something else than frames."""
        with self._first_lane:
            yield self._reader

    # -- in a lane --

    def _run(self, lane: int) -> None:
        try:
            if lane:
                self._help(lane)
            else:
                self._lead()
        except BaseException:
            os._exit(1)  # as a crash; the host says so and starts another process

    def _lead(self) -> None:
        while True:
            wanted, slot = self._begun(0)
            with self._first_lane:
                used = self._show(self._reader, wanted, slot)
            self._ended(0, slot, used=used)

    def _help(self, lane: int) -> None:
        twin: Reader | None = None
        while True:
            wanted, slot = self._begun(lane)
            with contextlib.suppress(Broken):
                twin = twin or self._reader.twin()
            if twin is None:  # the others do it
                with self._changed:
                    del self._group_of[lane]
                    self._wanted.insert(0, wanted)
                    self._ended(lane, slot, used=False)
                return
            self._ended(lane, slot, used=self._show(twin, wanted, slot))

    def _begun(self, lane: int) -> tuple[Wanted, int]:
        """The next frame for this lane, and a slot for it."""
        with self._changed:
            while (wanted := self._next(lane)) is None:
                self._changed.wait()
            self._wanted.remove(wanted)
            self._busy.add(lane)
            self._changed.notify_all()
            return wanted, self._free.pop()

    def _next(self, lane: int) -> Wanted | None:
        if not self._free:
            return None
        lower_ones_are_busy = all(other in self._busy for other in range(lane))
        for wanted in self._wanted:
            group = self._reader.group(wanted[0])
            owner = next((other for other, theirs in self._group_of.items() if theirs == group), None)
            if owner == lane or (owner is None and lower_ones_are_busy):
                self._group_of[lane] = group
                return wanted
        return None

    def _ended(self, lane: int, slot: int, *, used: bool) -> None:
        with self._changed:
            self._busy.discard(lane)
            if not used:
                self._free.append(slot)
            self._changed.notify_all()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
