"""The host's end of the two pipes to a worker: whole frames in and out, and never waiting for longer than a tick.

A small call to an expert is a few microseconds of work, so what surrounds it counts. Pipes are quicker than a socket
pair, and the wait is one `poll`. Beside other threads, bytes are copied in and out without letting go of the
interpreter, so that a call costs one hand-over where they run Python, and not three. That is safe because both ends
are non-blocking: a worker that does not read cannot make this thread hold the interpreter.
"""

from __future__ import annotations

import abc
import ctypes
import functools
import os
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from . import wire

__all__ = ["TICK_S", "Channel", "PipeChannel"]

TICK_S = 0.025  # how late a deadline or a cancellation may be seen
# To be woken on an idle core takes longer than a worker needs for its next small call. Where looking does not pay (one
# core, a program that computes between its calls, a machine with much to do), it is tried once in a while only.
_LOOK_S = 0.0001
_REST = 16  # reads
_SPACE = 1 << 16  # bytes read at once; as many as a pipe holds

Payload = bytes | bytearray | memoryview


class Channel(abc.ABC):
    """Frames over bytes that arrive in any pieces. `idle` is called in each tick of waiting, and may raise."""

    def __init__(self) -> None:
        self._pending = bytearray()  # the beginning of a frame, or more than one

    def prepare(self) -> None:  # noqa: B027 - most channels need nothing
        """A program is about to be served by this thread."""

    @abc.abstractmethod
    def _read(self, idle: Callable[[], None]) -> Payload:
        """Some bytes, valid until the next read; empty when the worker is gone."""

    @abc.abstractmethod
    def send(self, data: bytes, idle: Callable[[], None]) -> None:
        """Send all of it; when the worker is gone, the next `receive` says so."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give back the descriptors."""

    def receive(self, idle: Callable[[], None]) -> Payload | None:
        """The next payload, valid until the next call; None when the worker is gone.

        Raises:
            wire.BadFrame: when the bytes announce a frame that cannot be.
        """
        pending = self._pending
        if not pending:
            data = self._read(idle)
            if not data:
                return None
            if len(data) > 4 and len(data) == 4 + wire.frame_length(data):
                return data[4:]
            pending += data
        wanted = 4
        while True:
            if len(pending) >= wanted:
                end = 4 + wire.frame_length(pending)
                if len(pending) >= end:
                    payload = bytes(pending[4:end])
                    del pending[:end]
                    return payload
                wanted = end
            idle()  # a frame that comes in drops is no way around the clock
            data = self._read(idle)
            if not data:
                return None
            pending += data


class PipeChannel(Channel):
    """Over two descriptors, which are made non-blocking. `reader` is the worker's end of the pipe that is written to,
    held open so that a write to a worker that has just died is no broken pipe, whatever the host does with SIGPIPE.
    """

    def __init__(self, read_fd: int, write_fd: int, reader: int | None = None) -> None:
        super().__init__()
        self._read_fd, self._write_fd = read_fd, write_fd
        self._all = {read_fd, write_fd} if reader is None else {read_fd, write_fd, reader}
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        poll = select.poll()
        poll.register(read_fd, select.POLLIN)
        self._wait = poll.poll
        self._held: _Held | None = None
        self._rest = 1  # reads that go straight to waiting; the first message of a program is long in coming

    def prepare(self) -> None:
        """Choose how to copy: a call of the library that holds the interpreter is dearer where nobody wants it."""
        self._held = _held() if threading.active_count() > 1 else None

    def _read(self, idle: Callable[[], None]) -> Payload:
        if self._held is None:
            data = self._look()
            if data is not None:
                return data
        while True:
            if not self._wait(TICK_S * 1e3):
                idle()
                continue
            if self._held is not None:
                count = self._held.read(self._read_fd, self._held.address, _SPACE)
                if count >= 0:
                    return self._held.view[:count]
            else:
                try:
                    return os.read(self._read_fd, _SPACE)
                except BlockingIOError:
                    continue

    def _look(self) -> bytes | None:
        """What comes within `_LOOK_S`; looking is given up for a while when nothing does."""
        if self._rest:
            self._rest -= 1
            return None
        until = time.perf_counter() + _LOOK_S
        while time.perf_counter() < until:
            try:
                return os.read(self._read_fd, _SPACE)
            except BlockingIOError:
                pass
        self._rest = _REST
        return None

    def _write(self, data: bytes) -> int:
        """How much of it could be written at once."""
        if self._held is not None:
            count: int = self._held.write(self._write_fd, data, len(data))
            return max(count, 0)
        try:
            return os.write(self._write_fd, data)
        except OSError:
            return 0  # full or gone; waiting for room tells which

    def send(self, data: bytes, idle: Callable[[], None]) -> None:
        sent = self._write(data)
        while sent < len(data):
            data = data[sent:]
            idle()
            if not self._room(idle):
                return
            sent = self._write(data)

    def _room(self, idle: Callable[[], None]) -> bool:
        """Wait until something can be written; False when the worker is gone."""
        poll = select.poll()
        poll.register(self._read_fd, 0)  # tells of a hang-up unasked
        poll.register(self._write_fd, select.POLLOUT)
        while not (events := poll.poll(TICK_S * 1e3)):
            idle()
        return any(fd == self._write_fd and event & select.POLLOUT for fd, event in events)

    def close(self) -> None:
        for fd in self._all:
            os.close(fd)
        self._all = set()


class _Held(threading.local):
    """`read` and `write` of the C library, called without letting go of the interpreter, and a thread's room for what
    arrives."""

    def __init__(self) -> None:
        library = ctypes.PyDLL(None)
        self.read: Any = library.read
        self.read.argtypes, self.read.restype = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t), ctypes.c_ssize_t
        self.write: Any = library.write
        self.write.argtypes, self.write.restype = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t), ctypes.c_ssize_t
        room = (ctypes.c_char * _SPACE)()
        self.view = memoryview(room).cast("B")
        self.address = ctypes.addressof(room)


@functools.cache
def _held() -> _Held:
    return _Held()
