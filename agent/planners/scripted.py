"""A planner that gives programs it was told: for tests, fixed programs over many pictures, and baselines."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ...prompts.request import PlanRequest
from ...tools.errors import NoPlan, SightlineError
from .base import Plan

__all__ = ["ScriptedPlanner"]


class ScriptedPlanner:
    """Answers each request with the next of its programs, the last one for ever after; an error in the list is raised.

    The requests that came are kept in `requests`, so that a test can see what a planner was told.
    """

    name = "scripted"

    def __init__(self, programs: str | Iterable[str | SightlineError], *, repairs: bool = True) -> None:
        self.repairs = repairs
        self.requests: list[PlanRequest] = []
        self._programs = [programs] if isinstance(programs, str) else list(programs)
        self._lock = threading.Lock()

    def plan(self, request: PlanRequest) -> Plan:
        with self._lock:
            index = len(self.requests)
            self.requests.append(request)
        if not self._programs:
            raise NoPlan("the script holds no program")
        program = self._programs[min(index, len(self._programs) - 1)]
        if isinstance(program, SightlineError):
            raise program
        return Plan(program=program, planner=self.name)
