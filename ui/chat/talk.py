"""`Talk`: a session that is open. It asks the agent about the session's pictures, one question at a time.

Everything it knows can be read again from `Sessions`, so a talk that is dropped, or lost with the server, is opened
again where it was. For the same reason what its parts hold in memory is bounded, and so is what they read for a
question, however many turns there were: pictures rest on disk, and each turn is taken note of once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...agent.pointing import Pointing
from ...agent.router import Route
from ...agent.trace import parse_traces
from ...tools.errors import BadRequest
from ...tools.media import PixelBudget
from ..marks import pictures_in_value
from .library import MediaLibrary
from .limits import ChatLimits
from .memory import DialogueMemory
from .rendered import RenderedTurns
from .sessions import Sessions
from .turn_store import StoredTurn
from .waiting import WaitingLine

if TYPE_CHECKING:
    from ...agent import Agent, Answer
    from ...agent.events import Emit

__all__ = ["Talk"]

_TITLE_CHARACTERS = 60


class Talk:
    """One visitor's open session.

    Args:
        visitor, session: whose it is, and its id; it must be theirs.
        samples: how many frames of a video a program sees, at most.
        pixels: what its pictures may take in memory, together with those of other sessions.

    Attributes:
        turns: what was asked and answered.
        rendered: the same as HTML.
        artefacts: what lies on disk, in the order in which it came.
        media: its pictures, videos and sounds, to be looked at.
        line: questions that wait for their turn.
    """

    def __init__(
        self,
        sessions: Sessions,
        visitor: str,
        session: str,
        *,
        limits: ChatLimits,
        samples: int = 30,
        pixels: PixelBudget | None = None,
    ) -> None:
        self.id = session
        self._sessions, self._visitor, self._limits = sessions, visitor, limits
        self.turns = sessions.turns(visitor, session)
        self.rendered = RenderedTurns(self.turns)
        self.artefacts = sessions.artefacts(visitor, session)
        self.media = MediaLibrary(self.artefacts, limits=limits, samples=samples, pixels=pixels)
        self.line = WaitingLine()
        self._memory = DialogueMemory(self.turns)
        self._cancel: threading.Event | None = None
        self._lock = threading.Lock()

    def current(self) -> tuple[str, ...]:
        """What the next question is about: what the last one made, else what it was about, else what came last."""
        count = self.turns.count()
        if not count:
            return tuple(artefact.id for artefact in self.artefacts.gallery(1))
        turn = self.turns.get(count)
        (trace,) = parse_traces(turn.trace)
        given = {media.id for media in trace.header.media}
        made = [ref.media for ref in pictures_in_value(trace.answer.value) if ref.media not in given]
        return tuple(media for media in made or turn.media if self.artefacts.in_gallery(media))

    def ask(
        self,
        agent: Agent,
        question: str,
        media: Sequence[str],
        *,
        pointing: Pointing | None,
        emit: Emit,
        route: Route = "auto",
    ) -> StoredTurn:
        """Ask the agent, and keep the turn with its trace and the pictures that were made.

        Raises:
            BadRequest: when a question of this session is being answered, or a picture is not here.
        """
        if len(question) > self._limits.question_characters:
            raise BadRequest(f"the question is longer than {self._limits.question_characters} characters: shorten it")
        with self._working() as cancel:
            given = [self.media.held(each) for each in media]
            history, left = self._memory.recall()
            answer = agent.ask(
                question,
                given,
                history=history,
                earlier=[each for each in left if self.artefacts.find(each.ref.media) is not None],
                pointing=pointing,
                route=route,
                store=self.media.store,
                emit=emit,
                cancel=cancel,
            )
            return self._conclude(question, media, pointing, answer)

    def run(
        self, agent: Agent, program: str, question: str, media: Sequence[str], *, pointing: Pointing | None, emit: Emit
    ) -> StoredTurn:
        """Run a program that the visitor wrote or changed, in place of one that a planner writes; else as `ask`."""
        if len(program) > self._limits.program_characters:
            raise BadRequest(f"the program is longer than {self._limits.program_characters} characters: shorten it")
        with self._working() as cancel:
            given = [self.media.held(each) for each in media]
            answer = agent.run_program(
                program, given, question=question, pointing=pointing, store=self.media.store, emit=emit, cancel=cancel
            )
            return self._conclude(question, media, pointing, answer)

    @property
    def busy(self) -> bool:
        return self._cancel is not None

    def stop(self) -> bool:
        """End the question that is being answered, with the process that runs its program, and take back all that wait.

        Returns: False when there is none.
        """
        waited = self.line.take_back()
        with self._lock:
            if self._cancel is not None:
                self._cancel.set()
            return waited or self._cancel is not None

    @contextmanager
    def _working(self) -> Iterator[threading.Event]:
        with self._lock:
            if self._cancel is not None:
                raise BadRequest("this session is still answering a question: wait for it, or stop it")
            cancel = self._cancel = threading.Event()
        try:
            with self.media.store.working():
                yield cancel
        finally:
            with self._lock:
                self._cancel = None

    def _conclude(self, question: str, media: Sequence[str], pointing: Pointing | None, answer: Answer) -> StoredTurn:
        turn = self.turns.add(question=question, media=media, trace=answer.trace.to_jsonl(), pointing=pointing)
        self._memory.add(turn, answer.trace)
        if turn.number == 1 and question.strip():
            self._sessions.rename(self._visitor, self.id, question.strip()[:_TITLE_CHARACTERS])
        self.media.keep_made(answer, turn=turn.number)
        return turn
