"""What every planner is: something with a name that turns a `PlanRequest` into a `Plan`.

A planner only writes; checking and running the program is the agent's work. Planners are shared by concurrent
questions, so `plan` must not keep anything about one question for the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ...prompts.request import PlanRequest

__all__ = ["Plan", "Planner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A program for one question, and where it came from.

    Attributes:
        program: Python source, normally one function `execute_command`.
        planner: the planner's name.
        model: the model that wrote it, None where there is none to name.
        score: the planner's own calibrated probability that the program is right, 0 to 1; None when it has none.
        prompt_hash: sha256 of the messages the model saw, None where there was no prompt.
        prompt: those messages as readable text, None where there was no prompt.
        tokens_in, tokens_out: tokens read and written, as the model reports them, else estimated; 0 without a prompt.
        notes: remarks worth keeping in the trace, such as "reply was cut off".
    """

    program: str
    planner: str
    model: str | None = None
    score: float | None = None
    prompt_hash: str | None = None
    prompt: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    notes: tuple[str, ...] = ()


@runtime_checkable
class Planner(Protocol):
    """Writes a program for a question.

    Attributes:
        name: how traces and the command line call it.
        repairs: whether a second try with feedback can come out differently.
    """

    @property
    def name(self) -> str: ...

    @property
    def repairs(self) -> bool: ...

    def plan(self, request: PlanRequest) -> Plan:
        """Write a program for the question.

        Raises:
            NoPlan: when the planner declines.
            UnusableReply: (a NoPlan that feedback may mend) when its reply holds no program.
            PlannerUnavailable: when the planner cannot be reached or is not set up.
        """
        ...
