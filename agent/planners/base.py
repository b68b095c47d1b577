"""What every planner is: something with a name that turns a `PlanRequest` into a `Plan`.

A planner only writes; checking and running the program is the agent's work. One that calls tools in place of writing a
program is an `Actor`. Both are shared by concurrent questions, so they must not keep anything about one question for
the next.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ...prompts.request import PlanRequest
from ...tools.api import Reference, Runtime
from ...tools.errors import NoPlan

__all__ = ["Acted", "Actor", "ChatPlanner", "Foreseeing", "Plan", "Planner"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """An answer that was found by calling tools.

    Attributes:
        value: what a program would have returned: a text, a patch, a list of patches, None for "cannot tell".
        planner, model, tokens_in, tokens_out: as for `Plan`.
    """

    value: Any
    planner: str
    model: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0


@runtime_checkable
class Actor(Planner, Protocol):
    """A planner that answers by itself, call by call.

    Attributes:
        note: one sentence on why there is no program, for the trace.
    """

    @property
    def note(self) -> str: ...

    def act(
        self,
        request: PlanRequest,
        refs: Sequence[Reference],
        *,
        runtime: Runtime,
        cancel: threading.Event,
        earlier: Sequence[Reference] = (),
    ) -> Acted:
        """Answer the question.

        Args:
            refs: what the question is about, in the order of `request.media`.
            runtime: answers the calls to experts.
            cancel: set by another thread to end early.
            earlier: what earlier turns left behind, in the order of `request.earlier`.

        Raises:
            PlannerUnavailable, UnusableReply, LimitExceeded, MissingDependency: when there is no answer.
        """
        ...


@runtime_checkable
class ChatPlanner(Planner, Protocol):
    """A planner that writes programs with a chat model, which can call tools as well."""

    def calling_tools(self) -> Actor:
        """The same model, calling tools."""
        ...


@runtime_checkable
class Foreseeing(Planner, Protocol):
    """A planner that is quick and always says the same, so that it can be asked before anything is decided."""

    def foresee(self, request: PlanRequest) -> Plan | NoPlan:
        """What `plan` would come to. Raises PlannerUnavailable as that does."""
        ...
