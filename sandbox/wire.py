"""The frames on the pipe between host and worker, under the name by which both sides know them.

The host takes every byte from a worker for hostile: after a `BadFrame` the worker is killed. What the data means is
checked by whoever receives it (`session.py`, `values.py`), by exact type.
"""

from __future__ import annotations

from ..tools.framing import HEADER, MAX_FRAME, BadFrame, Encoder, decode, frame_length

__all__ = ["HEADER", "MAX_FRAME", "BadFrame", "Encoder", "decode", "frame_length"]
