"""What can be done on the page, without the page: each action takes a visitor and gives what is to be shown.

Every action asks anew whose the session is; what the browser sends is data to check. Asking is in `asking`, the page's
components and their wiring in `page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...tools.errors import BadRequest
from ..demo import DemoQuestion
from ..report import environment
from .asking import Asking
from .board import Marks, render_board, render_gallery
from .owners import Owners
from .panel import render_panel
from .talks import Talks
from .turns import render_dialogue

__all__ = ["Actions", "Shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows, as HTML, and what it keeps for the next action.

    Attributes:
        session: id of the open session, empty where there is none.
        media: ids of what the next question is about.
        marks: what is marked on the first of them.
        problem: what went wrong, in words; empty when nothing did.
    """

    session: str
    sessions: str
    dialogue: str
    board: str
    gallery: str
    media: tuple[str, ...]
    marks: Marks | None
    problem: str = ""


class Actions:
    """The actions of one served chat.

    Args:
        owners: says which uploads are a visitor's own.
        examples: questions about pictures that came along.

    Attributes:
        asking: the actions that take questions and answer them.
    """

    def __init__(self, talks: Talks, owners: Owners, examples: Sequence[DemoQuestion] = ()) -> None:
        self._talks = talks
        self.asking = Asking(talks, owners, examples)

    # -- sessions --

    def show(
        self,
        visitor: str,
        session: str,
        *,
        media: Sequence[str] | None = None,
        marks: Marks | None = None,
        problem: str = "",
        around: int | None = None,
        everything: bool = False,
    ) -> Shown:
        """The session as it stands; an id that is not the visitor's shows an empty one.

        Args:
            around: number of a turn that is to be seen; the last one where it is left out.
            everything: whether the gallery has all that the session holds, and not the latest alone.
        """
        talk = self._talks.find(visitor, session)
        chosen = (() if talk is None else talk.current()) if media is None else tuple(media)
        return Shown(
            session="" if talk is None else talk.id,
            sessions=self._list(visitor, session),
            dialogue="" if talk is None else render_dialogue(talk, around=around),
            board=render_board(talk, chosen, marks),
            gallery=render_gallery(talk, chosen, everything=everything),
            media=chosen,
            marks=marks,
            problem=problem,
        )

    def arrive(self, visitor: str) -> Shown:
        """The page has been opened: the session that was used last, or a first one."""
        listed = self._talks.sessions.of(visitor)
        return self.show(visitor, listed[0].id) if listed else self.begin(visitor)

    def begin(self, visitor: str) -> Shown:
        """A session in which nothing was said yet; what is too old or too much is cleaned away first."""
        self._talks.clean()
        return self.show(visitor, self._talks.sessions.empty(visitor).id)

    def delete(self, visitor: str, session: str) -> Shown:
        """Delete a session, and show the one that was used before it."""
        self._talks.delete(visitor, session)
        return self.arrive(visitor)

    def rename(self, visitor: str, session: str, title: str) -> str:
        """Give a session another title; the list of sessions."""
        self._talks.sessions.rename(visitor, session, title)
        return self._list(visitor, session)

    # -- what the next question is about --

    def choose(self, visitor: str, session: str, media: str, *, beside: Sequence[str] = ()) -> Shown:
        """Ask about this picture or video from now on.

        Args:
            beside: what the question is about already; the one chosen joins it, or leaves it where it is one of them.
        """
        self._talks.open(visitor, session).media.held(media)
        chosen = tuple(each for each in beside if each != media) if media in beside else (*beside, media)
        if len(chosen) > self._talks.limits.files:
            raise BadRequest(f"a question is about at most {self._talks.limits.files} pictures and videos")
        return self.show(visitor, session, media=chosen or (media,))

    def point(
        self, visitor: str, session: str, media: Sequence[str], marks: Marks | None, gesture: Mapping[str, Any]
    ) -> tuple[Marks | None, str]:
        """Take a gesture on the picture; the marks from now on, and the picture with them."""
        talk = self._talks.open(visitor, session)
        if gesture.get("clear") or not media:
            return None, render_board(talk, media, None)
        begun = marks if marks is not None and marks.media == media[0] else Marks(media=media[0])
        new = begun.with_gesture(gesture)
        return new, render_board(talk, media, new)

    def attach(self, visitor: str, session: str, files: Sequence[str]) -> Shown:
        """Take in files for the next question, so that it can point at them; one begins where the session is gone."""
        talk = self._talks.begun(visitor, session)
        return self.show(visitor, talk.id, media=self.asking.bring(visitor, talk, files))

    # -- answers that were given --

    def vote(self, visitor: str, session: str, turn: int, *, vote: int, correction: str = "") -> Shown:
        """Keep what the visitor thinks of an answer."""
        self._talks.sessions.turns(visitor, session).vote(turn, vote=vote, correction=correction.strip())
        return self.show(visitor, session, around=turn)

    def page(self, visitor: str, session: str, turn: int) -> str:
        """The part of the dialogue that the turn of that number stands in, as HTML."""
        return render_dialogue(self._talks.open(visitor, session), around=turn)

    # -- what is around it --

    def panel(self) -> str:
        """What answers here, as HTML."""
        return render_panel(self._talks.agent, self._talks.routes)

    def welcome(self) -> str:
        """The examples, as HTML."""
        return environment().get_template("chat_examples.html.j2").render(examples=self.asking.examples)

    def _list(self, visitor: str, current: str) -> str:
        sessions = self._talks.sessions.of(visitor)
        return environment().get_template("chat_side.html.j2").render(sessions=sessions, current=current)
