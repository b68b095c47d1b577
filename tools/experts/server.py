"""The expert server: one pool for all processes of a machine, behind a Unix socket or a port with a token.

A client asks as it would ask a pool; what the server lacks of the pictures, videos and masks that a call names, it asks
the client for, once. Pictures travel as pixels and videos as open files, over a port as bytes, so no path crosses. Each
connection has a thread, and the pool joins what they ask. Whoever can connect can use the experts, and nothing else.
"""

from __future__ import annotations

import array
import contextlib
import hmac
import os
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef, reference_from_wire
from ..api.stopping import Stopped, stopped_by
from ..errors import ApiMisuse, BadRequest, ExpertFailed, MediaTooLarge, SightlineError
from ..framing import BadFrame, Encoder
from ..media import MediaStore, Video
from .addresses import Port, bound
from .faults import without_paths
from .messages import hung_up, receive, send, told
from .packing import MOST_BYTES, packed, unpacked
from .pool import ExpertPool

__all__ = ["ExpertServer"]

_STORE_BYTES = 1_000_000_000  # of pixels that are held for clients
_MOST_VIDEO_BYTES = 16_000_000_000  # of a file that comes over a port
_PIECE = 1 << 20
_TO_SAY_S, _MOST_SAID = 10.0, 1 << 12  # for a token: seconds, and bytes of the message


class ExpertServer:
    """Serves a pool on a Unix socket or a port.

    Args:
        pool: whose owner closes it.
        where: the path of the socket, whose folder is made if it is not there, or a port.
        token: what clients must say first, None for nothing; a port needs one.
        anywhere: whether a port may be one that other machines can reach.

    Attributes:
        where: as given, a port with its number.

    Raises:
        BadRequest: when another server listens there, or the path cannot be used.
    """

    def __init__(
        self, pool: ExpertPool, where: Path | Port, *, token: str | None = None, anywhere: bool = False
    ) -> None:
        if isinstance(where, Port) and not token:
            raise BadRequest(f"an expert server at {where} needs a token, since every user of the machine can connect")
        self._pool, self._token = pool, token
        self._store = MediaStore(max_bytes=_STORE_BYTES)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._closed = False
        self._socket = bound(where, anywhere=anywhere)
        self.where: Path | Port = where if isinstance(where, Path) else Port(where.host, self._socket.getsockname()[1])

    def serve_forever(self) -> None:
        """Take connections until `close` is called from another thread or a signal handler."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._attend, args=(connection,), name="expert client", daemon=True).start()

    def close(self) -> None:
        """Stop listening and hang up."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            connections = list(self._connections)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self._socket.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if isinstance(self.where, Path):
            with contextlib.suppress(OSError):
                self.where.unlink()
        self._store.rest()

    def _attend(self, connection: socket.socket) -> None:
        """Answer one client until it hangs up or says what cannot be understood."""
        encoder = Encoder(MOST_BYTES)
        try:
            if self._token is not None and not self._knows_token(connection):
                send(connection, encoder, {"error": told(BadRequest("the expert server does not know this token"))})
                return
            while True:
                message = receive(connection)
                if not isinstance(message, dict):
                    return
                send(connection, encoder, self._reply(connection, message))
        except (EOFError, BadFrame, OSError, Stopped):
            return
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _knows_token(self, connection: socket.socket) -> bool:
        """Whether a client says the token; what strangers send is kept short, in size and time."""
        try:
            message = receive(connection, until=time.monotonic() + _TO_SAY_S, most=_MOST_SAID)
        except TimeoutError:
            return False
        said = message.get("token") if isinstance(message, dict) else None
        return isinstance(said, str) and hmac.compare_digest(said.encode(), str(self._token).encode())

    def _reply(self, connection: socket.socket, message: dict[str, Any]) -> dict[str, Any]:
        try:
            match message.get("do"):
                case "call":
                    with stopped_by(partial(hung_up, connection)):
                        return self._call(message)
                case "hello":
                    return self._about()
                case "status":
                    return {"status": self._pool.status()}
                case "picture":
                    self._held().add(np.array(unpacked(message["pixels"])))
                    return {"taken": True}
                case "mask":
                    self._held().add_mask(unpacked(message["mask"]))
                    return {"taken": True}
                case "video":
                    return self._video(connection, message)
                case _:
                    raise ApiMisuse("the expert server was asked for something that it does not know")
        except MediaTooLarge:
            with self._lock:  # the store is full: begin anew, and clients send again what they still need
                self._store.rest()
                self._store = MediaStore(max_bytes=_STORE_BYTES)
            return {"again": True}
        except SightlineError as error:
            return {"error": told(error)}
        except Exception as error:  # a message of the wrong shape, or a fault of the server
            return {"error": told(ExpertFailed(f"the expert server failed: {without_paths(error)}"))}

    def _held(self) -> MediaStore:
        with self._lock:
            return self._store

    def _about(self) -> dict[str, Any]:
        profile, model = self._pool.profile, self._pool.multimodal
        return {
            "profile": {
                "name": profile.name,
                "description": profile.description,
                "experts": {capability: list(names) for capability, names in profile.experts.items()},
            },
            "capabilities": sorted(self._pool.capabilities),
            "world": self._pool.world,
            "multimodal": None if model is None else list(model),
        }

    def _call(self, message: dict[str, Any]) -> dict[str, Any]:
        store, asked = self._held(), message["targets"]
        single = isinstance(asked, dict)
        targets = [reference_from_wire(each) for each in ([asked] if single else asked)]
        lacking = _lacking(store, targets)
        if lacking:
            return {"need": lacking}
        media = _Watched(store)
        served = self._pool.serve(message["capability"], targets[0] if single else targets, message["arguments"], media)
        return {
            "data": served.data,
            "expert": served.expert,
            "version": served.version,
            "cached": served.cached,
            "ahead": served.ahead,
            "seconds": served.seconds,
            "confidence": served.confidence,
            "masks": [packed(mask) for mask in media.masks],
            "pictures": [packed(pixels) for pixels in media.pictures],
        }

    def _video(self, connection: socket.socket, message: dict[str, Any]) -> dict[str, Any]:
        """Take a file that comes behind the message, open or with all its bytes, and open it as one's own."""
        descriptor = _copied(connection, int(message["bytes"])) if "bytes" in message else _handed(connection)
        try:
            self._held().add_video(f"/proc/self/fd/{descriptor}", samples=int(message["samples"]))
        finally:
            os.close(descriptor)
        return {"taken": True}


