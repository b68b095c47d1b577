"""Pictures and videos that are open: rows about the same media share it, and the last few stay at hand.

A row gets a media store of its own, so that what its program makes goes with it, and in that store the shared picture
or video. Addresses such as s3://bucket/clip.mp4 are read through fsspec.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ...tools.errors import MediaError, MediaNotFound, MediaTooLarge, MissingDependency
from ...tools.media import MediaLimits, MediaStore, Picture, Video, load_image, looks_like_video, open_video

__all__ = ["RowStore", "Shelf"]

_PIECE = 1 << 20  # bytes


class RowStore(MediaStore):
    """A store for one row, whose video is shared with others and therefore never put to rest by it."""

    def rest(self) -> None:
        """Nothing: who shares the video decides when it rests."""


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    held: Picture | Video | MediaError | None = None


class Shelf:
    """Media by source, opened once however many rows ask about it; safe for several threads.

    Args:
        idle: how many that nobody uses stay open.
        left: told of the id of a video that is closed.
    """

    def __init__(
        self,
        *,
        limits: MediaLimits | None = None,
        allow_urls: bool = False,
        idle: int = 2,
        left: Callable[[str], None] | None = None,
    ) -> None:
        self._limits = limits or MediaLimits()
        self._allow_urls = allow_urls
        self._idle = idle
        self._left = left or (lambda media_id: None)
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = threading.Lock()
        self._decoded = 0

    def take(self, source: str) -> Picture | Video:
        """The picture or video; give it back with `release`, also when this raises MediaError."""
        with self._lock:
            place = self._places.setdefault(source, _Place())
            place.users += 1
            self._places.move_to_end(source)
        with place.lock:
            if place.held is None:
                try:
                    place.held = self._open(source)
                except MediaError as error:
                    place.held = error  # the other rows about it need not find out for themselves
            if isinstance(place.held, MediaError):
                raise place.held.with_traceback(None)  # or it grows with each row that hears of it
            return place.held

    def release(self, source: str) -> None:
        """Somebody is done with it; what is closed is what was used longest ago."""
        closed = []
        with self._lock:
            self._places[source].users -= 1
            unused = [name for name, place in self._places.items() if not place.users]
            for name in unused[: max(0, len(unused) - self._idle)]:
                closed.append(self._places.pop(name))
        self._close(closed)

    @property
    def decoded(self) -> int:
        """Frames that were decoded so far."""
        with self._lock:
            open_now = [place.held for place in self._places.values()]
            return self._decoded + sum(held.decoded for held in open_now if isinstance(held, Video))

    def close(self) -> None:
        with self._lock:
            closed = list(self._places.values())
            self._places.clear()
        self._close(closed)

    def _close(self, places: list[_Place]) -> None:
        for place in places:
            if isinstance(place.held, Video):
                with self._lock:
                    self._decoded += place.held.decoded
                place.held.close()
                self._left(place.held.id)

    def _open(self, source: str) -> Picture | Video:
        if "://" not in source or source.lower().startswith(("http://", "https://")):
            return self._read(source)
        with tempfile.TemporaryDirectory(prefix="sightline-") as folder:
            return self._read(_fetched(source, Path(folder), self._limits))

    def _read(self, source: str) -> Picture | Video:
        if looks_like_video(source):
            return open_video(source, limits=self._limits)
        return load_image(source, limits=self._limits, allow_urls=self._allow_urls)


def _fetched(address: str, folder: Path, limits: MediaLimits) -> str:
    """A copy of what lies at the address, as a file of the same name; whoever opens it needs the copy no longer."""
    try:
        import fsspec
    except ImportError as error:
        raise MissingDependency("reading media from object storage", "fsspec", extra="ray") from error
    copy = folder / (Path(address).name or "media")
    try:
        with fsspec.open(address, "rb") as far, copy.open("wb") as near:
            left = limits.max_video_bytes
            while piece := far.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise MediaTooLarge(f"{address} is larger than {limits.max_video_bytes:,} bytes: cut it")
                near.write(piece)
    except MediaError:
        raise
    except (ImportError, ValueError) as error:  # no package for this kind of address
        raise MediaNotFound(f"{address} cannot be opened: {error}") from error
    except Exception as error:  # each kind of storage has errors of its own
        raise MediaNotFound(f"{address} cannot be read: {type(error).__name__}") from error
    return str(copy)
