"""The ledger of a batch: which rows there are, which are done, and what was found, in one SQLite file.

A row counts as done when the transaction that holds its result has been synced to disk; until then it is pending and
will be answered again. The manifest is copied in at the start, so memory does not grow with it and its rows can be
taken by media. For one thread of one process.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .manifest import Row

__all__ = ["PART_ROWS", "Chunk", "Ledger", "Task"]

PART_ROWS = 1000  # rows of one part of the results
_LAYOUT = 1
_DONE, _WRITTEN = 1, 2  # of a row: answered, in a part on disk; 0 is to be answered
_PAGE = 512
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE rows (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, media TEXT, query TEXT, options TEXT, extra TEXT, state INTEGER
);
CREATE INDEX pending ON rows (media, number) WHERE state = 0;
CREATE TABLE results (number INTEGER PRIMARY KEY, data TEXT, trace BLOB);
CREATE TABLE plans (key TEXT PRIMARY KEY, query TEXT, data TEXT);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is needed to answer a row."""

    number: int
    query: str
    options: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Rows about the same media, which share its decode, and the plans that are known for their queries."""

    media: str
    tasks: tuple[Task, ...]
    plans: Mapping[str, Any]

    def to_wire(self) -> dict[str, Any]:
        """The chunk as plain data."""
        tasks = [[task.number, task.query, task.options] for task in self.tasks]
        return {"media": self.media, "tasks": tasks, "plans": dict(self.plans)}

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Chunk:
        """The chunk that `to_wire` gave."""
        tasks = (
            Task(number=number, query=query, options=None if options is None else tuple(options))
            for number, query, options in data["tasks"]
        )
        return cls(media=data["media"], tasks=tuple(tasks), plans=data["plans"])


class Ledger:
    """The ledger in a file, which is made if it is not there.

    Raises:
        sqlite3.Error: from every method, when the disk is full, read-only or broken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")  # a commit is on disk when it returns
        (layout,) = self._database.execute("PRAGMA user_version").fetchone()
        if layout == 0:
            self._database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version={_LAYOUT}; COMMIT;")
        elif layout != _LAYOUT:
            raise BadRequest(f"{path} was written by another version of Sightline: finish it there, or delete it")

    @property
    def database(self) -> sqlite3.Connection:
        return self._database

    def close(self) -> None:
        self._database.close()

    # -- the rows --

    def stage(self, rows: Iterable[Row], facts: Mapping[str, Any]) -> None:
        """Take in all rows and what the batch is, in one transaction: a batch is known whole or not at all.

        Raises:
            BadRequest: when two rows have the same id, and what reading the manifest raises.
        """
        kinds: dict[str, set[str]] = {}
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for row in rows:
                for name, value in row.extra.items():
                    kinds.setdefault(name, set()).add(type(value).__name__)
                values = (
                    row.number,
                    row.id,
                    row.media,
                    row.query,
                    None if row.options is None else json.dumps(row.options),
                    json.dumps(dict(row.extra), default=str),
                )
                try:
                    self._database.execute("INSERT INTO rows VALUES (?,?,?,?,?,?,0)", values)
                except sqlite3.IntegrityError:
                    raise BadRequest(f"two rows of the manifest have the id {row.id!r}: ids must differ") from None
            known = {**facts, "kinds": {name: sorted(found) for name, found in kinds.items()}}
            self._database.executemany(
                "INSERT INTO facts VALUES (?,?)", [(name, json.dumps(value)) for name, value in known.items()]
            )

    def facts(self) -> dict[str, Any]:
        """What `stage` was told, with the kinds of the columns that pass through; empty before."""
        return {name: json.loads(value) for name, value in self._database.execute("SELECT name, value FROM facts")}

    def count(self) -> tuple[int, int]:
        """How many rows are done, and how many there are."""
        done, total = self._database.execute("SELECT count(*) FILTER (WHERE state > 0), count(*) FROM rows").fetchone()
        return int(done), int(total)

    def pending(self, *, most: int = 16, first: int | None = None) -> Iterator[Chunk]:
        """The rows that are to be answered, by media, at most so many in a chunk; at most `first` rows in all.

        Rows may be kept while this runs; each is given once.
        """
        place: tuple[str, int] = ("", -1)
        left = first
        while left is None or left > 0:
            count = _PAGE if left is None else min(_PAGE, left)
            page = self._database.execute(
                "SELECT media, number, query, options FROM rows "
                "WHERE state = 0 AND (media, number) > (?, ?) ORDER BY media, number LIMIT ?",
                (*place, count),
            ).fetchall()
            if not page:
                return
            place = (page[-1][0], page[-1][1])
            left = None if left is None else left - len(page)
            start = 0
            for index in range(1, len(page) + 1):
                if index == len(page) or page[index][0] != page[start][0] or index - start == most:
                    yield self._chunk(page[start:index])
                    start = index

    def _chunk(self, rows: Sequence[tuple[str, int, str, str | None]]) -> Chunk:
        tasks = tuple(
            Task(number=number, query=query, options=None if options is None else tuple(json.loads(options)))
            for _, number, query, options in rows
        )
        return Chunk(media=rows[0][0], tasks=tasks, plans=self.plans({task.query for task in tasks}))

    # -- what was found --

    def keep(self, results: Iterable[Mapping[str, Any]], plans: Iterable[Mapping[str, Any]] = ()) -> list[int]:
        """Make results and plans durable; the numbers of the rows that are done by this, those done before left out."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for plan in plans:
                row = (plan["key"], plan["query"], json.dumps(plan["plan"]))
                self._database.execute("INSERT OR IGNORE INTO plans VALUES (?,?,?)", row)
            kept = []
            for result in results:
                number = int(result["number"])
                marked = self._database.execute("UPDATE rows SET state = 1 WHERE number = ? AND state = 0", (number,))
                if marked.rowcount:
                    trace = result.get("trace")
                    packed = None if trace is None else zlib.compress(trace.encode())
                    data = json.dumps(result["record"])
                    self._database.execute("INSERT INTO results VALUES (?,?,?)", (number, data, packed))
                    kept.append(number)
        return kept

    def plans(self, queries: Iterable[str]) -> dict[str, Any]:
        """The plans that are known for these query texts, by key."""
        wanted = list(queries)
        marks = ",".join("?" * len(wanted))
        found = self._database.execute(f"SELECT key, data FROM plans WHERE query IN ({marks})", wanted)
        return {key: json.loads(data) for key, data in found}

    # -- parts --

    def full_parts(self) -> list[int]:
        """The parts whose rows are all done and of which some are not on disk yet."""
        found = self._database.execute(f"SELECT number / {PART_ROWS} FROM rows GROUP BY 1 HAVING min(state) = {_DONE}")
        return [int(part) for (part,) in found]

    def part(self, part: int) -> Iterator[tuple[Row, dict[str, Any], str | None]]:
        """The rows of a part with their records and traces, in order."""
        found = self._database.execute(
            "SELECT number, id, media, query, options, extra, data, trace FROM rows JOIN results USING (number) "
            "WHERE number >= ? AND number < ? ORDER BY number",
            (part * PART_ROWS, (part + 1) * PART_ROWS),
        )
        for number, name, media, query, options, extra, data, trace in found:
            row = Row(
                number=number,
                id=name,
                media=media,
                query=query,
                options=None if options is None else tuple(json.loads(options)),
                extra=json.loads(extra),
            )
            yield row, json.loads(data), None if trace is None else zlib.decompress(trace).decode()

    def written(self, part: int) -> None:
        """The part is on disk: its results need not be held here any more."""
        bounds = (part * PART_ROWS, (part + 1) * PART_ROWS)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                f"UPDATE rows SET state = {_WRITTEN} WHERE number >= ? AND number < ? AND state = {_DONE}", bounds
            )
            self._database.execute("DELETE FROM results WHERE number >= ? AND number < ?", bounds)

    def part_sizes(self) -> dict[int, tuple[int, int]]:
        """Of each part that is not full yet, how many rows are done and how many it has."""
        found = self._database.execute(
            f"SELECT number / {PART_ROWS}, count(*) FILTER (WHERE state > 0), count(*) FROM rows GROUP BY 1"
        )
        return {int(part): (int(done), int(total)) for part, done, total in found if done < total}
