"""The chat's memory: visitors' sessions, with the turns and files of each, kept over a restart.

Every question to it names the visitor, and a session of somebody else is as unknown as one that never was. Files lie
beside the database, in a folder for each session.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...tools.errors import BadRequest
from .artefact_store import ArtefactStore
from .database import Database, OwnedSession, timestamp
from .limits import ChatLimits
from .turn_store import TurnStore

__all__ = ["Session", "Sessions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it is listed; times are UTC in ISO form."""

    id: str
    title: str
    created: str
    used: str


class Sessions:
    """All sessions under one folder.

    Args:
        folder: holds `chat.sqlite` and `files/`; made where missing.
    """

    def __init__(self, folder: Path, *, limits: ChatLimits | None = None) -> None:
        self._limits = limits or ChatLimits()
        self._files = folder / "files"
        self._files.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = Database(folder / "chat.sqlite")

    def close(self) -> None:
        self._database.close()

    def turns(self, visitor: str, session: str) -> TurnStore:
        """The turns of the visitor's session; whose it is, is asked with each thing that is asked of them."""
        return TurnStore(OwnedSession(self._database, visitor, session), self._limits)

    def artefacts(self, visitor: str, session: str) -> ArtefactStore:
        """The files of the visitor's session; whose it is, is asked with each thing that is asked of them."""
        return ArtefactStore(OwnedSession(self._database, visitor, session), self._files, self._limits)

    def begin(self, visitor: str, *, title: str = "New session") -> Session:
        """A new session. Raises BadRequest when the visitor has as many as are allowed."""
        with self._database.change() as database:
            (count,) = database.execute("select count(*) from sessions where visitor = ?", (visitor,)).fetchone()
            if count >= self._limits.sessions:
                raise BadRequest(f"you have {count} sessions, which is the limit: delete one that you no longer need")
            session = Session(id=secrets.token_hex(16), title=title, created=timestamp(), used=timestamp())
            database.execute(
                "insert into sessions values (?, ?, ?, ?, ?)",
                (session.id, visitor, session.title, session.created, session.used),
            )
        return session

    def empty(self, visitor: str) -> Session:
        """A session in which nothing was asked or brought yet: one that the visitor has, else a new one."""
        rows = self._database.rows(
            "select id from sessions where visitor = ? and id not in (select session from turns) "
            "and id not in (select session from artefacts) order by used desc",
            visitor,
        )
        return self.get(visitor, rows[0][0]) if rows else self.begin(visitor)

    def of(self, visitor: str) -> list[Session]:
        """The visitor's sessions, the one used last first."""
        rows = self._database.rows(
            "select id, title, created, used from sessions where visitor = ? order by used desc, rowid desc", visitor
        )
        return [Session(id=row[0], title=row[1], created=row[2], used=row[3]) for row in rows]

    def get(self, visitor: str, session: str) -> Session:
        """The visitor's session of that id. Raises BadRequest when it is not theirs, or was deleted."""
        row = OwnedSession(self._database, visitor, session).check()
        return Session(id=row[0], title=row[1], created=row[2], used=row[3])

    def rename(self, visitor: str, session: str, title: str) -> None:
        """Give it another title, of at most 80 characters; an empty one changes nothing."""
        self.get(visitor, session)
        if words := " ".join(title.split())[:80]:
            with self._database.change() as database:
                database.execute("update sessions set title = ? where id = ?", (words, session))

    def delete(self, visitor: str, session: str) -> None:
        """Delete it with its turns, votes and files."""
        self.get(visitor, session)
        self._delete(session)

    def _delete(self, session: str) -> None:
        with self._database.change() as database:
            database.execute("delete from sessions where id = ?", (session,))
        shutil.rmtree(self._files / session, ignore_errors=True)

    def clean(self, *, spare: frozenset[str] = frozenset(), now: datetime | None = None) -> list[str]:
        """Delete what has not been used for long, then what was used longest ago while there is too much of it.

        Args:
            spare: sessions that are in use.
            now: the time to count from; for tests.

        Returns:
            The ids of the sessions that were deleted.
        """
        oldest = timestamp((now or datetime.now(UTC)) - timedelta(days=self._limits.keep_days))
        rows = self._database.rows(
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
        known = {row[0] for row in self._database.rows("select id from sessions")}
        for stray in self._files.iterdir():
            if stray.name not in known:  # left by a server that was killed while deleting
                shutil.rmtree(stray, ignore_errors=True)
        return deleted
