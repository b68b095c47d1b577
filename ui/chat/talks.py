"""`Talks`: the sessions that are open now, the agent that answers in them, and what each visitor may ask for.

A session is opened for its visitor only; whose it is stands in `Sessions`, never in the browser.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from ...agent import Agent
from ...agent.router import Route
from ...tools.errors import BadRequest, SightlineError
from ...tools.media import PixelBudget
from .limits import ChatLimits
from .sessions import Sessions
from .talk import Talk

__all__ = ["Talks"]

_MOST_OPEN = 64  # idle ones beyond it are dropped; their files are read again when they are needed


class Talks:
    """Open sessions by id.

    Args:
        agent: who answers.
        clock: seconds that only go up; tests replace it.

    Attributes:
        pixels: what the pictures of all open sessions take in memory.
    """

    def __init__(
        self,
        sessions: Sessions,
        agent: Agent,
        *,
        limits: ChatLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sessions = sessions
        self.agent = agent
        self.limits = limits or ChatLimits()
        self.pixels = PixelBudget(self.limits.held_pixel_bytes)
        self._clock = clock
        self._open: OrderedDict[str, Talk] = OrderedDict()
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def open(self, visitor: str, session: str) -> Talk:
        """The visitor's session, ready for questions. Raises BadRequest when it is not theirs."""
        self.sessions.get(visitor, session)
        with self._lock:
            talk = self._open.get(session)
            if talk is None:
                samples = self.agent.settings.video_samples
                talk = Talk(self.sessions, visitor, session, limits=self.limits, samples=samples, pixels=self.pixels)
                self._open[session] = talk
            self._open.move_to_end(session)
            idle = [each for each, open_talk in self._open.items() if not open_talk.busy and each != session]
            for each in idle[: max(0, len(self._open) - _MOST_OPEN)]:
                del self._open[each]
            return talk

    def find(self, visitor: str, session: str) -> Talk | None:
        """As `open`, but None when it is not theirs."""
        try:
            return self.open(visitor, session) if session else None
        except BadRequest:
            return None

    def begun(self, visitor: str, session: str) -> Talk:
        """The visitor's session, or an empty one of theirs where it is gone."""
        return self.find(visitor, session) or self.open(visitor, self.sessions.empty(visitor).id)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that a visitor can choose from; only "auto" where the planner cannot be made."""
        try:
            return self.agent.ways.here(self.agent.pool)
        except SightlineError:
            return ("auto",)

    def route(self, name: str) -> Route:
        """The route of that name. Raises BadRequest when it is not here."""
        found = next((route for route in self.routes if route == name), None)
        if found is None:
            raise BadRequest(f"there is no way of answering called {name!r} here: {', '.join(self.routes)}")
        return found

    def admit(self, visitor: str) -> None:
        """Count a question of the visitor. Raises BadRequest when they ask more than is allowed."""
        now = self._clock()
        with self._lock:
            asked = self._asked.setdefault(visitor, deque())
            while asked and asked[0] <= now - 60:
                asked.popleft()
            if len(asked) >= self.limits.questions_per_minute:
                wait_s = asked[0] + 60 - now
                raise BadRequest(
                    f"you have asked {len(asked)} questions within a minute: ask again in {wait_s:.0f} seconds"
                )
            asked.append(now)
            for idle in [name for name, times in self._asked.items() if times[-1] <= now - 60]:
                del self._asked[idle]

    def delete(self, visitor: str, session: str) -> None:
        """Stop what runs in the session and delete it."""
        self.open(visitor, session).stop()
        with self._lock:
            self._open.pop(session, None)
        self.sessions.delete(visitor, session)

    def stop_all(self) -> None:
        """End everything that is being answered."""
        with self._lock:
            talks = list(self._open.values())
        for talk in talks:
            talk.stop()

    def clean(self) -> list[str]:
        """Delete what is too old or too much, but nothing that is open."""
        with self._lock:
            busy = frozenset(self._open)
        return self.sessions.clean(spare=busy)
