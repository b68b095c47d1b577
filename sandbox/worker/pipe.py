"""The worker's end of the pipe, and the runtime that asks the host through it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ...tools.api.refs import ImageRef, Reference, VideoRef
from ...tools.errors import ApiMisuse, LimitExceeded, SightlineError, error_types
from .. import wire

__all__ = ["FILENAME", "Pipe", "PipeRuntime", "Printer", "program_line"]

FILENAME = "<program>"
_REMEMBERED = 1024  # references that are kept packed


class Pipe:
    """Frames over a pair of descriptors that may be the same one."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._buffer = bytearray()
        self._encoder = wire.Encoder()
        self.pack = self._encoder.pack

    def send(self, message: Any) -> None:
        """Raises TypeError, ValueError, OverflowError or wire.BadFrame when the message cannot be sent."""
        data = self._encoder.frame(message)
        sent = os.write(self._write_fd, data)
        while sent < len(data):
            sent += os.write(self._write_fd, data[sent:])

    def receive(self) -> Any:
        buffer = self._buffer
        if not buffer:
            data = os.read(self._read_fd, 1 << 18)
            if len(data) > 4 and len(data) == 4 + wire.frame_length(data[:4]):
                return wire.decode(data[4:])
            if not data:
                os._exit(0)  # the host is gone
            buffer += data
        while len(buffer) < 4:
            self._fill()
        end = 4 + wire.frame_length(buffer[:4])
        while len(buffer) < end:
            self._fill()
        message = wire.decode(buffer[4:end])
        del buffer[:end]
        return message

    def _fill(self) -> None:
        data = os.read(self._read_fd, 1 << 18)
        if not data:
            os._exit(0)  # the host is gone
        self._buffer += data


class Printer:
    """The program's `print`: collects text and hands it to the host now and then."""

    def __init__(self, pipe: Pipe) -> None:
        self.limit = 0  # characters that may still be printed
        self._pipe = pipe
        self._parts: list[str] = []
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
        self._parts.append(text)
        self._size += len(text)
        if self._size > 8192:
            self.flush()

    def flush(self) -> None:
        if self._parts:
            text = "".join(self._parts).encode("utf-8", "replace").decode()
            self._parts.clear()
            self._size = 0
            for start in range(0, len(text), 1 << 17):
                self._pipe.send(["print", text[start : start + (1 << 17)]])


def program_line() -> int | None:
    """The line of the program that is running, seen from inside a call that it made."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == FILENAME:
            return frame.f_lineno
        frame = frame.f_back
    return None


class PipeRuntime:
    """Asks the host; what the host refused is raised here as the same class of error."""

    def __init__(self, pipe: Pipe, printer: Printer, after_call: Callable[[], None]) -> None:
        self._pipe = pipe
        self._printer = printer
        self._after_call = after_call
        self._errors = error_types()
        self._known: dict[int, tuple[Reference, bytes]] = {}

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
        self._printer.flush()
        kind = type(target)
        try:
            if kind is ImageRef or kind is VideoRef:
                packed: Any = self._packed(target)
            else:
                packed = [self._packed(reference) for reference in target]
            self._pipe.send(["call", program_line(), capability, packed, arguments])
        except (TypeError, ValueError, OverflowError, wire.BadFrame) as error:
            raise ApiMisuse(f"{capability} takes short plain text, numbers and lists only") from error
        reply = self._pipe.receive()
        self._after_call()
        if reply[0]:
            return reply[1]
        raise self._errors.get(reply[1], SightlineError)(reply[2])
