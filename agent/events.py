"""What a running question tells its listeners, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..sandbox import CallSite
    from .answer import Answer
    from .trace import PlanRecord, RouteRecord, RunRecord, StepRecord

__all__ = ["Emit", "Event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: "route" (it is decided which way to answer), "plan" (a program was written), "problem" (a plan or run
            failed; another may follow), "call" (the program asks an expert), "step" (the expert has answered), "run"
            (the program has ended), "answer" (the last one).
        record: the trace record of a route, plan, problem, step or run; for a call, where in the program it stands.
        answer: the answer, with the last event only.
    """

    kind: Literal["route", "plan", "problem", "call", "step", "run", "answer"]
    record: RouteRecord | PlanRecord | StepRecord | RunRecord | CallSite | None = None
    answer: Answer | None = None


Emit = Callable[[Event], None]
