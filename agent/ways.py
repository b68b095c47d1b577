"""The planners behind the ways of answering, and the choice among them for one question.

The rules are `router`'s; here is what they look at, found out, and who then does the work.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..prompts.request import PlanRequest
from ..tools.errors import NoPlan, PlannerUnavailable
from .planners.base import Actor, ChatPlanner, Foreseeing, Plan
from .router import Choice, Circumstances, Route, asks_for_a_picture, choose, refers_back

if TYPE_CHECKING:
    from ..tools.experts.runtime import Pool
    from .planners.base import Planner

__all__ = ["Decided", "Ways"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A way for one question.

    Attributes:
        choice: the way, and why.
        planner: who goes it; an `Actor` answers by itself.
        foreseen: what a planner that foresees has made of the question already, a plan or why there is none.
    """

    choice: Choice
    planner: Planner
    foreseen: Plan | NoPlan | None = None


class Ways:
    """What can be done with a planner and a pool.

    Args:
        planner: who writes programs, or calls tools.
    """

    def __init__(self, planner: Planner) -> None:
        from .planners.phrases import PhrasePlanner

        self.planner = planner
        self._phrases = PhrasePlanner()
        self._calling: Actor | None = planner if isinstance(planner, Actor) else None
        self._lock = threading.Lock()

    def here(self, pool: Pool) -> tuple[Route, ...]:
        """The routes that an asker can choose from, whatever the question; "auto" comes first."""
        writes, calls = not isinstance(self.planner, Actor), self._can_call
        possible: dict[Route, bool] = {"program": writes, "tools": calls, "direct": pool.multimodal is not None}
        return ("auto", *(route for route, is_here in possible.items() if is_here))

    def decide(self, request: PlanRequest, *, pool: Pool, route: Route = "auto") -> Decided:
        """Choose for one question.

        Raises:
            BadRequest: when the asker wants what cannot be had here.
        """
        foreseen = self._foreseen(request) if route == "auto" else None
        wording = isinstance(self.planner, Foreseeing) and _known_by_wording(request) and self._phrases.knows(request)
        here = Circumstances(
            request=request,
            planner=self.planner.name,
            writes=not isinstance(self.planner, Actor),
            calls=self._can_call,
            native=True if isinstance(foreseen, Plan) else foreseen,
            wording=wording,
            multimodal=pool.multimodal,
        )
        choice = choose(here, route)
        if choice.way == "direct":
            from .planners.direct import DirectPlanner

            return Decided(choice=choice, planner=DirectPlanner(), foreseen=foreseen)
        if choice.way == "tools":
            return Decided(choice=choice, planner=self._tools())
        if wording:
            return Decided(choice=choice, planner=self._phrases)
        return Decided(choice=choice, planner=self.planner, foreseen=foreseen)

    @property
    def _can_call(self) -> bool:
        return isinstance(self.planner, Actor | ChatPlanner)

    def _tools(self) -> Planner:
        with self._lock:
            if self._calling is None:
                assert isinstance(self.planner, ChatPlanner)
                self._calling = self.planner.calling_tools()
            return self._calling

    def _foreseen(self, request: PlanRequest) -> Plan | NoPlan | None:
        if not isinstance(self.planner, Foreseeing):
            return None
        try:
            return self.planner.foresee(request)
        except PlannerUnavailable:
            return None  # it says so itself when it is asked


def _known_by_wording(request: PlanRequest) -> bool:
    return asks_for_a_picture(request.question) or (bool(request.history) and refers_back(request.question))
