"""`ExpertClient`: a pool that lives in the expert server's process, with the same ways to ask as one's own.

Connections are kept and lent to one thread at a time. When the server is gone, the calls under way fail as those of an
expert that was killed, and the next call connects again.
"""

from __future__ import annotations

import array
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..api.refs import ImageRef, Reference, VideoRef
from ..capabilities import capability
from ..errors import ApiMisuse, ExpertFailed, SightlineError
from ..framing import BadFrame, Encoder
from ..media import MediaStore
from .addresses import Port, connected, parsed
from .messages import error_from, receive, send, wait
from .packing import MOST_BYTES, packed, unpacked
from .pool import Served
from .profiles import ServedProfile

__all__ = ["ExpertClient"]

_PIECE = 1 << 20
_MOST_ROUNDS = 8  # of sending what the server lacks, for one call


class ExpertClient:
    """Asks the experts of a server.

    Args:
        where: the path of the server's socket, or its port as "tcp://127.0.0.1:7400".
        token: that the server wants to hear.

    Attributes:
        indexes: None; what is found in videos is remembered by the server, if it has a folder for it.

    Raises:
        BadRequest: when no server listens there.
    """

    indexes = None

    def __init__(self, where: Path | Port | str, *, token: str | None = None) -> None:
        self.where: Path | Port = where if isinstance(where, Port) else parsed(where)
        self._token = token
        self._idle: list[tuple[socket.socket, Encoder]] = []
        self._lock = threading.Lock()
        about = self._ask({"do": "hello"})
        self.profile = ServedProfile.of(about["profile"])
        self.capabilities: frozenset[str] = frozenset(about["capabilities"])
        self.world: str | None = about["world"]
        model = about["multimodal"]
        self.multimodal: tuple[str, str] | None = None if model is None else (str(model[0]), str(model[1]))

    def reason(self, capability_name: str) -> str | None:
        """Why nobody there serves the capability; None when somebody does."""
        asked = capability(capability_name)
        if asked.name in self.capabilities:
            return None
        return f"no expert of the server's profile {self.profile.name!r} can {asked.asks} ({asked.name})"

    def loaded(self) -> list[str]:
        """The names of the experts that the server holds in memory."""
        return [str(name) for name in self.status()["loaded"]]

    def status(self) -> dict[str, Any]:
        """What the server's pool holds and did; see `ExpertPool.status`."""
        status: dict[str, Any] = self._ask({"do": "status"})["status"]
        return status

    @property
    def computed(self) -> int:
        """How often an expert of the server had to work, for anybody."""
        return sum(int(counts["computed"]) for counts in self.status()["experts"].values())

    @property
    def remembered(self) -> int:
        """How many results the server keeps, so that asking again costs nothing."""
        return int(self.status()["remembered_results"])

    def serve(
        self, capability: str, targets: Reference | Sequence[Reference], arguments: dict[str, Any], media: MediaStore
    ) -> Served:
        """Answer one call; see `ExpertPool.serve`."""
        single = isinstance(targets, Reference)
        asked = targets.to_wire() if isinstance(targets, Reference) else [_wire(each) for each in targets]
        places: Sequence[Reference] = [targets] if isinstance(targets, Reference) else list(targets)
        message = {"do": "call", "capability": capability, "targets": asked, "arguments": arguments}
        with self._connection() as (connection, encoder):
            for _ in range(_MOST_ROUNDS):
                reply = self._exchange(connection, encoder, message)
                if "need" not in reply:
                    break
                for each in reply["need"]:
                    self._provide(connection, encoder, each, places, media)
            else:
                raise ExpertFailed("the expert server has no room for what this call is about: ask about less at once")
        for mask in reply["masks"]:
            media.add_mask(unpacked(mask))
        for pixels in reply["pictures"]:
            media.add(np.array(unpacked(pixels)))
        assert single or isinstance(reply["data"], list) or not places
        return Served(
            data=reply["data"],
            expert=str(reply["expert"]),
            version=str(reply["version"]),
            cached=bool(reply["cached"]),
            ahead=bool(reply["ahead"]),
            seconds=float(reply["seconds"]),
            confidence=reply["confidence"],
        )

    def close(self) -> None:
        """Hang up; the server goes on, and the next call connects again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    # -- the connection --

    def _provide(
        self,
        connection: socket.socket,
        encoder: Encoder,
        wanted: Mapping[str, Any],
        places: Sequence[Reference],
        media: MediaStore,
    ) -> None:
        """Send something that the server lacks; only what this call is about."""
        kind, name = wanted["kind"], wanted["id"]
        masks = {each.mask for each in places if isinstance(each, ImageRef)}
        if name not in {each.media for each in places} | masks:
            raise ExpertFailed("the expert server asked for something that this call is not about")
        if kind == "picture":
            self._exchange(connection, encoder, {"do": "picture", "pixels": packed(media.picture(name).pixels)})
        elif kind == "mask":
            self._exchange(connection, encoder, {"do": "mask", "mask": packed(media.mask(name))})
        else:
            samples = max(1, len(media.seen_frames(name)))
            if isinstance(self.where, Port):
                with os.fdopen(os.dup(media.video(name).fileno()), "rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    send(connection, encoder, {"do": "video", "samples": samples, "bytes": size})
                    _send_file(connection, file.fileno(), size)
            else:
                send(connection, encoder, {"do": "video", "samples": samples})
                handed = array.array("i", [media.video(name).fileno()])
                connection.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)])
            self._check(receive(connection))

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        with self._connection() as (connection, encoder):
            return self._exchange(connection, encoder, message)

    def _exchange(self, connection: socket.socket, encoder: Encoder, message: dict[str, Any]) -> dict[str, Any]:
        try:
            frame = encoder.frame(message)
        except (TypeError, ValueError, OverflowError, BadFrame):
            raise ApiMisuse("the arguments of this call are no plain data, or too much of it") from None
        connection.sendall(frame)
        wait(connection)
        return self._check(receive(connection))

    def _check(self, reply: Any) -> dict[str, Any]:
        if not isinstance(reply, dict):
            raise BadFrame("not a reply")
        if "error" in reply:
            raise error_from(reply["error"])
        return reply

    @contextmanager
    def _connection(self) -> Iterator[tuple[socket.socket, Encoder]]:
        """A connection for this thread alone; one on which something went wrong is not used again."""
        with self._lock:
            lent = self._idle.pop() if self._idle else None
        connection, encoder = lent or (self._connect(), Encoder(MOST_BYTES))
        keep = False
        try:
            yield connection, encoder
            keep = True
        except SightlineError:  # some of them are OSErrors too
            keep = True
            raise
        except (EOFError, OSError, BadFrame):
            raise ExpertFailed(
                f"the expert server at {self.where} is gone: start it again with `sightline experts serve`",
                reason="killed",
            ) from None
        finally:
            if keep:
                with self._lock:
                    self._idle.append((connection, encoder))
            else:
                connection.close()

    def _connect(self) -> socket.socket:
        connection = connected(self.where)
        if self._token is not None:
            try:
                send(connection, Encoder(MOST_BYTES), {"token": self._token})
            except OSError:
                connection.close()
                raise
        return connection


def _wire(target: Any) -> dict[str, Any]:
    if not isinstance(target, ImageRef | VideoRef):
        raise ApiMisuse("an expert is asked of an image or a video")
    return target.to_wire()


def _send_file(connection: socket.socket, descriptor: int, size: int) -> None:
    """All bytes of an open file, wherever whoever shares it stands in it."""
    at = 0
    while at < size:
        piece = os.pread(descriptor, min(_PIECE, size - at), at)
        if not piece:
            raise EOFError  # it became shorter meanwhile
        connection.sendall(piece)
        at += len(piece)
