"""`Decoder`: the host's end of one decoder process. A crash or a hang of it costs the request that was running.

The process has no environment, gets the file as a descriptor, and may use a bounded amount of memory. It is killed
when it makes no progress for a while; the next request starts another one.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import BrokenMedia, MediaError, MediaTooLarge, UnsupportedMedia
from ..limits import MediaLimits
from ..picture import Pixels
from .facts import VideoFacts
from .pipe import receive, send

__all__ = ["Decoder", "Shown", "Wanted"]

Wanted = tuple[int, int, int]  # grid frame, width, height

_SLOTS = 6
_START_S = 30.0  # a machine under load may take seconds to start an interpreter
_MEMORY_BYTES = 4 << 30
_CODE = (
    "import sys; sys.path[:0] = sys.argv[7:]; from sightline.tools.media.video.worker import main; main(*sys.argv[1:7])"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame that arrived, or why it did not."""

    wanted: Wanted
    pixels: Pixels | None
    problem: str | None = None


class Decoder:
    """One process for one file; safe for several threads, one request at a time.

    Args:
        file: descriptor of the file, which stays the caller's.
        name: of the file, for error texts.
    """

    def __init__(self, file: int, *, name: str, limits: MediaLimits) -> None:
        self.name = name
        self._file = file
        self._limits = limits
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._memory = -1
        self._map: Any = None
        self._slot_bytes = 0
        self._expected: deque[Wanted] = deque()  # asked for and not yet arrived, in order
        self._facts: VideoFacts | None = None
        self.damaged_frames = 0
        self.starts = 0

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def facts(self) -> VideoFacts:
        """What the file holds. Raises MediaError when it cannot be opened."""
        with self._lock:
            self._started()
            assert self._facts is not None
            return self._facts

    def frames(self, wanted: Wanted, *, ahead: Sequence[Wanted] = ()) -> list[Shown]:
        """Whatever has arrived up to and with the frame that is wanted; `ahead` is decoded meanwhile.

        Raises:
            BrokenMedia: when the decoder crashed, hung, or cannot decode that frame.
        """
        with self._lock:
            self._started()
            if wanted not in self._expected:
                self._expected.clear()
                self._ask([wanted, *ahead], first=True)
            else:
                self._ask([w for w in ahead if w not in self._expected], first=False)
            arrived = []
            while True:
                shown = self._shown(self._answer("a frame"))
                if shown is None:
                    continue
                arrived.append(shown)
                if shown.wanted == wanted:
                    return arrived

    def prepare(self, ahead: Sequence[Wanted]) -> None:
        """Have these decoded too if the process runs; nothing is waited for."""
        with self._lock, contextlib.suppress(BrokenMedia):  # a crash is told to whoever needs a frame
            if self._process is not None:
                self._ask([w for w in ahead if w not in self._expected], first=False)

    def sound(self, start_s: float, end_s: float, *, rate: int) -> npt.NDArray[np.int16]:
        """(N,) int16 mono samples; at most a minute at a time. Raises BrokenMedia."""
        with self._lock:
            self._started()
            self._drop()
            self._send({"op": "sound", "start_s": start_s, "end_s": end_s, "rate": rate})
            while True:
                message = self._answer("sound")
                if isinstance(message.get("sound"), bytes):
                    return np.frombuffer(message["sound"], "<i2").astype(np.int16)
                self._shown(message)

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            process, self._process = self._process, None
            sock, self._sock = self._sock, None
            memory, self._map = self._map, None
            self._expected.clear()
            if process is not None:
                process.kill()
                process.wait()
            if sock is not None:
                sock.close()
            if memory is not None:
                with contextlib.suppress(BufferError):
                    memory.close()
            if self._memory >= 0:
                os.close(self._memory)
                self._memory = -1

    # -- the process --

    def _started(self) -> None:
        if self._process is not None:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._memory = _shared_memory()
        package = [path for path in sys.path if path]
        arguments = [theirs.fileno(), self._file, self._memory, self._limits.max_pixels, _SLOTS, _MEMORY_BYTES]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-c", _CODE, *map(str, arguments), *package],
                env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._file, self._memory),
                close_fds=True,
                cwd="/",
            )
        self._sock = ours
        self.starts += 1
        message = self._answer("the file", stall_s=_START_S)
        if "facts" not in message:
            self.close()
            raise self._refused(message)
        try:
            self._facts = VideoFacts.from_wire(message["facts"])
            self._slot_bytes = int(message["slot_bytes"])
            self._map = mmap.mmap(self._memory, self._slot_bytes * _SLOTS, prot=mmap.PROT_READ)
        except (KeyError, TypeError, ValueError, OSError) as error:
            self.close()
            raise BrokenMedia(f"{self.name} cannot be opened: the decoder answered nonsense") from error

    def _refused(self, message: dict[str, Any]) -> MediaError:
        text = str(message.get("text", ""))[:200]
        match message.get("refused"):
            case "NoVideo":
                return UnsupportedMedia(
                    f"{self.name} is no video to look at: {text}; pass a file with pictures in it", kind="audio"
                )
            case "TooLarge":
                return MediaTooLarge(
                    f"{self.name} is too large to decode ({text}, at most {self._limits.max_pixels:,} pixels a frame): "
                    "scale it down, or raise MediaLimits(max_pixels=...)"
                )
        return BrokenMedia(f"{self.name} cannot be opened as a video ({text}): save or download it again")

    def _ask(self, wanted: Sequence[Wanted], *, first: bool) -> None:
        if wanted:
            self._expected.extend(wanted)
            self._send({"op": "frames", "wanted": [list(each) for each in wanted], "first": first})

    def _drop(self) -> None:
        self._expected.clear()
        self._send({"op": "frames", "wanted": [], "first": True})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._sock is not None
        try:
            send(self._sock, message)
        except OSError as error:
            raise self._lost("was asked for something") from error

    def _answer(self, what: str, *, stall_s: float | None = None) -> dict[str, Any]:
        """The next message that is no sign of life.

        Raises:
            BrokenMedia: when the process dies, says nothing for too long, or takes too long altogether.
        """
        assert self._sock is not None
        stall_s = stall_s or self._limits.decode_stall_s
        until = time.monotonic() + max(stall_s, self._limits.decode_s)
        self._sock.settimeout(stall_s)
        try:
            while True:
                message = receive(self._sock)
                if message is None:
                    raise self._lost(f"read {what}")
                if "tick" not in message:
                    return message
                if time.monotonic() > until:
                    raise TimeoutError
        except MediaError:
            raise
        except TimeoutError:
            self.close()
            raise BrokenMedia(
                f"{self.name} takes too long to decode: decoding {what} was given up; convert it to another format "
                "(H.264 in MP4), or raise MediaLimits(decode_s=...)"
            ) from None
        except ValueError as error:
            self.close()
            raise BrokenMedia(f"{self.name} cannot be decoded: the decoder answered nonsense") from error

    def _lost(self, when: str) -> BrokenMedia:
        self.close()
        return BrokenMedia(
            f"{self.name} is damaged: the decoder crashed when it {when}; save or download it again", crashed=True
        )

    def _shown(self, message: dict[str, Any]) -> Shown | None:
        """The frame that a message tells of, copied out of its slot; None for anything else."""
        try:
            index, width, height = (int(value) for value in message["frame"])
        except (KeyError, TypeError, ValueError):
            return None
        wanted = (index, width, height)
        with contextlib.suppress(ValueError):
            self._expected.remove(wanted)
        if "broken" in message:
            return Shown(wanted, None, f"{self.name} is damaged: {str(message['broken'])[:200]}")
        slot, count = int(message["slot"]), width * height * 3
        if not (0 <= slot < _SLOTS and 0 < count <= self._slot_bytes):
            self.close()
            raise BrokenMedia(f"{self.name} cannot be decoded: the decoder answered nonsense")
        start = slot * self._slot_bytes
        pixels = np.frombuffer(self._map, np.uint8, count=count, offset=start).reshape(height, width, 3).copy()
        pixels.setflags(write=False)
        self.damaged_frames = int(message.get("damaged", 0))
        self._send({"op": "free", "slot": slot})
        return Shown(wanted, pixels)


def _shared_memory() -> int:
    """A descriptor of nameless memory that a child can map too."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("sightline-frames")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
