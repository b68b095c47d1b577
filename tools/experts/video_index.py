"""The memory of a video: what experts found in it, on disk, one SQLite file per video, named by its content.

It fills as programs run. Results are kept with the expert's name and version and its arguments, so a newer expert
never answers from an older one's memory, and a result about a long stretch answers for any part of it. Beside them
stand plain entries (tracks, text, speech, what was seen, shots), which can be queried without any expert. A damaged or
locked file costs the memory, never an answer.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef
from ..capabilities import Capability
from ..results import NewImage, Result
from ..results_in_time import KnownItem
from .database import opened
from .video_entries import Entry, entries_of

__all__ = ["VideoIndex"]

_LAYOUT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, capability TEXT, asked TEXT, first INTEGER, last INTEGER, data TEXT
);
CREATE INDEX IF NOT EXISTS asked ON results (asked);
CREATE TABLE IF NOT EXISTS entries (
    result TEXT, kind TEXT, text TEXT, start_s REAL, end_s REAL, frame INTEGER, box TEXT, track INTEGER, confidence REAL
);
CREATE INDEX IF NOT EXISTS times ON entries (start_s, end_s);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""


class VideoIndex:
    """The index of one video; safe for several threads.

    Args:
        path: of its file, which is made if it is not there and made anew when it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        try:
            self._open()
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                path.unlink()
            with contextlib.suppress(sqlite3.Error):
                self._open()

    def _open(self) -> None:
        self._database = opened(self.path, _TABLES, layout=_LAYOUT, timeout_s=2.0)

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # -- results --

    def get(self, asked: Capability, expert: str, version: str, arguments: dict[str, Any], place: Reference) -> Any:
        """The result that is kept for that question, or for a longer stretch of the video; None when there is none."""
        question = _question(asked, expert, version, arguments, place)
        if isinstance(place, VideoRef):
            row = self._one(
                "SELECT data FROM results WHERE asked=? AND first<=? AND last>=? ORDER BY last-first LIMIT 1",
                (question, place.first_frame, place.last_frame),
            )
        else:
            row = self._one("SELECT data FROM results WHERE asked=? LIMIT 1", (question,))
        if row is None:
            return None
        try:
            return asked.result.model_validate(_unpacked(json.loads(row[0])))
        except (ValueError, TypeError, KeyError, zlib.error):
            return None

    def put(
        self,
        asked: Capability,
        expert: str,
        version: str,
        arguments: dict[str, Any],
        place: Reference,
        result: Result,
        *,
        time_s: float = 0.0,
    ) -> None:
        """Keep a result and what it says as entries; new pictures are not kept.

        Args:
            time_s: when the frame is shown, for a question about a frame.
        """
        if isinstance(result, NewImage):
            return
        question = _question(asked, expert, version, arguments, place)
        first, last = (
            (place.first_frame, place.last_frame) if isinstance(place, VideoRef) else (place.frame, place.frame)
        )
        key = hashlib.blake2b(f"{question}|{first}|{last}".encode(), digest_size=16).hexdigest()
        data = json.dumps(_packed(result.model_dump()), separators=(",", ":"))
        entries = [
            (
                key,
                e.kind,
                e.text,
                e.start_s,
                e.end_s,
                e.frame,
                json.dumps(e.box) if e.box else None,
                e.track,
                e.confidence,
            )
            for e in entries_of(result, asked.name, place, time_s)
        ]
        with self._changing() as database:
            if isinstance(place, VideoRef):
                # A longer stretch makes the shorter ones that lie in it needless.
                inside = "SELECT key FROM results WHERE asked=? AND first>=? AND last<=?"
                database.execute(f"DELETE FROM entries WHERE result IN ({inside})", (question, first, last))
                database.execute("DELETE FROM results WHERE asked=? AND first>=? AND last<=?", (question, first, last))
            row = (key, asked.name, question, first, last, data)
            database.execute("INSERT OR REPLACE INTO results VALUES (?,?,?,?,?,?)", row)
            database.execute("DELETE FROM entries WHERE result=?", (key,))
            database.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", entries)

    # -- queries --

    def entries(
        self,
        kind: str | None = None,
        *,
        about: str | None = None,
        between_s: tuple[float, float] | None = None,
    ) -> list[Entry]:
        """What is known, in order of time.

        Args:
            kind: only of this kind.
            about: only what mentions all of these words.
            between_s: only what overlaps this stretch of time.
        """
        sql = "SELECT DISTINCT kind, text, start_s, end_s, track, frame, box, confidence FROM entries WHERE 1"
        values: list[Any] = []
        if kind is not None:
            sql += " AND kind=?"
            values.append(kind)
        for word in (about or "").split():
            sql += " AND text LIKE ? ESCAPE '\\'"
            values.append("%" + word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%")
        if between_s is not None:
            sql += " AND start_s<=? AND end_s>=?"
            values += [between_s[1], between_s[0]]
        rows = self._all(f"{sql} ORDER BY start_s, end_s, kind, text", values)
        return [
            Entry(
                kind=row[0],
                text=row[1],
                start_s=row[2],
                end_s=row[3],
                track=row[4],
                frame=row[5],
                box=tuple(json.loads(row[6])) if row[6] else None,
                confidence=row[7],
            )
            for row in rows
        ]

    def first_seen(self, name: str) -> float | None:
        """When something that mentions `name` was first seen, read or heard, in seconds; None where unknown."""
        found = [entry for entry in self.entries(about=name) if entry.kind != "shot"]
        return found[0].start_s if found else None

    def tracks_at(self, seconds: float) -> list[Entry]:
        """The tracks that are in view at a time."""
        return self.entries("track", between_s=(seconds, seconds))

    def known(self) -> list[KnownItem]:
        """All entries, as experts take them."""
        return [KnownItem(kind=e.kind, text=e.text, start_s=e.start_s, end_s=e.end_s) for e in self.entries()]

    def counts(self) -> dict[str, int]:
        """How many entries of each kind."""
        return dict(self._all("SELECT kind, COUNT(*) FROM entries GROUP BY kind ORDER BY kind", []))

    # -- how it works --

    def _one(self, sql: str, values: tuple[Any, ...]) -> Any:
        rows = self._all(sql, values)
        return rows[0] if rows else None

    def _all(self, sql: str, values: Any) -> list[Any]:
        with self._lock:
            if self._database is None:
                return []
            try:
                return self._database.execute(sql, values).fetchall()
            except sqlite3.Error:
                return []

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Any]:
        with self._lock:
            if self._database is None:
                yield _Nowhere()
                return
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except sqlite3.Error:  # full, locked by another process, or gone: the answer does not need it
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")


