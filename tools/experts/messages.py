"""Messages between the processes of experts: sent and received whole, with errors of the tree as plain data."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from ..api.stopping import Stopped, current_check
from ..errors import ExpertFailed, SightlineError, error_types
from ..framing import HEADER, Encoder, decode, frame_length
from .packing import MOST_BYTES

__all__ = ["error_from", "hung_up", "receive", "send", "told", "wait"]

_LOOK_S = 0.05  # between two looks at whether to go on waiting


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


def wait(connection: socket.socket) -> None:
    """Wait for a message to begin. Raises Stopped once nobody waits for it any more."""
    check = current_check()
    while not _anything(connection, _LOOK_S):
        check()


def hung_up(connection: socket.socket) -> None:
    """Raises Stopped once the other end is gone, though it still waits for an answer."""
    if not _anything(connection, 0.0):
        return
    try:
        gone = not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        gone = True
    if gone:
        raise Stopped


def _anything(connection: socket.socket, within_s: float) -> bool:
    """Whether there is something to read, or the end."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(within_s * 1000))


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
