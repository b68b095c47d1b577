"""The chat's tables in SQLite: their schema, one connection with transactions, and the check of whose a session is.

One connection, one lock: the work of a chat is elsewhere. What is asked of a session's turns and files goes through
`OwnedSession`, which looks each time whether it is the visitor's, so that no query can forget to.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest

__all__ = ["Database", "OwnedSession", "timestamp"]

_SCHEMA = """
create table if not exists sessions (
    id text primary key, visitor text not null, title text not null, created text not null, used text not null
);
create index if not exists by_visitor on sessions (visitor, used);
create table if not exists turns (
    session text not null references sessions (id) on delete cascade, number integer not null, question text not null,
    pointing text, media text not null, trace text not null, created text not null, primary key (session, number)
);
create table if not exists artefacts (
    session text not null references sessions (id) on delete cascade, id text not null, kind text not null,
    name text not null, file text not null, bytes integer not null, width integer not null, height integer not null,
    origin text not null, created text not null, primary key (session, id)
);
create table if not exists votes (
    session text not null, turn integer not null, vote integer not null, correction text not null,
    created text not null, primary key (session, turn),
    foreign key (session, turn) references turns (session, number) on delete cascade
);
"""


class Database:
    """The tables; safe for several threads.

    Args:
        path: the file they lie in; made where missing.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma foreign_keys = on")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def rows(self, query: str, *values: str | int) -> list[Any]:
        """All that a query gives."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")


class OwnedSession:
    """One session as one visitor asks for it; somebody else's is as unknown as one that never was.

    Everything here raises BadRequest when the session is not theirs, or was deleted in the meantime.
    """

    def __init__(self, database: Database, visitor: str, session: str) -> None:
        self.visitor, self.id = visitor, session
        self._database = database

    def check(self) -> Any:
        """Look whether it is the visitor's; its id, title, and when it was begun and last used."""
        found = self._database.rows(
            "select id, title, created, used from sessions where id = ? and visitor = ?", self.id, self.visitor
        )
        if not found:
            raise BadRequest("there is no such session: it was deleted, or belongs to another visitor")
        return found[0]

    def rows(self, query: str, *values: str | int) -> list[Any]:
        """As `Database.rows`."""
        self.check()
        return self._database.rows(query, *values)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """As `Database.change`."""
        self.check()
        with self._database.change() as database:
            yield database


def timestamp(moment: datetime | None = None) -> str:
    """A moment in UTC, now unless another is given, in ISO form."""
    # Always with the fraction: these texts are compared and sorted.
    return (moment or datetime.now(UTC)).isoformat(timespec="microseconds")
