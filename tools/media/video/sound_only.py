"""A file with sound and no pictures, read like a video whose frames show the waveform; runs in the child.

So everything that is made for a video's sound (speech, moments, a line of time) works for sound alone, and a person has
something to look at. Frames come ten a second, with what has been heard in colour.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .container import Broken, Container, SoundOnly
from .facts import VideoFacts
from .reader import Pixels, Reader
from .sound import samples_of

__all__ = ["AnyReader", "SoundReader", "open_reader"]

_WIDTH, _HEIGHT = 640, 240
_FPS = Fraction(10)
_RATE = 4000  # samples a second that are enough to draw
_PIECE_S = 60.0
_GROUND, _HEARD, _TO_COME = (246, 245, 242), (31, 111, 120), (190, 196, 200)
_NOTE = "sound alone: its frames show the waveform"


class SoundReader:
    """One open file of sound; to be asked what a `Reader` is asked.

    Raises:
        Broken: when nothing of it can be decoded.
    """

    damaged_frames = 0

    def __init__(self, descriptor: int, *, tick: Callable[[], None] = lambda: None) -> None:
        self._tick = tick
        self._container = Container(descriptor)
        self._stream = self._container.sound()
        if self._stream is None:
            raise Broken("its sound is in a format that no decoder here knows")
        self._seconds = self._measured()
        if self._seconds <= 0:
            raise Broken("it holds no sound")
        self._frames_in_all = max(1, round(self._seconds * _FPS))
        self._wave: npt.NDArray[np.float32] | None = None

    @property
    def facts(self) -> VideoFacts:
        return VideoFacts(
            width=_WIDTH,
            height=_HEIGHT,
            frame_count=self._frames_in_all,
            fps=_FPS,
            has_sound=True,
            codec=str(self._stream.codec_context.name),
            notes=(_NOTE,),
            sound_only=True,
        )

    def group(self, index: int) -> int:
        return 0

    def twin(self) -> None:
        return None

    def picture(self, index: int) -> Any:
        if self._wave is None:
            self._wave = self._loudness()
        return index

    def drawn(self, frame: Any, size: tuple[int, int]) -> Pixels:
        """The waveform, in colour up to the time of grid frame `frame`; as `Reader.drawn`."""
        assert self._wave is not None
        width, height = size
        columns = np.arange(width) * _WIDTH // width
        reach = np.maximum(1.0, self._wave[columns] * 0.45 * height)  # (W,)
        rows = np.abs(np.arange(height) - height / 2)[:, None]  # (H, 1)
        heard = columns <= (frame + 1) * _WIDTH // self._frames_in_all
        colours = np.where(heard[:, None], np.array(_HEARD), np.array(_TO_COME)).astype(np.uint8)  # (W, 3)
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = _GROUND
        inside = rows <= reach  # (H, W)
        picture[inside] = np.broadcast_to(colours, (height, width, 3))[inside]
        return picture

    def sound(self, start_s: float, end_s: float, *, rate: int) -> npt.NDArray[np.int16]:
        """As `Reader.sound`."""
        return samples_of(self._container, start_s, end_s, rate=rate, first_s=0.0, tick=self._tick)

    def _measured(self) -> float:
        """How long the sound is, by the time stamps of its packets."""
        end = 0.0
        try:
            for count, packet in enumerate(self._container.packets(self._stream)):
                if count % 2000 == 0:
                    self._tick()
                if packet.size and packet.pts is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except self._container.errors:
            pass  # what came before the damage counts
        return end

    def _loudness(self) -> npt.NDArray[np.float32]:
        """(640,) the loudest sample of each stretch, 0 to 1, of the loudest of all."""
        loud = np.zeros(_WIDTH, np.float32)
        start_s = 0.0
        while start_s < self._seconds:
            end_s = min(start_s + _PIECE_S, self._seconds)
            samples = np.abs(self.sound(start_s, end_s, rate=_RATE).astype(np.float32))
            times = start_s + np.arange(len(samples)) / _RATE
            np.maximum.at(loud, np.minimum(_WIDTH - 1, (times / self._seconds * _WIDTH).astype(int)), samples)
            self._tick()
            start_s = end_s
        most = float(loud.max())
        return loud / most if most > 0 else loud


AnyReader: TypeAlias = Reader | SoundReader


def open_reader(descriptor: int, *, max_pixels: int, tick: Callable[[], None]) -> AnyReader:
    """The reader of a file: of its pictures, or of its sound where it has nothing else.

    Raises:
        NoVideo, Broken, TooLarge: as `Reader`.
    """
    try:
        return Reader(descriptor, max_pixels=max_pixels, tick=tick)
    except SoundOnly:
        return SoundReader(descriptor, tick=tick)
