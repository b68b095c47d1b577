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
import itertools
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef
from ..capabilities import Capability
from ..results import Answer, Detections, NewImage, Result, Survey, Surveyed, TextLines
from ..results_in_time import KnownItem, Shots, ShownTexts, Speech, Tracks
from .database import opened

__all__ = ["Entry", "IndexFolder", "VideoIndex", "default_folder"]

_LAYOUT = 1
_SUFFIX = ".sqlite"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was found.

    Attributes:
        kind: "track", "text", "speech", "shot", "seen" or "caption".
        text: what it is, what is written or said.
        start_s, end_s: when, in seconds from the start of the video.
        track: number of the track, for a track.
        frame, box: where it was seen first, for what has a place; (left, lower, right, upper), y up.
    """

    kind: str
    text: str
    start_s: float
    end_s: float
    track: int | None = None
    frame: int | None = None
    box: tuple[int, int, int, int] | None = None
    confidence: float | None = None


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
            for e in _entries(result, asked.name, place, time_s)
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


def _entries(result: Result, capability: str, place: Reference, time_s: float) -> Iterator[Entry]:
    if isinstance(place, VideoRef):
        for kind, tell in _TELLERS.items():
            if isinstance(result, kind):
                yield from tell(result, place)
        return
    if isinstance(result, Detections):
        for label in {item.label for item in result.items if item.label}:
            yield Entry(kind="seen", text=label, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, Survey):
        for name in sorted({_likeliest(thing) for thing in result.things or ()}):
            yield Entry(kind="seen", text=name, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, TextLines):
        for line in result.lines:
            yield Entry(kind="text", text=line.text, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, Answer) and capability == "caption":
        yield Entry(kind="caption", text=result.text, start_s=time_s, end_s=time_s, frame=place.frame)


def _likeliest(thing: Surveyed) -> str:
    """What a thing is, in one word for each attribute."""
    words = {name: max(of, key=lambda word: of[word]) for name, of in thing.chances.items()}
    return " ".join(words[name] for name in ("size", "color", "material", "shape") if name in words)


def _of_tracks(result: Any, place: Any) -> Iterator[Entry]:
    for track in result.tracks:
        first, last = track.frames[0], track.frames[-1]
        known = [seen.confidence for seen in track.frames if seen.confidence is not None]
        yield Entry(
            kind="track",
            text=track.label,
            start_s=first.time_s,
            end_s=last.time_s,
            track=track.id,
            frame=first.frame,
            box=first.box,
            confidence=sum(known) / len(known) if known else None,
        )


def _of_texts(result: Any, place: Any) -> Iterator[Entry]:
    for text in result.texts:
        yield Entry(
            kind="text",
            text=text.text,
            start_s=text.start_s,
            end_s=text.end_s,
            frame=text.seen.frame,
            box=text.seen.box,
            confidence=text.confidence,
        )


def _of_speech(result: Any, place: Any) -> Iterator[Entry]:
    for said in result.segments:
        yield Entry(kind="speech", text=said.text, start_s=said.start_s, end_s=said.end_s, confidence=said.confidence)


def _of_shots(result: Any, place: Any) -> Iterator[Entry]:
    borders = [result.first, *result.cuts, place.last_frame + 1]
    for number, (start, end) in enumerate(itertools.pairwise(borders), start=1):
        yield Entry(kind="shot", text=f"shot {number}", start_s=float(start / place.fps), end_s=float(end / place.fps))


_TELLERS: dict[type[Result], Callable[[Any, Any], Iterator[Entry]]] = {
    Tracks: _of_tracks,
    ShownTexts: _of_texts,
    Speech: _of_speech,
    Shots: _of_shots,
}
