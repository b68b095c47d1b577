"""The expert server: one pool for all processes of a machine, behind a Unix socket that only its owner may open.

A client asks as it would ask a pool; what the server lacks of the pictures, videos and masks that a call names, it asks
the client for, once. Pictures travel as pixels and videos as open files, so no path crosses. Each connection has a
thread, and the pool joins what they ask. Whoever can open the socket can use the experts, and nothing else.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef, reference_from_wire
from ..errors import ApiMisuse, BadRequest, ExpertFailed, MediaTooLarge, SightlineError
from ..framing import BadFrame, Encoder
from ..media import MediaStore, Video
from .faults import without_paths
from .messages import receive, send, told
from .packing import MOST_BYTES, packed, unpacked
from .pool import ExpertPool

__all__ = ["ExpertServer"]

_STORE_BYTES = 1_000_000_000  # of pixels that are held for clients
_WAITING = 64  # connections that may wait to be taken


class ExpertServer:
    """Serves a pool on a Unix socket.

    Args:
        pool: whose owner closes it.
        path: of the socket; its folder is made if it is not there.

    Raises:
        BadRequest: when another server listens there, or the path cannot be used.
    """

    def __init__(self, pool: ExpertPool, path: Path) -> None:
        self._pool, self.path = pool, path
        self._store = MediaStore(max_bytes=_STORE_BYTES)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._closed = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._take(path)
            before = os.umask(0o177)
            try:
                self._socket.bind(str(path))
            finally:
                os.umask(before)
            self._socket.listen(_WAITING)
        except BadRequest:
            self._socket.close()
            raise
        except OSError as error:
            self._socket.close()
            why = error.strerror or "the path is too long"
            raise BadRequest(f"no expert server can listen at {path}: {why}") from None

    def _take(self, path: Path) -> None:
        """Remove what a server that is gone has left; one that is there keeps its place."""
        if not path.is_socket():
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                path.unlink()
                return
        raise BadRequest(f"an expert server already listens at {path}")

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
        with contextlib.suppress(OSError):
            self.path.unlink()
        self._store.rest()

    def _attend(self, connection: socket.socket) -> None:
        """Answer one client until it hangs up or says what cannot be understood."""
        encoder = Encoder(MOST_BYTES)
        try:
            while True:
                message = receive(connection)
                if not isinstance(message, dict):
                    return
                send(connection, encoder, self._reply(connection, message))
        except (EOFError, BadFrame, OSError):
            return
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _reply(self, connection: socket.socket, message: dict[str, Any]) -> dict[str, Any]:
        try:
            match message.get("do"):
                case "call":
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
        profile = self._pool.profile
        return {
            "profile": {
                "name": profile.name,
                "description": profile.description,
                "experts": {capability: list(names) for capability, names in profile.experts.items()},
            },
            "capabilities": sorted(self._pool.capabilities),
            "world": self._pool.world,
            "multimodal": self._pool.multimodal,
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
        """Take an open file that comes behind the message, and open it as one's own."""
        room = array.array("i")
        _, notes, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(room.itemsize))
        for level, kind, data in notes:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                room.frombytes(data[: len(data) - len(data) % room.itemsize])
        if len(room) != 1:
            raise ApiMisuse("a video did not come with its file")
        try:
            self._held().add_video(f"/proc/self/fd/{room[0]}", samples=int(message["samples"]))
        finally:
            os.close(room[0])
        return {"taken": True}


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
