"""Messages between the host and a decoder process: msgpack maps with a length before each, over a socket.

The host treats what comes as untrusted, since a decoder that a file has taken over writes it: sizes are bounded here,
meaning is checked by whoever reads the map.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

import msgpack

__all__ = ["MOST_BYTES", "receive", "send"]

_LENGTH = struct.Struct("<I")
MOST_BYTES = 4_000_000


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    data = msgpack.packb(message)
    sock.sendall(_LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket) -> dict[str, Any] | None:
    """The next message; None when the other side has gone.

    Raises:
        TimeoutError: when the socket's time-out passes.
        ValueError: on a message that is too long or no map.
    """
    head = _exactly(sock, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MOST_BYTES:
        raise ValueError("a message that is too long")
    data = _exactly(sock, length)
    if data is None:
        return None
    try:
        message = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise ValueError("a message that cannot be read") from error
    if not isinstance(message, dict):
        raise ValueError("a message that is no map")
    return message


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = sock.recv(min(count - len(parts), 1 << 20))
        except (ConnectionError, BrokenPipeError):
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
