"""`Video`: a file that has been opened and understood; its frames are decoded when somebody looks at them.

Holds a bounded number of decoded frames and never the file. When frames are asked for in even steps the next ones are
decoded ahead. The decoder process rests when it has not been used for a while, and starts again by itself.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...api.refs import VideoRef
from ...errors import BrokenMedia
from ..limits import MediaLimits
from ..picture import Pixels
from .decoder import Decoder, Wanted
from .facts import VideoFacts

__all__ = ["Video"]

_AHEAD = 5
_SOUND_CHUNK_S = 30.0


class Video:
    """One video, known by the hash of its file.

    Args:
        file: descriptor of the file; the video closes it.
        video_id: content hash.
        name: a display name without folders.
        stamp: size and time of change of the file when it was hashed.
        notes: what was noticed about the file itself.
    """

    def __init__(
        self,
        file: int,
        *,
        video_id: str,
        name: str,
        limits: MediaLimits,
        stamp: tuple[int, int],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.id = video_id
        self.name = name
        self._file = file
        self._stamp = stamp
        self._own_notes = notes
        self._limits = limits
        self._decoder = Decoder(file, name=name, limits=limits)
        self._frames: OrderedDict[Wanted, Pixels] = OrderedDict()
        self._held = 0
        self._lock = threading.RLock()
        self._recent: list[Wanted] = []
        self._coming: list[int] = []  # what somebody will ask for, in order
        self._sampled: VideoRef | None = None  # as programs see it
        self.decoded = 0  # frames that the decoder has sent, those decoded ahead included
        self._end = weakref.finalize(self, _give_back, self._decoder, file)
        try:
            self.facts: VideoFacts = self._decoder.facts()
        except BaseException:
            self.close()
            raise

    @property
    def width(self) -> int:
        return self.facts.width

    @property
    def height(self) -> int:
        return self.facts.height

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the file, with what was noticed since it was opened."""
        notes = (*self._own_notes, *self.facts.notes)
        count = self._decoder.damaged_frames
        if count:
            shown = "1 frame is" if count == 1 else f"{count} frames are"
            notes = (*notes, f"{shown} damaged and shown as the one before")
        return notes

    def fileno(self) -> int:
        """The descriptor of the open file, which stays the video's own."""
        return self._file

    @property
    def decoder(self) -> Decoder:
        return self._decoder

    def ref(self, samples: int) -> VideoRef:
        """The whole video as a reference that samples so many frames, or all of them where there are fewer."""
        count = min(max(1, samples), self.facts.frame_count)
        self._sampled = VideoRef(
            media=self.id,
            width=self.width,
            height=self.height,
            frame_count=self.facts.frame_count,
            fps=self.facts.fps,
            samples=count,
            start=0,
            end=count,
        )
        return self._sampled

    def frame(self, index: int, *, size: tuple[int, int] | None = None) -> Pixels:
        """(H, W, 3) uint8 RGB, read-only: what is on screen at grid frame `index`, scaled to `size` (W, H) if given.

        Raises:
            BrokenMedia: when it cannot be decoded, or the file is no longer what it was.
        """
        width, height = size or (self.width, self.height)
        wanted = (min(max(index, 0), self.facts.frame_count - 1), min(width, self.width), min(height, self.height))
        with self._lock:
            ahead = [coming for coming in self._guess(wanted) if coming not in self._frames]
            found = self._frames.get(wanted)
            if found is not None:
                self._frames.move_to_end(wanted)
                self._decoder.prepare(ahead)
                return found
            self._check_file()
            for shown in self._decoder.frames(wanted, ahead=ahead):
                if shown.pixels is not None:
                    self.decoded += 1
                    self._keep(shown.wanted, shown.pixels)
                    found = shown.pixels
                elif shown.wanted == wanted:
                    raise BrokenMedia(shown.problem or f"{self.name} is damaged")
            if found is None or found.shape[:2] != (wanted[2], wanted[1]):
                raise BrokenMedia(f"{self.name} cannot be decoded: the decoder answered nonsense")
            return found

    def frames(self, indices: Iterable[int], *, size: tuple[int, int] | None = None) -> Iterator[tuple[int, Pixels]]:
        """Each of these frames once, with its index, in the order that costs least; otherwise as `frame`."""
        ordered = sorted(set(indices))
        self.expect(ordered)
        for index in ordered:
            yield index, self.frame(index, size=size)

    def expect(self, indices: Sequence[int]) -> None:
        """Say which frames will be asked for next, in that order, so that they are decoded side by side and ahead."""
        with self._lock:
            self._coming = list(indices)

    def sound(self, start_s: float = 0.0, end_s: float | None = None, *, rate: int = 16_000) -> Iterator[Any]:
        """(N,) int16 mono samples at `rate` a second, half a minute at a time. Raises BrokenMedia."""
        end_s = self.facts.duration_s if end_s is None else min(end_s, self.facts.duration_s)
        while start_s < end_s:
            until = min(start_s + _SOUND_CHUNK_S, end_s)
            with self._lock:
                self._check_file()
                chunk: npt.NDArray[np.int16] = self._decoder.sound(start_s, until, rate=rate)
            yield chunk
            start_s = until

    def rest(self) -> None:
        """End the decoder process and let go of decoded frames; both come back when they are needed."""
        with self._lock:
            self._decoder.close()
            self._frames.clear()
            self._held = 0

    def close(self) -> None:
        """Give everything back, the file too; the video cannot be used any more."""
        self._end()

    def __repr__(self) -> str:
        return f"Video({self.name!r}, {self.width}x{self.height}, {self.facts.duration_s:.1f} s)"

    # -- how it works --

    def _guess(self, wanted: Wanted) -> list[Wanted]:
        """The frames that come next: those that are expected, or more if the last three went in even steps forwards.

        Steps are even among the sampled frames, which lie evenly in the file only to a rounded frame, or in the file.
        """
        most = min(_AHEAD, self._limits.frame_cache_bytes // (wanted[1] * wanted[2] * 3) - 1)
        self._recent = [*self._recent[-2:], wanted]
        if wanted[0] in self._coming:
            self._coming = self._coming[self._coming.index(wanted[0]) + 1 :]
            return [(index, *wanted[1:]) for index in self._coming[: max(0, most)]]
        if most < 1 or len(self._recent) < 3 or len({each[1:] for each in self._recent}) != 1:
            return []
        frames = [each[0] for each in self._recent]
        coming: list[int] = []
        if self._sampled is not None:
            samples = [sample for frame in frames if (sample := self._sampled.sample_of(frame)) is not None]
            coming = [self._sampled.source_frame(each) for each in _going_on(samples, self._sampled.samples)]
        coming = coming or _going_on(frames, self.facts.frame_count)
        return [(index, *wanted[1:]) for index in coming[:most]]

    def _keep(self, wanted: Wanted, pixels: Pixels) -> None:
        if wanted in self._frames or pixels.nbytes > self._limits.frame_cache_bytes:
            return
        self._frames[wanted] = pixels
        self._held += pixels.nbytes
        while self._held > self._limits.frame_cache_bytes:
            _, dropped = self._frames.popitem(last=False)
            self._held -= dropped.nbytes

    def _check_file(self) -> None:
        """A file that only grew is still the one that was hashed; one that was written over is not."""
        try:
            now = os.fstat(self._file)
        except OSError:
            raise BrokenMedia(f"{self.name} has been closed") from None
        size, changed_ns = self._stamp
        if now.st_size < size or (now.st_size == size and now.st_mtime_ns != changed_ns):
            raise BrokenMedia(f"{self.name} was changed while it was read: ask again")


def _going_on(places: list[int], end: int) -> list[int]:
    """What comes after three numbers in even steps upwards, below `end`; nothing after others."""
    if len(places) != 3 or not 0 < places[1] - places[0] == places[2] - places[1]:
        return []
    step = places[2] - places[1]
    return [place for k in range(_AHEAD) if (place := places[2] + step * (k + 1)) < end]


def _give_back(decoder: Decoder, file: int) -> None:
    decoder.close()
    with contextlib.suppress(OSError):
        os.close(file)
