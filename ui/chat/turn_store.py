"""The turns of one session, with their traces, what was pointed at, and what was thought of the answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ...agent.pointing import Pointing
from ...tools.errors import BadRequest
from .database import OwnedSession, timestamp
from .limits import ChatLimits

__all__ = ["StoredTurn", "TurnStore"]

_ENDLESS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """One question with its trace.

    Attributes:
        number: 1 for the first of its session.
        pointing: what was pointed at, None where nothing was.
        media: ids of what the question was about, in order.
        trace: JSON lines, as `Trace.to_jsonl` writes them.
        vote: 1, -1, or 0 for none.
        correction: what the answer should have been; empty without one.
    """

    number: int
    question: str
    pointing: Pointing | None
    media: tuple[str, ...]
    trace: str
    created: str
    vote: int = 0
    correction: str = ""


class TurnStore:
    """One session's turns in the database.

    Everything here raises BadRequest when the session is not the visitor's, or was deleted.
    """

    def __init__(self, session: OwnedSession, limits: ChatLimits) -> None:
        self._session, self._limits = session, limits

    def add(self, *, question: str, media: Sequence[str], trace: str, pointing: Pointing | None = None) -> StoredTurn:
        """Keep a question and its trace as the session's last turn."""
        session = self._session.id
        with self._session.change() as database:
            (number,) = database.execute(
                "select coalesce(max(number), 0) + 1 from turns where session = ?", (session,)
            ).fetchone()
            turn = StoredTurn(
                number=number,
                question=question,
                pointing=pointing,
                media=tuple(media),
                trace=trace,
                created=timestamp(),
            )
            kept = None if pointing is None else json.dumps(asdict(pointing))
            database.execute(
                "insert into turns values (?, ?, ?, ?, ?, ?, ?)",
                (session, number, question, kept, json.dumps(turn.media), trace, turn.created),
            )
            database.execute("update sessions set used = ? where id = ?", (turn.created, session))
        return turn

    def count(self) -> int:
        """How many turns there are."""
        rows = self._session.rows("select coalesce(max(number), 0) from turns where session = ?", self._session.id)
        return int(rows[0][0])

    def read(self, first: int = 1, last: int | None = None) -> list[StoredTurn]:
        """The turns from number `first` to number `last`, or to the end; oldest first."""
        rows = self._session.rows(
            "select number, question, pointing, media, trace, turns.created, coalesce(vote, 0), "
            "coalesce(correction, '') from turns left join votes on votes.session = turns.session "
            "and votes.turn = turns.number where turns.session = ? and number between ? and ? order by number",
            self._session.id,
            min(first, _ENDLESS),
            _ENDLESS if last is None else min(last, _ENDLESS),
        )
        return [
            StoredTurn(
                number=row[0],
                question=row[1],
                pointing=None if row[2] is None else _pointing(row[2]),
                media=tuple(json.loads(row[3])),
                trace=row[4],
                created=row[5],
                vote=row[6],
                correction=row[7],
            )
            for row in rows
        ]

    def get(self, number: int) -> StoredTurn:
        """One of the turns. Raises BadRequest when there is no such turn."""
        found = self.read(number, number)
        if not found:
            raise BadRequest(f"this session has no turn {number}")
        return found[0]

    def judged(self, first: int = 1) -> dict[int, tuple[int, str]]:
        """Vote and correction of each turn from number `first` on that has them, by its number."""
        rows = self._session.rows(
            "select turn, vote, correction from votes where session = ? and turn >= ?", self._session.id, first
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def vote(self, number: int, *, vote: int, correction: str = "") -> StoredTurn:
        """Keep what the visitor thinks of an answer; a later vote takes the place of an earlier one.

        Args:
            vote: 1 for right, -1 for wrong, 0 to take it back.
            correction: what the answer should have been.
        """
        self.get(number)
        if vote not in (-1, 0, 1):
            raise BadRequest(f"a vote is 1, 0 or -1, not {vote}")
        with self._session.change() as database:
            database.execute(
                "insert or replace into votes values (?, ?, ?, ?, ?)",
                (self._session.id, number, vote, correction[: self._limits.question_characters], timestamp()),
            )
        return self.get(number)


def _pointing(text: str) -> Pointing:
    kept = json.loads(text)
    return Pointing(
        media=kept["media"],
        box=None if kept["box"] is None else tuple(kept["box"]),
        points=tuple((x, y) for x, y in kept["points"]),
        excluded=tuple((x, y) for x, y in kept["excluded"]),
        strokes=tuple(tuple((x, y) for x, y in stroke) for stroke in kept.get("strokes", ())),
        stroke_px=kept.get("stroke_px", 1),
    )
