"""`Lanes`: threads that decode the frames that are wanted, side by side; runs in the decoder process.

Each lane has a reader of its own. Frames that are decoded from one key frame go to one lane, which goes on from one to
the next; those of other key frames are decoded meanwhile on other processors. A second lane starts when the first has
enough to do, so that frames asked for one at a time cost one reader. A lane has two threads, and so draws one frame
while it decodes the next.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .container import Broken
from .sound_only import AnyReader

__all__ = ["Lanes", "Wanted"]

Wanted = tuple[int, int, int]  # grid frame, width, height

_MOST_LANES = 4
_PIXELS = 40_000_000  # of a frame of all lanes together, since a decoder holds several


class Lanes:
    """Readers of one file at work.

    Args:
        reader: of the first lane; the others have its twins.
        slots: how many frames may be decoded and not yet taken.
        show: draws a decoded picture into a slot and tells the host.
        refuse: tells the host why there is no picture.
    """

    def __init__(
        self,
        reader: AnyReader,
        *,
        slots: int,
        show: Callable[[AnyReader, Wanted, Any, int], None],
        refuse: Callable[[Wanted, Broken], None],
    ) -> None:
        self._show, self._refuse = show, refuse
        self._wanted: list[tuple[Wanted, int]] = []  # with the key frame that it is decoded from
        self._free = list(range(slots))
        self._decoding: set[int] = set()  # lanes whose reader is in use
        self._group_of: dict[int, int] = {}  # lane -> the key frame that its reader is behind
        facts = reader.facts
        lanes = max(1, min(_MOST_LANES, _processors(), _PIXELS // (facts.width * facts.height)))
        self._readers: list[AnyReader | None] = [reader, *[None] * (lanes - 1)]
        self._reader = reader
        self._changed = threading.Lock()  # held while any of this is read or written
        # One condition for each lane, so that nobody wakes who finds nothing to do: a wake costs as much as a frame.
        self._turns = [threading.Condition(self._changed) for _ in range(lanes)]
        self._first_idle = threading.Condition(self._changed)
        for lane in range(lanes):
            drawing = threading.Lock()
            for _ in range(2):
                threading.Thread(target=self._run, args=(lane, drawing), daemon=True).start()

    def want(self, wanted: Sequence[Wanted], *, first: bool) -> None:
        """Decode these next, `first` instead of what was wanted and not begun."""
        grouped = [(each, self._reader.group(each[0])) for each in wanted]
        with self._changed:
            if first:
                self._wanted.clear()
            self._wanted.extend(grouped)
            self._call()

    def free(self, slot: int) -> None:
        """A frame was taken."""
        with self._changed:
            self._free.append(slot)
            self._call()

    @contextlib.contextmanager
    def reader(self) -> Iterator[AnyReader]:
        """The first lane's reader, for something else than frames."""
        with self._changed:
            self._first_idle.wait_for(lambda: 0 not in self._decoding)
            self._decoding.add(0)
        try:
            yield self._reader
        finally:
            self._idle(0)

    # -- in a lane --

    def _run(self, lane: int, drawing: threading.Lock) -> None:
        try:
            while self._one(lane, drawing):
                pass
        except BaseException:
            os._exit(1)  # as a crash; the host says so and starts another process

    def _one(self, lane: int, drawing: threading.Lock) -> bool:
        """Decode and show one frame; False when there is no reader for this lane."""
        (wanted, group), slot = self._begun(lane)
        reader = self._reader_of(lane)
        if reader is None:  # the others do it
            with self._changed:
                self._group_of.pop(lane, None)
                self._wanted.insert(0, (wanted, group))
            self.free(slot)
            self._idle(lane)
            return False
        try:
            picture = reader.picture(wanted[0])
        except Broken as error:
            self._refuse(wanted, error)
            self.free(slot)
            self._idle(lane)
            return True
        with drawing:  # in order, and not two of one picture at the same time
            self._idle(lane)
            self._show(reader, wanted, picture, slot)
        return True

    def _begun(self, lane: int) -> tuple[tuple[Wanted, int], int]:
        """The next frame for this lane, whose reader is in use from now on, and a slot for it."""
        with self._changed:
            while (chosen := self._next(lane)) is None:
                self._turns[lane].wait()
            self._wanted.remove(chosen)
            self._group_of[lane] = chosen[1]
            self._decoding.add(lane)
            slot = self._free.pop()
            self._call()
            return chosen, slot

    def _next(self, lane: int) -> tuple[Wanted, int] | None:
        if not self._free or lane in self._decoding:
            return None
        all_before_it_decode = all(other in self._decoding for other in range(lane))
        for wanted, group in self._wanted:
            owner = next((other for other, theirs in self._group_of.items() if theirs == group), None)
            if owner == lane or (owner is None and all_before_it_decode):
                return wanted, group
        return None

    def _call(self) -> None:
        """Wake a thread of each lane that has something to do now."""
        for lane, turn in enumerate(self._turns):
            if self._next(lane) is not None:
                turn.notify()

    def _reader_of(self, lane: int) -> AnyReader | None:
        with contextlib.suppress(Broken):
            self._readers[lane] = self._readers[lane] or self._reader.twin()
        return self._readers[lane]

    def _idle(self, lane: int) -> None:
        with self._changed:
            self._decoding.discard(lane)
            if lane == 0:
                self._first_idle.notify()
            self._call()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
