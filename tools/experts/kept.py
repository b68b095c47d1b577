"""Results on disk, by content, for later runs and other processes: one SQLite file in a folder, limited in size.

The key holds all that a result depends on, so nothing in it ever becomes wrong; what was used longest ago goes when the
file is full. Whatever is wrong with the file costs the results in it and nothing else. Values are msgpack that is
checked by the result's own model when it is read: another program that can write to the folder can spoil answers, but
runs nothing. It does not hold what is found in videos as a whole, which `video_index.py` does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from ..framing import Encoder, decode
from ..results import Result
from .database import opened
from .packing import MOST_BYTES, packed, result_from

__all__ = ["KeptResults"]

_LAYOUT = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS results (
    key BLOB PRIMARY KEY, capability TEXT NOT NULL, data BLOB NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_use ON results (used);
"""
_OVERHEAD = 120  # bytes that a row takes beside its data
_FRESH_S = 60.0  # how old the time of last use may be before it is written again
_LOOK_EVERY = 64  # results written by this process between two looks at the size


class KeptResults:
    """Results in a folder; safe for several threads and processes.

    Args:
        folder: made if it is not there, readable by its owner alone.
        max_bytes: of the data, roughly.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 2_000_000_000) -> None:
        self.path = folder / "results.sqlite"
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._encoder = Encoder(MOST_BYTES)
        self._written = 0
        self._database: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open()
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError, sqlite3.Error):
                self.path.unlink()
                self._open()
        except OSError:
            pass  # a folder that cannot be written keeps nothing

    def _open(self) -> None:
        # No waiting for long: a result that is not found is computed, and one that is not written is not missed.
        self._database = opened(self.path, _TABLE, layout=_LAYOUT, timeout_s=1.0)
        with contextlib.suppress(OSError):
            os.chmod(self.path, 0o600)

    def get(self, key: str) -> Result | None:
        """The result of a key, None where there is none or it cannot be read."""
        name = _digest(key)
        with self._lock:
            rows = self._run("SELECT capability, data, used FROM results WHERE key = ?", (name,))
            if rows and time.time() - rows[0][2] > _FRESH_S:
                self._run("UPDATE results SET used = ? WHERE key = ?", (time.time(), name))
        if not rows:
            return None
        try:
            return result_from(rows[0][0], decode(rows[0][1], MOST_BYTES))
        except Exception:  # written by nobody who knew the format
            with self._lock:
                self._run("DELETE FROM results WHERE key = ?", (name,))
            return None

    def put(self, key: str, capability: str, result: Result) -> None:
        with self._lock:
            data = self._encoder.pack(packed(result.model_dump()))
            size = len(data) + _OVERHEAD
            if size > self._max_bytes:
                return
            values = (_digest(key), capability, data, size, time.time())
            self._run("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?)", values)
            self._written += 1
            if self._written % _LOOK_EVERY == 0 or size * _LOOK_EVERY > self._max_bytes:
                self._make_room()

    def bytes(self) -> int:
        """How much is kept, roughly."""
        with self._lock:
            rows = self._run("SELECT COALESCE(SUM(bytes), 0) FROM results", ())
        return int(rows[0][0]) if rows else 0

    def __len__(self) -> int:
        with self._lock:
            rows = self._run("SELECT COUNT(*) FROM results", ())
        return int(rows[0][0]) if rows else 0

    def clear(self) -> None:
        with self._lock:
            self._run("DELETE FROM results", ())

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._make_room()
                self._database.close()
                self._database = None

    def _make_room(self) -> None:
        rows = self._run("SELECT COALESCE(SUM(bytes), 0) FROM results", ())
        over = rows[0][0] - self._max_bytes if rows else 0
        if over <= 0:
            return
        over += self._max_bytes // 10  # so that it is not done again at once
        going = []
        for key, size in self._run("SELECT key, bytes FROM results ORDER BY used", ()):
            if over <= 0:
                break
            going.append((key,))
            over -= size
        for key in going:
            self._run("DELETE FROM results WHERE key = ?", key)

    def _run(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """The rows; none when the file is busy for too long, full or broken. The lock is held."""
        if self._database is None:
            return []
        try:
            return self._database.execute(sql, values).fetchall()
        except sqlite3.Error:
            return []


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