class _Nowhere:
    """Takes changes when there is no database."""

    def execute(self, *given: Any) -> None: ...

    def executemany(self, *given: Any) -> None: ...


def _question(asked: Capability, expert: str, version: str, arguments: dict[str, Any], place: Reference) -> str:
    """Who was asked what; for a part of a frame also of which part."""
    of = [place.frame, *place.box.as_tuple(), place.mask] if isinstance(place, ImageRef) else None
    if isinstance(place, VideoRef) and asked.name == "motion":
        of = [place.samples]  # it is measured at the sampled frames
    return json.dumps([asked.name, expert, version, arguments, of], sort_keys=True, default=str)


def _packed(value: Any) -> Any:
    """Plain data with masks as packed bits."""
    if isinstance(value, np.ndarray):
        bits = base64.b64encode(zlib.compress(np.packbits(value).tobytes())).decode()
        return {"$bits": bits, "shape": list(value.shape)}
    if isinstance(value, dict):
        return {key: _packed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(item) for item in value]
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if "$bits" in value:
            height, width = value["shape"]
            raw = np.frombuffer(zlib.decompress(base64.b64decode(value["$bits"])), np.uint8)
            mask: npt.NDArray[np.bool_] = (
                np.unpackbits(raw, count=height * width).reshape(height, width).astype(np.bool_)
            )
            return mask
        return {key: _unpacked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    return value
