"""`Reader`: finds out what is in one video, and decodes the frames that are asked for; runs in the child.

A first pass over the packets gives the time stamps and key frames; with them a frame costs a seek to the key frame
before it and the decoding of what lies between.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .container import Broken, Container, TooLarge
from .facts import VideoFacts
from .scan import scanned
from .sound import samples_of
from .timeline import Timeline, timeline_of

__all__ = ["Pixels", "Reader"]

Pixels = npt.NDArray[np.uint8]

_TAIL_TRIES = 12
_NEAR = 4  # pictures up to a key frame that are decoded rather than jumped over


class Reader:
    """One open file.

    Args:
        descriptor: of the file, which the reader may seek in.
        max_pixels: a larger frame is refused before it is decoded.
        tick: called now and then during long work, so that a watchdog knows that there is progress.

    Raises:
        NoVideo, Broken, TooLarge: as they say.
    """

    def __init__(self, descriptor: int, *, max_pixels: int, tick: Callable[[], None] = lambda: None) -> None:
        self._max_pixels = max_pixels
        self._tick = tick
        self._notes: list[str] = []
        self._damaged: set[int] = set()
        self._reformatter: Any = None
        self._container = Container(descriptor)
        self._begin()
        self._has_sound = self._container.sound() is not None
        scan = scanned(self._container, self._stream, tick=tick)
        self._counted = scan.unstamped > len(scan.stamps)
        self._tick_s = Fraction(self._stream.time_base or Fraction(1, 90_000))
        if self._counted:
            self._timeline, self._keys = self._count(), np.zeros(1, np.int64)
        elif len(scan.stamps):
            rates = (self._stream.average_rate, self._stream.guessed_rate, self._stream.base_rate)
            self._timeline = timeline_of(scan.stamps, self._tick_s, claimed=rates)
            self._keys = np.unique(np.asarray(scan.keys or scan.stamps[:1], dtype=np.int64))
        else:
            raise Broken("it holds no frames" + (f" ({scan.damage})" if scan.damage else ""))
        self._first_look()
        if scan.damage:
            self._notes.append(f"the file is damaged or cut off: it ends after {self._length_s():.1f} s")
        if self._timeline.variable:
            self._notes.append(f"variable frame rate, shown at {float(self._timeline.fps):.4g} frames a second")

    # -- what is in it --

    @property
    def facts(self) -> VideoFacts:
        return VideoFacts(
            width=self.width,
            height=self.height,
            frame_count=self._timeline.frame_count,
            fps=self._timeline.fps,
            has_sound=self._has_sound,
            codec=str(self._stream.codec_context.name),
            notes=tuple(self._notes),
        )

    @property
    def damaged_frames(self) -> int:
        """How many asked frames could not be decoded and were shown as the picture before them."""
        return len(self._damaged)

    def group(self, index: int) -> int:
        """A number that grid frames share when they are decoded from one key frame."""
        if self._counted:
            return 0
        stamp = self._timeline.stamps[self._timeline.shown(index)]
        return int(np.searchsorted(self._keys, stamp, side="right"))

    def twin(self) -> Reader | None:
        """Another reader of the same file, for pictures; None where it cannot be opened or not read side by side.

        Raises:
            Broken: when it can be opened and not understood any more.
        """
        if self._counted:
            return None
        beside = self._container.beside()
        if beside is None:
            return None
        twin = copy.copy(self)
        twin._container, twin._reformatter = beside, None
        twin._begin()
        return twin

    def _length_s(self) -> float:
        return float(self._timeline.frame_count / self._timeline.fps)

    def _begin(self) -> None:
        """As after opening: nothing is decoded yet."""
        self._stream = self._container.pictures(max_pixels=self._max_pixels)
        self._decoded: Iterator[Any] | None = None
        self._wanted: int | None = None  # pictures before this time stamp are only passed over
        self._last: tuple[int, Any] | None = None  # time stamp and frame that were decoded last
        self._counter = -1

    def _begin_again(self) -> None:
        self._container.begin_again()
        self._begin()

    def _count(self) -> Timeline:
        """A timeline for a file without time stamps: its frames, counted by decoding them once."""
        self._begin_again()
        count = sum(1 for _ in self._frames(counting=True))
        self._begin_again()
        if not count:
            raise Broken("none of its frames can be decoded")
        rate = self._stream.guessed_rate or self._stream.average_rate or Fraction(25)
        self._notes.append(f"no time stamps: shown at {float(rate):.4g} frames a second")
        return Timeline(
            stamps=np.arange(count, dtype=np.int64), tick_s=1 / rate, fps=rate, frame_count=count, variable=False
        )

    def _first_look(self) -> None:
        """Decode one frame for size and turn, and the last one, so that a broken tail is known before anybody asks."""
        first = self._picture(0)
        if first is None:
            first = next((frame for _, frame in self._frames()), None)
            if first is None:
                raise Broken("none of its frames can be decoded")
        self._source_size = (first.width, first.height)
        if first.width * first.height > self._max_pixels:
            raise TooLarge(f"{first.width}x{first.height}")
        self._turns = round(first.rotation / 90) % 4
        self.width, self.height = self._source_size if self._turns % 2 == 0 else self._source_size[::-1]
        if self._turns:
            self._notes.append("turned upright by its rotation mark")
        ratio = self._stream.sample_aspect_ratio
        if ratio and ratio > 0 and ratio != 1:
            self._notes.append(f"its pixels are not square ({ratio.numerator}:{ratio.denominator})")
        last = len(self._timeline.stamps) - 1
        reach, step, tries = last, 1, 0
        while reach > 0 and tries < _TAIL_TRIES and self._picture(reach, exact=True) is None:
            reach, step, tries = max(0, reach - step), step * 3, tries + 1
        if reach < last:
            whole_s = self._length_s()
            self._timeline = self._timeline.cut(reach + 1)
            self._notes.append(f"its last {whole_s - self._length_s():.1f} s cannot be decoded and are left out")

    # -- frames --

    def picture(self, index: int) -> Any:
        """The picture on screen at grid frame `index`, decoded, for `drawn`; the next one may be decoded meanwhile.

        A picture that cannot be decoded is shown as a player shows it: as the one before. Raises Broken when there is
        none before it either.
        """
        frame = self._picture(self._timeline.shown(index))
        if frame is None:
            raise Broken(f"the frame at {float(index / self._timeline.fps):.2f} s cannot be decoded")
        return frame

    def drawn(self, frame: Any, size: tuple[int, int]) -> Pixels:
        """A picture as (H, W, 3) uint8 RGB, upright, scaled to `size` (W, H); a view of the reader's own memory."""
        width, height = size
        if self._turns % 2:
            width, height = height, width
        interpolation = "BILINEAR" if (width, height) == (frame.width, frame.height) else "AREA"
        if self._reformatter is None:  # kept, since one for each frame is set up anew each time
            self._reformatter = self._container.av.video.reformatter.VideoReformatter()
        plane = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=interpolation).planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, : width * 3]
        pixels = rows.reshape(height, width, 3) if plane.line_size == width * 3 else _unpadded(rows, width)
        return np.rot90(pixels, self._turns) if self._turns else pixels

    def _picture(self, rank: int, *, exact: bool = False) -> Any:
        """The decoded picture of that rank in time; None when neither it nor, unless `exact`, one before it decodes."""
        if self._counted:
            return self._counted_picture(rank)
        wanted = int(self._timeline.stamps[rank])
        if self._last is not None and self._last[0] == wanted:
            return self._last[1]
        place = int(np.searchsorted(self._keys, wanted, side="right")) - 1
        # What the quick way does not find is looked for with every picture on the way, and from earlier key frames.
        if not self._goes_on_to(wanted, place):
            self._seek(place)
        found, before = self._decode_to(wanted, quick=not exact)
        if found is not None:
            return found
        for start in (place - 1,) if exact else (place, place - 1, 0):
            self._seek(start)
            found, before = self._decode_to(wanted)
            if found is not None:
                return found
            if before is not None and not exact:
                self._damaged.add(rank)
                return before
        return None

    def _goes_on_to(self, wanted: int, place: int) -> bool:
        """Whether going on from here is cheaper than a seek to that key frame, after which the decoder starts empty."""
        if self._last is None or self._last[0] >= wanted:
            return False
        stamps = self._timeline.stamps
        key = self._keys[place] if place >= 0 else stamps[0]
        return bool(np.searchsorted(stamps, key) - np.searchsorted(stamps, self._last[0]) <= _NEAR)

    def _decode_to(self, wanted: int, *, quick: bool = False) -> tuple[Any, Any]:
        """(the picture with that time stamp or None, the last one before it or None), decoding on from here.

        `quick` leaves out pictures before it that no other picture is decoded from.
        """
        self._wanted = wanted if quick else None
        before = self._last[1] if self._last is not None and self._last[0] < wanted else None
        for count, (stamp, frame) in enumerate(self._frames()):
            if count % 20 == 19:
                self._tick()
            if stamp == wanted:
                return frame, before
            if stamp > wanted:
                return None, before
            before = frame
        return None, before

    def _counted_picture(self, rank: int) -> Any:
        if self._last is not None and self._counter == rank:
            return self._last[1]
        if self._counter > rank or self._decoded is None:
            self._begin_again()
        for _, frame in self._frames(counting=True):
            if self._counter >= rank:
                return frame
        return self._last[1] if self._last is not None else None

    def _seek(self, place: int) -> None:
        """Go to the key frame of that number, or to the start where there is none."""
        first = int(self._timeline.stamps[0])
        stamp = max(first, int(self._keys[place])) if 0 <= place < len(self._keys) else first
        self._decoded = self._last = None
        try:
            self._container.seek(stamp, self._stream)
        except self._container.errors:
            self._begin_again()  # cannot seek: from the start

    def _frames(self, *, counting: bool = False) -> Iterator[tuple[int, Any]]:
        """Go on decoding from where we are; what a damaged packet breaks is left out."""
        if self._decoded is None:
            self._decoded = self._decode_on()
        for frame in self._decoded:
            self._counter += 1
            stamp = self._counter if counting else frame.pts
            if stamp is None:
                continue
            self._last = (stamp, frame)
            yield stamp, frame
        self._decoded = None

    def _decode_on(self) -> Iterator[Any]:
        errors = self._container.errors
        packets = iter(self._container.packets(self._stream))
        while True:
            try:
                packet = next(packets, None)
            except errors:
                packet = None
            if packet is None:
                return
            passed_over = self._wanted is not None and packet.pts is not None and packet.pts < self._wanted
            self._stream.codec_context.skip_frame = "NONREF" if passed_over else "DEFAULT"
            try:
                decoded = packet.decode()
            except errors:
                self._tick()
                continue
            yield from decoded

    # -- sound --

    def sound(self, start_s: float, end_s: float, *, rate: int) -> npt.NDArray[np.int16]:
        """(N,) int16 mono samples at `rate` a second from `start_s` to `end_s`, silence where there is none."""
        first_s = 0.0 if self._counted else float(self._timeline.stamps[0] * self._tick_s)
        samples = samples_of(self._container, start_s, end_s, rate=rate, first_s=first_s, tick=self._tick)
        if self._has_sound:
            self._begin()  # the pictures' place in the file is lost
        return samples


def _unpadded(rows: Pixels, width: int) -> Pixels:
    """(H, 3 * W) rows that lie apart in memory as (H, W, 3), without a copy."""
    return np.lib.stride_tricks.as_strided(rows, (len(rows), width, 3), (rows.strides[0], 3, 1), writeable=False)
