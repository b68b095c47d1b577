"""The worker's end of the pipe, and the runtime that asks the host through it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from ...tools.api.refs import ImageRef, Reference, VideoRef
from ...tools.errors import ApiMisuse, LimitExceeded, SightlineError, error_types
from .. import wire

__all__ = ["FILENAME", "Pipe", "PipeRuntime", "Printer"]

FILENAME = "<program>"
_REMEMBERED = 1024  # references that are kept packed
_AT_ONCE = 1 << 16  # bytes; as many as a pipe holds


class Pipe:
    """Frames over a pair of descriptors."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._read: Callable[[int, int], bytes] = os.read
        self._write: Callable[[int, bytes], int] = os.write
        self._buffer = bytearray()
        self._encoder = wire.Encoder()
        self.pack = self._encoder.pack

    def send(self, message: Any) -> None:
        """Raises TypeError, ValueError, OverflowError or wire.BadFrame when the message cannot be sent."""
        data = self._encoder.frame(message)
        sent = self._write(self._write_fd, data)
        while sent < len(data):
            sent += self._write(self._write_fd, data[sent:])

    def receive(self) -> Any:
        buffer = self._buffer
        if not buffer:
            data = self._read(self._read_fd, _AT_ONCE)
            if len(data) > 4 and len(data) == 4 + wire.frame_length(data):
                return wire.decode(data[4:])
            if not data:
                os._exit(0)  # the host is gone
            buffer += data
        while len(buffer) < 4:
            self._fill()
        end = 4 + wire.frame_length(buffer)
        while len(buffer) < end:
            self._fill()
        message = wire.decode(buffer[4:end])
        del buffer[:end]
        return message

    def _fill(self) -> None:
        data = self._read(self._read_fd, _AT_ONCE)
        if not data:
            os._exit(0)  # the host is gone
        self._buffer += data

    @contextlib.contextmanager
    def played(self, arriving: Iterable[bytes]) -> Iterator[None]:
        """Inside the block frames come from `arriving`, and what is sent goes nowhere."""
        frames = iter(arriving)
        self._read, self._write = lambda fd, size: next(frames), lambda fd, data: len(data)
        try:
            yield
        finally:
            self._read, self._write = os.read, os.write


class Printer:
    """The program's `print`: collects text and hands it to the host now and then."""

    def __init__(self, pipe: Pipe) -> None:
        self.limit = 0  # characters that may still be printed
        self._pipe = pipe
        self.parts: list[str] = []  # not yet sent
        self._size = 0

    def print(
        self, *values: Any, sep: str | None = None, end: str | None = None, file: None = None, flush: bool = False
    ) -> None:
        """Like the builtin, to the one place where a program's text goes."""
        if file is not None:
            raise TypeError("print takes no file in programs")
        for given, name in ((sep, "sep"), (end, "end")):
            if given is not None and not isinstance(given, str):
                raise TypeError(f"{name} must be None or a string, not {type(given).__name__}")
        text = (" " if sep is None else sep).join([str(value) for value in values]) + ("\n" if end is None else end)
        text = str.__str__(text)
        if len(text) > self.limit:
            self._keep(text[: self.limit])
            self.limit = 0
            raise LimitExceeded("the program printed more than its limit")
        self.limit -= len(text)
        self._keep(text)

    def _keep(self, text: str) -> None:
        self.parts.append(text)
        self._size += len(text)
        if self._size > 8192:
            self.flush()

    def flush(self) -> None:
        if self.parts:
            text = "".join(self.parts).encode("utf-8", "replace").decode()
            self.parts.clear()
            self._size = 0
            for start in range(0, len(text), 1 << 17):
                self._pipe.send(["print", text[start : start + (1 << 17)]])


class PipeRuntime:
    """Asks the host; what the host refused is raised here as the same class of error."""

    def __init__(self, pipe: Pipe, printer: Printer, after_call: Callable[[], None]) -> None:
        self._pipe = pipe
        self._printer = printer
        self._after_call = after_call
        self._errors = error_types()
        self._known: dict[int, tuple[Reference, bytes]] = {}

    def forget(self) -> None:
        self._known.clear()

    def _packed(self, reference: Reference) -> bytes:
        """Targets travel packed, so that the host need not take apart again what it has seen before."""
        known = self._known.get(id(reference))
        if known is not None and known[0] is reference:
            return known[1]
        packed = self._pipe.pack(reference.to_wire())
        if len(self._known) < _REMEMBERED:
            self._known[id(reference)] = reference, packed
        return packed

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        """Serve one call, as `Runtime.call` promises."""
        if self._printer.parts:
            self._printer.flush()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != FILENAME:
            frame = frame.f_back
        line = None if frame is None else frame.f_lineno
        kind = type(target)
        try:
            if kind is ImageRef or kind is VideoRef:
                packed: Any = self._packed(target)
            else:
                packed = [self._packed(reference) for reference in target]
            self._pipe.send(["call", line, capability, packed, arguments])
        except (TypeError, ValueError, OverflowError, wire.BadFrame) as error:
            raise ApiMisuse(f"{capability} takes short plain text, numbers and lists only") from error
        done, reply, *rest = self._pipe.receive()
        self._after_call()
        if done:
            return reply
        raise self._errors.get(reply, SightlineError)(*rest)