def _handed(connection: socket.socket) -> int:
    """The descriptor of an open file that comes over a Unix socket."""
    room = array.array("i")
    _, notes, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(room.itemsize))
    for level, kind, data in notes:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            room.frombytes(data[: len(data) - len(data) % room.itemsize])
    if len(room) != 1:
        raise ApiMisuse("a video did not come with its file")
    return room[0]


def _copied(connection: socket.socket, size: int) -> int:
    """The descriptor of a nameless file with so many bytes that come over a port. Raises EOFError when they do not."""
    if not 0 < size <= _MOST_VIDEO_BYTES:
        raise EOFError  # nothing that follows can be understood
    with tempfile.TemporaryFile() as file:
        while size:
            piece = connection.recv(min(size, _PIECE))
            if not piece:
                raise EOFError
            file.write(piece)
            size -= len(piece)
        file.flush()
        return os.dup(file.fileno())


class _Watched:
    """The store during one call: notes what experts add, for the client's own store."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store
        self.masks: list[npt.NDArray[np.bool_]] = []
        self.pictures: list[npt.NDArray[np.uint8]] = []

    def add(self, source: Any) -> ImageRef:
        ref = self._store.add(source)
        self.pictures.append(self._store.picture(ref.media).pixels)
        return ref

    def add_mask(self, mask: npt.NDArray[np.bool_]) -> str:
        self.masks.append(mask)
        return self._store.add_mask(mask)

    def mask(self, mask_id: str) -> npt.NDArray[np.bool_]:
        return self._store.mask(mask_id)

    def pixels(self, ref: ImageRef, *, margin_px: int = 0) -> npt.NDArray[np.uint8]:
        return self._store.pixels(ref, margin_px=margin_px)

    def video(self, media_id: str) -> Video:
        return self._store.video(media_id)

    def seen_frames(self, media_id: str) -> Sequence[int]:
        return self._store.seen_frames(media_id)


def _lacking(store: MediaStore, targets: Sequence[Reference]) -> list[dict[str, Any]]:
    """What the client must send before these can be asked about, each once."""
    wanted: dict[tuple[str, str], dict[str, Any]] = {}
    for target in targets:
        if not store.knows(target.media):
            video = isinstance(target, VideoRef) or target.frame is not None
            kind = "video" if video else "picture"
            wanted[kind, target.media] = {"kind": kind, "id": target.media}
        if isinstance(target, ImageRef) and target.mask is not None:
            try:
                store.mask(target.mask)
            except ApiMisuse:
                wanted["mask", target.mask] = {"kind": "mask", "id": target.mask}
    return list(wanted.values())
