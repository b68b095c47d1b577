"""The files of one session: what its visitor brought and experts made, each entered with where it comes from.

They lie in the session's own folder, named by content; the names that visitors gave them are text in a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...tools.errors import BadRequest
from .database import OwnedSession, timestamp
from .limits import ChatLimits

__all__ = ["Artefact", "ArtefactStore"]

_COLUMNS = "id, kind, name, file, bytes, width, height, origin"  # in the order of the fields of `Artefact`
_NO_LIMIT = -1


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


class ArtefactStore:
    """One session's files, and what the database knows of them.

    Everything here raises BadRequest when the session is not the visitor's, or was deleted.

    Args:
        files: holds a folder for each session.
    """

    def __init__(self, session: OwnedSession, files: Path, limits: ChatLimits) -> None:
        self._session, self._files, self._limits = session, files, limits

    def folder(self) -> Path:
        """The session's own folder, made where missing."""
        self._session.check()
        folder = self._files / self._session.id
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def keep(self, artefact: Artefact) -> None:
        """Enter a file that lies in the session's folder.

        Raises:
            BadRequest: when the visitor's files would be more than are allowed; the file is deleted then.
        """
        session = self._session.id
        with self._session.change() as database:
            (held,) = database.execute(
                "select coalesce(sum(bytes), 0) from artefacts join sessions on sessions.id = artefacts.session "
                "where visitor = ? and not (artefacts.session = ? and artefacts.id = ?)",
                (self._session.visitor, session, artefact.id),
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
                    timestamp(),
                ),
            )

    def all(self) -> list[Artefact]:
        """The session's pictures and videos, in the order in which they came."""
        rows = self._session.rows(
            f"select {_COLUMNS} from artefacts where session = ? order by rowid", self._session.id
        )
        return [Artefact(*row) for row in rows]

    def gallery(self, most: int | None = None) -> list[Artefact]:
        """What can be asked about, in the order in which it came; at most so many, the latest."""
        rows = self._session.rows(
            f"select {_COLUMNS} from artefacts where session = ? and kind != 'map' order by rowid desc limit ?",
            self._session.id,
            _NO_LIMIT if most is None else most,
        )
        return [Artefact(*row) for row in reversed(rows)]

    def in_gallery(self, artefact_id: str) -> bool:
        """Whether it can be asked about."""
        found = self.find(artefact_id)
        return found is not None and found.kind != "map"

    def find(self, artefact_id: str) -> Artefact | None:
        """The picture or video of that id, None when the session holds no such."""
        rows = self._session.rows(
            f"select {_COLUMNS} from artefacts where session = ? and id = ?", self._session.id, artefact_id
        )
        return Artefact(*rows[0]) if rows else None

    def file(self, artefact_id: str) -> Path:
        """Where a file of the session lies. Raises BadRequest when it holds no such file."""
        found = self.find(artefact_id)
        if found is None:
            raise BadRequest("this session holds no such picture or video")
        return self._files / self._session.id / found.file
