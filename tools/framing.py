"""Frames between processes: four bytes of length, then msgpack with every limit set.

Whoever receives takes every byte for hostile: a frame that is too long, not msgpack, or holds an extension type is a
`BadFrame`, after which nothing more is read. What the data means is checked by the receiver, by exact type. How long a
frame may be is told by each protocol: little for a program's questions, more for the pixels that an expert is sent.
It is used inside the sandbox's worker too, so it imports nothing else of the project.
"""

from __future__ import annotations

import struct
from typing import Any

import msgpack

__all__ = ["HEADER", "MAX_FRAME", "BadFrame", "Encoder", "decode", "frame_length"]

MAX_FRAME = 1 << 20  # bytes; more than any honest question or answer
HEADER = struct.Struct("<I")


class BadFrame(Exception):
    """The bytes are not a frame of this protocol."""


_unpack = msgpack.unpackb
_unpack_header, _pack_header = HEADER.unpack_from, HEADER.pack


class Encoder:
    """Makes frames; one for each end of a pipe, because it keeps its buffer.

    Args:
        most: bytes that a frame may hold.
    """

    def __init__(self, most: int = MAX_FRAME) -> None:
        self._most = most
        self._packer = msgpack.Packer(strict_types=True, use_bin_type=True)

    def pack(self, data: Any) -> bytes:
        """Plain data without the header. Raises TypeError, ValueError or OverflowError for anything else."""
        try:
            packed: bytes = self._packer.pack(data)
        except Exception:
            self._packer.reset()  # it keeps what it had written when it fails half way
            raise
        return packed

    def frame(self, message: Any) -> bytes:
        """A frame ready to send.

        Raises:
            TypeError, ValueError, OverflowError: when it holds anything but plain data.
            BadFrame: when it is longer than a frame may be.
        """
        payload = self.pack(message)
        if len(payload) > self._most:
            raise BadFrame(f"{len(payload)} bytes is more than a message may hold")
        return _pack_header(len(payload)) + payload


def frame_length(data: bytes | bytearray | memoryview, most: int = MAX_FRAME) -> int:
    """The length in bytes of the payload that follows the first four bytes. Raises BadFrame where none can be."""
    length: int
    (length,) = _unpack_header(data)
    if not 0 < length <= most:
        raise BadFrame("a frame of impossible length")
    return length


def decode(payload: bytes | bytearray | memoryview, most: int = MAX_FRAME) -> Any:
    """Plain data from a payload. Raises BadFrame for anything else."""
    try:
        return _unpack(
            payload,
            raw=False,
            use_list=True,
            strict_map_key=True,
            max_str_len=MAX_FRAME,
            max_bin_len=most,
            max_array_len=1 << 17,
            max_map_len=1 << 16,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError, MemoryError, OverflowError) as error:
        raise BadFrame("not a message") from error
