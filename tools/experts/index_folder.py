"""`IndexFolder`: the memories of all videos on disk, one file each, within a size limit."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from pathlib import Path

from .video_index import VideoIndex

__all__ = ["IndexFolder", "default_folder"]

_SUFFIX = ".sqlite"


class IndexFolder:
    """The indexes of all videos, within a size limit: those used longest ago are deleted first.

    Args:
        folder: where they lie; it is made when the first one is.
        max_bytes: all files together.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 2_000_000_000) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._open: dict[str, VideoIndex] = {}
        self._lock = threading.Lock()

    def of(self, media_id: str) -> VideoIndex | None:
        """The index of a video; None where the folder cannot be written to."""
        name = _name(media_id)
        with self._lock:
            if name not in self._open:
                try:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    self._make_room(keep=name)
                    index = VideoIndex(self.folder / f"{name}{_SUFFIX}")
                    os.utime(index.path)
                except (OSError, sqlite3.Error):
                    return None
                self._open[name] = index
            return self._open[name]

    def release(self, media_id: str) -> None:
        """Close the index of a video that nobody asks about any more; it opens again when somebody does."""
        with self._lock:
            index = self._open.pop(_name(media_id), None)
        if index is not None:
            index.close()

    def close(self) -> None:
        with self._lock:
            for index in self._open.values():
                index.close()
            self._open.clear()

    def _make_room(self, *, keep: str) -> None:
        files = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
        sizes = {path: sum(_size(part) for part in _parts(path)) for path in files}
        held = sum(sizes.values())
        for path in files:
            if held <= self.max_bytes:
                return
            if path.stem != keep and path.stem not in self._open:
                for part in _parts(path):
                    with contextlib.suppress(OSError):
                        part.unlink()
                held -= sizes[path]


def default_folder() -> Path:
    """Where indexes lie unless told otherwise: SIGHTLINE_CACHE, else the user's cache folder."""
    own = os.environ.get("SIGHTLINE_CACHE")
    if own:
        return Path(own) / "videos"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "sightline" / "videos"


def _name(media_id: str) -> str:
    return "".join(c for c in media_id if c.isalnum())[:64]


def _parts(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
