"""The decoder process: opens one file and sends the frames that are asked for, until the host hangs up.

Frames go into slots of memory that both sides share; the socket only says which. Frames that are wanted ahead are
decoded while nothing else is asked, and a new request goes before them.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import socket
import sys
import time
from collections import deque
from typing import Any

import numpy as np

from .pipe import receive, send
from .reader import Broken, NoVideo, Reader, TooLarge
from .sound_only import open_reader

__all__ = ["main"]

_TICK_S = 0.5


class _Worker:
    def __init__(self, sock: socket.socket, file: int, memory: int, *, max_pixels: int, slots: int) -> None:
        self._sock = sock
        self._file = file
        self._memory = memory
        self._max_pixels = max_pixels
        self._wanted: deque[tuple[int, int, int]] = deque()
        self._free = list(range(slots))
        self._ticked = time.monotonic()
        self._map: Any = None
        self._reader: Reader | None = None

    def run(self) -> None:
        try:
            self._reader = open_reader(self._file, max_pixels=self._max_pixels, tick=self._tick)
        except (NoVideo, Broken, TooLarge) as error:
            send(self._sock, {"refused": type(error).__name__, "text": str(error)})
            return
        facts = self._reader.facts
        self._slot_bytes = facts.width * facts.height * 3
        # Made here and not by the host, who does not know how large a frame is; it takes space as it is written.
        os.ftruncate(self._memory, self._slot_bytes * len(self._free))
        self._map = mmap.mmap(self._memory, self._slot_bytes * len(self._free))
        send(self._sock, {"facts": facts.to_wire(), "slot_bytes": self._slot_bytes})
        while True:
            busy = bool(self._wanted and self._free)
            if not busy or select.select([self._sock], [], [], 0)[0]:
                message = receive(self._sock)
                if message is None:
                    return
                self._told(message)
            elif self._wanted:
                self._show(*self._wanted.popleft())

    def _told(self, message: dict[str, Any]) -> None:
        match message["op"]:
            case "frames":
                if message["first"]:
                    self._wanted.clear()
                self._wanted.extend((int(i), int(w), int(h)) for i, w, h in message["wanted"])
            case "free":
                self._free.append(int(message["slot"]))
            case "sound":
                self._sound(float(message["start_s"]), float(message["end_s"]), int(message["rate"]))

    def _show(self, index: int, width: int, height: int) -> None:
        assert self._reader is not None
        try:
            pixels = self._reader.frame(index, size=(width, height))
        except Broken as error:
            send(self._sock, {"frame": [index, width, height], "broken": str(error)})
            return
        slot = self._free.pop()
        start = slot * self._slot_bytes
        room = np.frombuffer(self._map, np.uint8, count=width * height * 3, offset=start)
        np.copyto(room.reshape(height, width, 3), pixels)
        del room
        send(self._sock, {"frame": [index, width, height], "slot": slot, "damaged": self._reader.damaged_frames})

    def _sound(self, start_s: float, end_s: float, rate: int) -> None:
        assert self._reader is not None
        samples = self._reader.sound(start_s, end_s, rate=rate)
        send(self._sock, {"sound": samples.astype("<i2").tobytes()})

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._ticked >= _TICK_S:
            self._ticked = now
            send(self._sock, {"tick": True})


def _confine(memory_bytes: int) -> None:
    """Limits of the kernel, and an end with the host's end; what a system lacks is left out."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL: a decoder that hangs outlives nobody


def main(socket_fd: str, file_fd: str, memory_fd: str, max_pixels: str, slots: str, memory_bytes: str) -> None:
    """Serve one file. The arguments are descriptors and limits, as texts since they come from a command line."""
    _confine(int(memory_bytes))
    import av

    av.logging.set_level(None)
    with socket.socket(fileno=int(socket_fd)) as sock, contextlib.suppress(BrokenPipeError, ConnectionError):
        worker = _Worker(sock, int(file_fd), int(memory_fd), max_pixels=int(max_pixels), slots=int(slots))
        try:
            worker.run()
        except MemoryError:
            send(sock, {"refused": "TooLarge", "text": "it asks for more memory than a decoder may use"})
    sys.stdout = sys.stderr = None
    os._exit(0)  # FFmpeg's threads have nothing to finish
