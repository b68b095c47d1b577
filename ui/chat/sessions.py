"""The chat's memory: visitors' sessions, their turns, their files and what was thought of the answers, in SQLite.

Every question to it names the visitor, and a session of somebody else is as unknown as one that never was. Files lie
beside the database, a folder for each session, named by content; the names that visitors gave them are text in a
table. One connection, one lock: the work of a chat is elsewhere.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .limits import ChatLimits

__all__ = ["Artefact", "Session", "Sessions", "StoredTurn"]

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

_ARTEFACT = "id, kind, name, file, bytes, width, height, origin"  # in the order of the fields of `Artefact`
_ENDLESS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it is listed; times are UTC in ISO form."""

    id: str
    title: str
    created: str
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """One question with its trace.

    Attributes:
        number: 1 for the first of its session.
        pointing: JSON of what was pointed at, None where nothing was.
        media: ids of what the question was about, in order.
        trace: JSON lines, as `Trace.to_jsonl` writes them.
        vote: 1, -1, or 0 for none.
        correction: what the answer should have been; empty without one.
    """

    number: int
    question: str
    pointing: str | None
    media: tuple[str, ...]
    trace: str
    created: str
    vote: int = 0
    correction: str = ""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A picture or video of a session: what its visitor brought, or an expert made.

    Attributes:
        id: content hash.
        kind: "image", "video", "sound", or "map" for what an expert drew to be looked at and nothing else.
        origin: where it comes from, in words: "uploaded", "made by turn 2: draw the edges".
    """

    id: str
    kind: str
    name: str
    file: str
    bytes: int
    width: int
    height: int
    origin: str


class Sessions:
    """All sessions under one folder.

    Args:
        folder: holds `chat.sqlite` and `files/`; made where missing.
    """

    def __init__(self, folder: Path, *, limits: ChatLimits | None = None) -> None:
        self._limits = limits or ChatLimits()
        self._files = folder / "files"
        self._files.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(folder / "chat.sqlite", check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma foreign_keys = on")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    # -- sessions --

    def begin(self, visitor: str, *, title: str = "New session") -> Session:
        """A new session. Raises BadRequest when the visitor has as many as are allowed."""
        with self._change() as database:
            (count,) = database.execute("select count(*) from sessions where visitor = ?", (visitor,)).fetchone()
            if count >= self._limits.sessions:
                raise BadRequest(f"you have {count} sessions, which is the limit: delete one that you no longer need")
            session = Session(id=secrets.token_hex(16), title=title, created=_now(), used=_now())
            database.execute(
                "insert into sessions values (?, ?, ?, ?, ?)",
                (session.id, visitor, session.title, session.created, session.used),
            )
        return session

    def empty(self, visitor: str) -> Session:
        """A session in which nothing was asked or brought yet: one that the visitor has, else a new one."""
        rows = self._rows(
            "select id from sessions where visitor = ? and id not in (select session from turns) "
            "and id not in (select session from artefacts) order by used desc",
            visitor,
        )
        return self.get(visitor, rows[0][0]) if rows else self.begin(visitor)

    def of(self, visitor: str) -> list[Session]:
        """The visitor's sessions, the one used last first."""
        rows = self._rows(
            "select id, title, created, used from sessions where visitor = ? order by used desc, rowid desc", visitor
        )
        return [Session(id=row[0], title=row[1], created=row[2], used=row[3]) for row in rows]

    def get(self, visitor: str, session: str) -> Session:
        """The visitor's session of that id. Raises BadRequest when it is not theirs, or was deleted."""
        rows = self._rows(
            "select id, title, created, used from sessions where id = ? and visitor = ?", session, visitor
        )
        if not rows:
            raise BadRequest("there is no such session: it was deleted, or belongs to another visitor")
        return Session(id=rows[0][0], title=rows[0][1], created=rows[0][2], used=rows[0][3])

    def rename(self, visitor: str, session: str, title: str) -> None:
        """Give it another title, of at most 80 characters; an empty one changes nothing."""
        self.get(visitor, session)
        if words := " ".join(title.split())[:80]:
            with self._change() as database:
                database.execute("update sessions set title = ? where id = ?", (words, session))

    def delete(self, visitor: str, session: str) -> None:
        """Delete it with its turns, votes and files."""
        self.get(visitor, session)
        self._delete(session)

    def _delete(self, session: str) -> None:
        with self._change() as database:
            database.execute("delete from sessions where id = ?", (session,))
        shutil.rmtree(self._files / session, ignore_errors=True)

    # -- turns --

    def add_turn(
        self,
        visitor: str,
        session: str,
        *,
        question: str,
        media: Sequence[str],
        trace: str,
        pointing: str | None = None,
    ) -> StoredTurn:
        """Keep a question and its trace as the session's last turn."""
        self.get(visitor, session)
        with self._change() as database:
            (number,) = database.execute(
                "select coalesce(max(number), 0) + 1 from turns where session = ?", (session,)
            ).fetchone()
            turn = StoredTurn(
                number=number, question=question, pointing=pointing, media=tuple(media), trace=trace, created=_now()
            )
            database.execute(
                "insert into turns values (?, ?, ?, ?, ?, ?, ?)",
                (session, number, question, pointing, json.dumps(turn.media), trace, turn.created),
            )
            database.execute("update sessions set used = ? where id = ?", (turn.created, session))
        return turn

    def count(self, visitor: str, session: str) -> int:
        """How many turns the session has."""
        self.get(visitor, session)
        rows = self._rows("select coalesce(max(number), 0) from turns where session = ?", session)
        return int(rows[0][0])

    def turns(self, visitor: str, session: str, *, first: int = 1, last: int | None = None) -> list[StoredTurn]:
        """The session's turns from number `first` to number `last`, or to the end; oldest first."""
        self.get(visitor, session)
        rows = self._rows(
            "select number, question, pointing, media, trace, turns.created, coalesce(vote, 0), "
            "coalesce(correction, '') from turns left join votes on votes.session = turns.session "
            "and votes.turn = turns.number where turns.session = ? and number between ? and ? order by number",
            session,
            min(first, _ENDLESS),
            _ENDLESS if last is None else min(last, _ENDLESS),
        )
        return [
            StoredTurn(
                number=row[0],
                question=row[1],
                pointing=row[2],
                media=tuple(json.loads(row[3])),
                trace=row[4],
                created=row[5],
                vote=row[6],
                correction=row[7],
            )
            for row in rows
        ]

    def turn(self, visitor: str, session: str, number: int) -> StoredTurn:
        """One of its turns. Raises BadRequest when it has no such turn."""
        found = self.turns(visitor, session, first=number, last=number)
        if not found:
            raise BadRequest(f"this session has no turn {number}")
        return found[0]

    def judged(self, visitor: str, session: str, *, first: int = 1) -> dict[int, tuple[int, str]]:
        """Vote and correction of each turn from number `first` on that has them, by its number."""
        self.get(visitor, session)
        rows = self._rows("select turn, vote, correction from votes where session = ? and turn >= ?", session, first)
        return {row[0]: (row[1], row[2]) for row in rows}

    def vote(self, visitor: str, session: str, number: int, *, vote: int, correction: str = "") -> StoredTurn:
        """Keep what the visitor thinks of an answer; a later vote takes the place of an earlier one.

        Args:
            vote: 1 for right, -1 for wrong, 0 to take it back.
            correction: what the answer should have been.
        """
        self.turn(visitor, session, number)
        if vote not in (-1, 0, 1):
            raise BadRequest(f"a vote is 1, 0 or -1, not {vote}")
        with self._change() as database:
            database.execute(
                "insert or replace into votes values (?, ?, ?, ?, ?)",
                (session, number, vote, correction[: self._limits.question_characters], _now()),
            )
        return self.turn(visitor, session, number)

    # -- files --

    def folder(self, visitor: str, session: str) -> Path:
        """The session's own folder, made where missing."""
        folder = self._files / self.get(visitor, session).id
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def keep(self, visitor: str, session: str, artefact: Artefact) -> None:
        """Enter a file that lies in the session's folder.

        Raises:
            BadRequest: when the visitor's files would be more than are allowed; the file is deleted then.
        """
        self.get(visitor, session)
        with self._change() as database:
            (held,) = database.execute(
                "select coalesce(sum(bytes), 0) from artefacts join sessions on sessions.id = artefacts.session "
                "where visitor = ? and not (artefacts.session = ? and artefacts.id = ?)",
                (visitor, session, artefact.id),
            ).fetchone()
            if held + artefact.bytes > self._limits.visitor_bytes:
                (self._files / session / artefact.file).unlink(missing_ok=True)
                raise BadRequest(
                    f"your sessions hold {held:,} bytes, and {artefact.name} would take them over "
                    f"{self._limits.visitor_bytes:,}: delete a session that you no longer need"
                )
            database.execute(
                "insert or ignore into artefacts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    session,
                    artefact.id,
                    artefact.kind,
                    artefact.name,
                    artefact.file,
                    artefact.bytes,
                    artefact.width,
                    artefact.height,
                    artefact.origin,
                    _now(),
                ),
            )

    def artefacts(self, visitor: str, session: str) -> list[Artefact]:
        """The session's pictures and videos, in the order in which they came."""
        self.get(visitor, session)
        rows = self._rows(f"select {_ARTEFACT} from artefacts where session = ? order by rowid", session)
        return [Artefact(*row) for row in rows]

    def artefact(self, visitor: str, session: str, artefact_id: str) -> Artefact | None:
        """The picture or video of that id, None when the session holds no such."""
        self.get(visitor, session)
        rows = self._rows(f"select {_ARTEFACT} from artefacts where session = ? and id = ?", session, artefact_id)
        return Artefact(*rows[0]) if rows else None

    def gallery(self, visitor: str, session: str, *, most: int | None = None) -> list[Artefact]:
        """Its pictures and videos without maps, in the order in which they came; at most so many, the latest."""
        self.get(visitor, session)
        rows = self._rows(
            f"select {_ARTEFACT} from artefacts where session = ? and kind != 'map' order by rowid desc limit ?",
            session,
            _ENDLESS if most is None else most,
        )
        return [Artefact(*row) for row in reversed(rows)]

    def file(self, visitor: str, session: str, artefact_id: str) -> Path:
        """Where a file of the session lies. Raises BadRequest when it holds no such file."""
        found = self.artefact(visitor, session, artefact_id)
        if found is None:
            raise BadRequest("this session holds no such picture or video")
        return self._files / session / found.file

    # -- cleaning --

    def clean(self, *, spare: frozenset[str] = frozenset(), now: datetime | None = None) -> list[str]:
        """Delete what has not been used for long, then what was used longest ago while there is too much of it.

        Args:
            spare: sessions that are in use.
            now: the time to count from; for tests.

        Returns:
            The ids of the sessions that were deleted.
        """
        oldest = ((now or datetime.now(UTC)) - timedelta(days=self._limits.keep_days)).isoformat(
            timespec="microseconds"
        )
        rows = self._rows(
            "select sessions.id, used, coalesce(sum(bytes), 0) from sessions "
            "left join artefacts on artefacts.session = sessions.id group by sessions.id order by used"
        )
        held = sum(size for _, _, size in rows)
        deleted = []
        for session, used, size in rows:
            if session not in spare and (used < oldest or held > self._limits.total_bytes):
                self._delete(session)
                deleted.append(session)
                held -= size
        known = {row[0] for row in self._rows("select id from sessions")}
        for stray in self._files.iterdir():
            if stray.name not in known:  # left by a server that was killed while deleting
                shutil.rmtree(stray, ignore_errors=True)
        return deleted

    def _rows(self, query: str, *values: str | int) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
            except BaseException:
                self._database.execute("rollback")
                raise
            self._database.execute("commit")


def _now() -> str:
    return _iso(datetime.now(UTC))


def _iso(moment: datetime) -> str:
    # Always with the fraction: these texts are compared and sorted.
    return moment.isoformat(timespec="microseconds")
