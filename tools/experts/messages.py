"""Messages between the processes of experts: sent and received whole, with errors of the tree as plain data."""

from __future__ import annotations

import socket
import time
from typing import Any

from ..errors import ExpertFailed, SightlineError, error_types
from ..framing import HEADER, Encoder, decode, frame_length
from .packing import MOST_BYTES

__all__ = ["error_from", "receive", "send", "told"]


def send(connection: socket.socket, encoder: Encoder, message: Any) -> None:
    """Send one message. Raises OSError when nobody is there."""
    connection.sendall(encoder.frame(message))


def receive(connection: socket.socket, *, until: float | None = None, most: int = MOST_BYTES) -> Any:
    """The next message.

    Args:
        until: when to give up, on the clock of `time.monotonic`; None for never.
        most: bytes that it may have.

    Raises:
        TimeoutError: when it did not come by then.
        EOFError: when the other end is gone.
        BadFrame: when it is no message.
    """
    header = _exactly(connection, HEADER.size, until)
    return decode(_exactly(connection, frame_length(header, most), until), most)


def _exactly(connection: socket.socket, count: int, until: float | None) -> bytearray:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        if until is None:
            connection.settimeout(None)
        else:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        try:
            read = connection.recv_into(view[got:])
        except (ConnectionError, BrokenPipeError):
            raise EOFError from None
        if not read:
            raise EOFError
        got += read
    return data


def told(error: SightlineError) -> dict[str, Any]:
    """An error as plain data."""
    return {"type": type(error).__name__, "message": error.message, "reason": error.facts.get("reason")}


def error_from(data: Any) -> SightlineError:
    """An error of the tree by its name and text; anything else is the expert's failure."""
    if not isinstance(data, dict) or not isinstance(data.get("message"), str):
        return ExpertFailed("an expert's process sent an error that is none")
    made = error_types().get(str(data.get("type")))
    reason = data.get("reason")
    facts = {"reason": reason} if isinstance(reason, str) else {}
    try:
        return made(data["message"], **facts) if made is not None else ExpertFailed(data["message"], **facts)
    except TypeError:
        return ExpertFailed(data["message"], **facts)
