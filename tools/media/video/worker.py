"""The decoder process: opens one file and sends the frames that are asked for, until the host hangs up.

Frames go into slots of memory that both sides share; the socket only says which. Frames that are wanted ahead are
decoded while the host does something else, and a new request goes before them.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import sys
import threading
import time
from typing import Any

import numpy as np

from .container import Broken, NoVideo, TooLarge
from .lanes import Lanes, Wanted
from .pipe import receive, send
from .sound_only import AnyReader, open_reader

__all__ = ["main"]

_TICK_S = 0.5


class _Worker:
    def __init__(self, sock: socket.socket, file: int, memory: int, *, max_pixels: int, slots: int) -> None:
        self._sock = sock
        self._file = file
        self._memory = memory
        self._max_pixels = max_pixels
        self._slots = slots
        self._sending = threading.Lock()
        self._ticked = time.monotonic()
        self._map: Any = None

    def run(self) -> None:
        try:
            reader = open_reader(self._file, max_pixels=self._max_pixels, tick=self._tick)
        except (NoVideo, Broken, TooLarge) as error:
            self._send({"refused": type(error).__name__, "text": str(error)})
            return
        facts = reader.facts
        self._slot_bytes = facts.width * facts.height * 3
        # Made here and not by the host, who does not know how large a frame is; it takes space as it is written.
        os.ftruncate(self._memory, self._slot_bytes * self._slots)
        self._map = mmap.mmap(self._memory, self._slot_bytes * self._slots)
        lanes = Lanes(reader, slots=self._slots, show=self._show, refuse=self._refuse)
        self._send({"facts": facts.to_wire(), "slot_bytes": self._slot_bytes})
        while (message := receive(self._sock)) is not None:
            match message["op"]:
                case "frames":
                    lanes.want([(int(i), int(w), int(h)) for i, w, h in message["wanted"]], first=message["first"])
                case "free":
                    lanes.free(int(message["slot"]))
                case "sound":
                    with lanes.reader() as reader:
                        start_s, end_s, rate = float(message["start_s"]), float(message["end_s"]), int(message["rate"])
                        samples = reader.sound(start_s, end_s, rate=rate)
                    self._send({"sound": samples.astype("<i2").tobytes()})

    def _show(self, reader: AnyReader, wanted: Wanted, picture: Any, slot: int) -> None:
        _, width, height = wanted
        pixels = reader.drawn(picture, (width, height))
        start = slot * self._slot_bytes
        room = np.frombuffer(self._map, np.uint8, count=width * height * 3, offset=start)
        np.copyto(room.reshape(height, width, 3), pixels)
        self._send({"frame": list(wanted), "slot": slot, "damaged": reader.damaged_frames})

    def _refuse(self, wanted: Wanted, why: Broken) -> None:
        self._send({"frame": list(wanted), "broken": str(why)})

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._ticked >= _TICK_S:
            self._ticked = now
            self._send({"tick": True})

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:  # a message of one lane and not parts of several
            send(self._sock, message)


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
